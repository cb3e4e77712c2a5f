"""What `simulate` prints: every estimator with the error that so many draws leave, in a terminal of 80 columns."""

from __future__ import annotations

import io

from rich.console import Console

from kommuneregnskap.cli.printed.estimates import simulated
from kommuneregnskap.estimates import simulation_table
from kommuneregnskap.support.norwegian import number

YEAR = 2024


def test_bias_and_coverage_stand_with_their_error() -> None:
    table = simulation_table.read(YEAR)
    screen = io.StringIO()
    Console(file=screen, width=80).print(simulated(table))
    printed = screen.getvalue()
    assert "…" not in printed
    rows = table.filter(stoerrelse=table["stoerrelse"][0])
    main = rows.filter(estimator="stoerrelse", mekanisme="etter_stoerrelse").row(0, named=True)
    for name, places in (("skjevhet", 2), ("dekning", 1)):
        reach = (main[f"{name}_oevre"] - main[f"{name}_nedre"]) / 2
        assert f"{number(main[name], places)} ±{number(reach, places)}" in printed
    # A rule has no interval to be held to the truth: no error is made up for it.
    assert printed.count("±") == len(rows) + rows["dekning"].count() + 1
