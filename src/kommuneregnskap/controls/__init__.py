"""Numbered controls: rows of controls.csv, a function each, and what they found in a delivery."""

from kommuneregnskap.controls import balances, changes, combinations, own, plausible, records, twice
from kommuneregnskap.controls.rules import CONTROLS, Accounts, Case

__all__ = [
    "CONTROLS",
    "Accounts",
    "Case",
    "balances",
    "changes",
    "combinations",
    "own",
    "plausible",
    "records",
    "twice",
]
