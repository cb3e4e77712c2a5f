"""Numbers that were stated otherwise later: linked, in chains, and refused where a link does not hold."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.support.errors import DataError
from kommuneregnskap.verdicts import history, restatements
from tests.conftest import add_row, edit_table

LINKS = "data/claims/restatements.csv"
CARDS = "data/definitions/definisjonskort.csv"
RELEASES_OF_KS = (2015, 2016, 2018, 2020, 2021, 2022, 2023, 2024, 2025)


@pytest.fixture(scope="module")
def everything() -> pl.DataFrame:
    return history.all_claims()


@pytest.fixture(scope="module")
def links(everything: pl.DataFrame) -> pl.DataFrame:
    return restatements.links(everything)


def test_restatements_of_the_result_with_their_differences(links: pl.DataFrame) -> None:
    chains = restatements.chains(links).filter(pl.col("serie") == "ndr_kommuner")
    found = {
        (row["gjelder"], row["ids"][0]): (row["ledd"], row["endring"], row["hva"])
        for row in chains.iter_rows(named=True)
    }
    assert found[2019, "k2020_res_fjor_alle"] == (1, 0.3, "panel")
    assert found[2020, "k2020_res_netto"] == (1, 0.1, "panel")
    assert found[2021, "k2021_res_netto"] == (2, -0.2, "panel, ukjent")
    assert found[2022, "k2022_res_netto"] == (2, 0.2, "panel, ukjent")
    assert found[2024, "k2024_presse_ndr_m04"] == (1, -0.2, "ukjent")
    assert found[2024, "k2024_ssb_ndr"] == (1, -0.2, "revisjon")
    text = chains.filter(pl.col("gjelder") == 2022)["forloep"].item()
    assert text == (
        "2,5 prosent (6. mars 2023) → 2,4 prosent (18. mars 2024) → 2,7 prosent (5. mars 2025)"
    )


def test_every_number_is_in_one_chain_of_restatements(links: pl.DataFrame) -> None:
    chains = restatements.chains(links)
    assert chains["ledd"].sum() == len(links)
    assert chains["ids"].explode().is_unique().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fra_id": "k2015_finnes_ikke"}, "fra_id is 'k2015_finnes_ikke'; allowed: the id of a claim"),
        ({"til_id": "k2015_finnes_ikke"}, "til_id is 'k2015_finnes_ikke'; allowed: the id of a claim"),
        ({"til_id": "k2015_res_fylke_fjor"}, "allowed: a claim of the same quantity (serie) as fra_id"),
        ({"til_id": "k2015_res_oslo"}, "allowed: a claim of the same quantity (serie) as fra_id"),
        ({"til_id": "k2015_res_netto"}, "allowed: a claim of the same accounting year (gjelder)"),
        ({"hva": "panel"}, "hva is 'panel'; allowed: omfang or ukjent where the scopes (omfang) differ"),
        ({"hva": "gjetning"}, "hva is 'gjetning'; allowed: panel | omfang | revisjon | ukjent"),
        ({"fra_id": "k2020_res_fjor_alle"}, "fra_id is 'k2020_res_fjor_alle'"),
        ({"til_id": "k2020_res_netto_fjor"}, "til_id is 'k2020_res_netto_fjor'"),
        (
            {"fra_id": "k2025_res_netto_fjor", "til_id": "k2024_prognose"},
            "til_id is 'k2024_prognose'; allowed: the id of a claim",
        ),
    ],
)  # fmt: skip
def test_a_broken_link_stops_with_file_and_line(
    project: Path, change: dict[str, str], message: str
) -> None:
    first = pl.int_range(pl.len()) == 0
    edit_table(
        project / LINKS,
        lambda table: table.with_columns(
            pl.when(first).then(pl.lit(value)).otherwise(column).alias(column)
            for column, value in change.items()
        ),
    )
    with pytest.raises(DataError) as error:
        restatements.links(history.all_claims())
    assert "data/claims/restatements.csv:2: " in str(error.value)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_later_number_cannot_have_been_published_before(project: Path) -> None:
    swap = {"fra_id": "k2023_res_netto_fjor", "til_id": "k2022_res_netto"}
    edit_table(
        project / LINKS,
        lambda table: add_row(
            table.clear(), **swap, hva="panel", forklaring="prøve", kilde="prøve"
        ),
    )
    with pytest.raises(DataError, match="allowed: a claim published no earlier than fra_id"):
        restatements.links(history.all_claims())
