"""Where the seconds of a run went, as a terminal shows it."""

from __future__ import annotations

from rich.table import Table

from kommuneregnskap.support import spent


def seconds() -> Table:
    """Return the stages of the run until now as a table, what was done in a stage indented below it."""
    stages, whole = spent.stages()
    beside = any(each.within for each in stages)
    shown = Table(caption="indented: what was done in it, side by side" if beside else None)
    shown.add_column("Stage", no_wrap=True)
    for heading in ("Seconds", "CPU seconds"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for each in stages:
        shown.add_row(f"{'  ' if each.within else ''}{each.name}", *_seconds(each))
    shown.add_section()
    shown.add_row("all", *_seconds(whole))
    return shown


def _seconds(each: spent.Spent) -> tuple[str, str]:
    return f"{each.wall:.2f}", f"{each.cpu:.2f}"
