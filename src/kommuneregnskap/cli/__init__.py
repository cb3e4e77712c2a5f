"""The command line: one module per family of commands."""

from kommuneregnskap.cli.app import main

__all__ = ["main"]
