"""What the tests of altered accounts, definitions and claims have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from kommuneregnskap import claims, evaluation, sections, survey

YEAR = 2024
Change = Callable[[pl.DataFrame], pl.DataFrame]
LazyChange = Callable[[pl.LazyFrame], pl.LazyFrame]
RESULT = {  # whatever moves every municipality's net operating result
    "presse_seks_av_ti",
    "res_andel_under_m2",
    "res_antall_negativ",
    "res_folkeandel_under_m2",
    "res_minus_4",
    "res_minus_naer_4",
    "senere_ndr_m06",
}
LEVELS = {"inv_brutto", "inv_endring", "inv_vekst"}
SHARES = {"inv_grunnskole_andel", "inv_omsorg_andel", "inv_var_andel"}


def verdicts(opened: survey.Survey) -> dict[str, str]:
    judged = claims.judge(claims.read(YEAR), sections.all_numbers(opened), opened)
    return dict(judged.select("id", "dom").iter_rows())


def turned(unaltered: dict[str, str], opened: survey.Survey) -> set[str]:
    """The claims whose verdict is not what it was, without their common prefix."""
    after = verdicts(opened)
    return {name.removeprefix("k2024_") for name in after if after[name] != unaltered[name]}


def evaluated_anew(
    opened: survey.Survey, poster: LazyChange | None = None, balanse: LazyChange | None = None
) -> survey.Survey:
    """The same survey from an altered ledger, or under altered definitions."""
    rows = poster(opened.poster) if poster else opened.poster
    balances = balanse(opened.balanse) if balanse else opened.balanse
    return replace(
        opened,
        poster=rows,
        balanse=balances,
        indikatorer=evaluation.evaluate_years(rows, balances, opened.years),
    )
