"""Numbered controls: rows of controls.csv, a function each, and what they found in a delivery."""

from kommuneregnskap.controls import balances, changes, combinations, own, records
from kommuneregnskap.controls.rules import CONTROLS, Case

__all__ = ["CONTROLS", "Case", "balances", "changes", "combinations", "own", "records"]
