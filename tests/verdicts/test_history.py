"""Published numbers of all years: what was said when, releases, verdicts."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import kommuneregnskap as kr
from kommuneregnskap import tables
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey import survey
from kommuneregnskap.tables import published
from kommuneregnskap.verdicts import arithmetic, history, restatements
from tests.conftest import edit_table

LINKS = "data/claims/restatements.csv"
CARDS = "data/definitions/definisjonskort.csv"
RELEASES_OF_KS = (2015, 2016, 2018, 2020, 2021, 2022, 2023, 2024, 2025)


@pytest.fixture(scope="module")
def everything() -> pl.DataFrame:
    return history.all_claims()


@pytest.fixture(scope="module")
def links(everything: pl.DataFrame) -> pl.DataFrame:
    return restatements.links(everything)


def test_there_is_a_file_for_every_release_that_was_found(everything: pl.DataFrame) -> None:
    """Those of 2017 and 2019 were not found; what others say of these years is context."""
    assert tuple(published.years()) == RELEASES_OF_KS
    assert everything["fil_aar"].unique().sort().to_list() == list(RELEASES_OF_KS)
    assert everything["id"].is_unique().all()
    of_lost = everything.filter(
        pl.col("gjelder").is_in([2017, 2019]) & (pl.col("status") != "kontekst")
    )
    assert of_lost["tall_id"].str.ends_with("_fjor").all()


@pytest.mark.parametrize(
    ("year", "claim", "trykt", "verdi", "til", "nedre", "oevre"),
    [
        (2015, "res_netto", "3,0 pst.", 3.0, None, 2.95, 3.05),
        (2015, "res_sektor", "om lag 3¼ pst.", 3.25, None, 3.125, 3.375),
        (2016, "res_estimat", "om lag 4,2 til 4,4 prosent", 4.2, 4.4, 4.15, 4.45),
        (2018, "res_fylke", "3,8 prosent", 3.8, None, 3.75, 3.85),
        (2020, "res_estimat", "2 - 2,25 prosent", 2.0, 2.25, 1.875, 2.375),
        (2021, "res_min", "minus 17 prosent", -17.0, None, -17.5, -16.5),
        (2023, "handlingsrom_investering", "over 90 milliarder kroner", 90.0, None, 90.0, None),
    ],
)
def test_printed_numbers_of_the_older_releases(
    everything: pl.DataFrame,
    year: int,
    claim: str,
    trykt: str,
    verdi: float,
    til: float | None,
    nedre: float,
    oevre: float | None,
) -> None:
    row = everything.filter(pl.col("id") == f"k{year}_{claim}")
    assert row.select("trykt", "verdi", "verdi_til", "nedre", "oevre").row(0) == (
        trykt, verdi, til, nedre, oevre,
    )  # fmt: skip


def test_what_was_said_of_2022_stands_in_the_order_it_was_said(everything: pl.DataFrame) -> None:
    said = history.said(everything, "ndr_kommuner").filter(pl.col("gjelder") == 2022)
    assert said.select("sagt", "utgiver", "verdi", "omfang", "oslo", "panel").rows() == [
        ("6. mars 2023", "KS", 2.5, "kasse", "uten", "respondenter"),
        ("18. mars 2024", "KS", 2.4, "kasse", "uten", "respondenter"),
        ("mars 2024", "SSB", 3.0, "konsern", "med", "alle"),
        ("5. mars 2025", "presse", 2.7, "ukjent", "ukjent", "alle"),
    ]
    assert "prosjektet" not in set(history.said(everything)["utgiver"])


def test_releases_are_counted_once_with_their_own_arithmetic(everything: pl.DataFrame) -> None:
    checked = arithmetic.rules(everything)
    releases = history.releases(everything, checked)
    numbers = everything.filter(pl.col("utgiver").cast(pl.String) != "prosjektet")
    assert releases["paastander"].sum() == len(numbers)
    parts = pl.sum_horizontal("stemmer", "motsier", "uforenlig", "kan_ikke_regnes")
    assert releases.filter(parts != pl.col("paastander")).is_empty()
    tried = pl.sum_horizontal(
        *("regler_stemmer", "regler_motsier", "regler_uforenlig", "regler_aapne")
    )
    assert releases.filter(tried != pl.col("regler")).is_empty()
    of_2021 = releases.filter((pl.col("utgiver") == "KS") & (pl.col("vintage") == "2022"))
    assert of_2021.select("paastander", "regler", "regler_stemmer", "motsier").row(0) == (
        17,
        6,
        6,
        0,
    )
    marked = releases.filter(pl.col("motsier") + pl.col("uforenlig") > 0)
    assert marked.select("utgiver", "vintage", "motsier", "uforenlig").rows() == [
        ("KS", "2025-03-05", 1, 0),
        ("presse", "2025-03-05", 0, 1),
    ]
    assert releases["vintage"].str.head(4).is_sorted()


def test_years_without_accounts_are_not_judged_and_say_why(
    everything: pl.DataFrame, survey_2024: survey.Survey
) -> None:
    found = history.verdicts(everything, kr.numbers.compute(survey_2024), survey_2024)
    assert found["id"].to_list() == everything["id"].to_list()
    assert found["dom"].null_count() == 0
    old = found.join(everything.select("id", "fil_aar", "status"), on="id").filter(
        pl.col("status").cast(pl.String) == "beregnes"
    )
    without = old.filter(pl.col("fil_aar") < 2020)
    assert set(without["dom"]) == {"ikke_vurdert"}
    assert set(without["hvorfor"]) == {
        f"ingen kilde har regnskaper for {year}; kodetabellene begynner i 2020"
        for year in (2015, 2016, 2018)
    }
    others = old.filter(pl.col("fil_aar").is_in([2020, 2021, 2022, 2023, 2025]))
    assert set(others["dom"]) == {"ikke_vurdert"}
    assert "prøves i rapporten for 2021" in set(others["hvorfor"])
    own = old.filter(pl.col("fil_aar") == 2024)
    assert set(own["dom"]) == {"kalibrert", "avvik"}
    marks = dict(found.drop_nulls("merke").select("id", "merke").iter_rows())
    assert marks == {
        "k2024_res_andel_negativ": "selvmotsigelse",
        "k2024_presse_ndr_m04": "uforenlig",
    }


def test_a_number_of_another_year_has_its_mark_too(
    project: Path, survey_2024: survey.Survey
) -> None:
    edit_table(
        project / "data/claims/2021.csv",
        lambda table: table.with_columns(
            verdi=pl.when(pl.col("id") == "k2021_res_netto").then(pl.lit("44")).otherwise("verdi")
        ),
    )
    found = history.verdicts(history.all_claims(), kr.numbers.compute(survey_2024), survey_2024)
    row = found.row(by_predicate=pl.col("id") == "k2021_res_netto", named=True)
    assert (row["dom"], row["merke"]) == ("ikke_vurdert", "selvmotsigelse")
    assert row["hvorfor"].startswith("prøves i rapporten for 2021; kilden motsier seg selv: ")


def test_beside_the_printed_number_stands_what_the_survey_computes_of_the_same(
    everything: pl.DataFrame, survey_2024: survey.Survey
) -> None:
    tall = kr.numbers.compute(survey_2024)
    rows = history.beside(everything, tall, survey_2024, "ndr_kommuner").drop_nulls("beregnet")
    value = dict(tall.filter(pl.col("aar") == 2024).select("id", "verdi").iter_rows())
    assert dict(rows.select("id", "beregnet").iter_rows()) == pytest.approx(
        {
            "k2023_res_netto": value["resultat.netto_pst_fjor"],
            "k2024_presse_ndr_m04": value["resultat.estimat_pst"],
            "k2024_presse_ndr_2023": value["resultat.netto_pst_fjor"],
            "k2024_senere_ndr_m06": value["resultat.netto_pst"],
            "k2025_res_netto_fjor": value["resultat.netto_pst"],
        }
    )


def test_marks_stand_apart_around_their_year_and_chains_are_joined(
    everything: pl.DataFrame, links: pl.DataFrame, survey_2024: survey.Survey
) -> None:
    marks = history.marks(everything, links, kr.numbers.compute(survey_2024), survey_2024)
    assert marks["akse"].is_unique().all()
    assert ((marks["akse"] - marks["gjelder"]).abs() < 0.5).all()
    of_2022 = marks.filter(pl.col("gjelder") == 2022)
    assert of_2022["akse"].to_list() == pytest.approx([2021.805, 2021.935, 2022.065, 2022.195])
    assert of_2022["kjede"].is_null().to_list() == [False, False, True, False]
    assert of_2022["kjede"].drop_nulls().n_unique() == 1
    computed = marks.filter(pl.col("hvem") == history.COMPUTED)
    assert computed["gjelder"].to_list() == [2023, 2024, 2024]
    estimate = marks.filter(pl.col("id") == "k2016_res_estimat")
    assert estimate.select("verdi", "nedre", "oevre").row(0) == pytest.approx((4.3, 4.15, 4.45))


def test_the_check_text_has_a_line_per_number_link_and_rule(
    everything: pl.DataFrame, links: pl.DataFrame, survey_2024: survey.Survey
) -> None:
    checked = arithmetic.rules(everything)
    judged = history.verdicts(everything, kr.numbers.compute(survey_2024), survey_2024)
    text = history.check_lines(judged, links, checked, "ndr_kommuner").splitlines()
    followed = everything.filter(pl.col("serie") == "ndr_kommuner")
    assert len(text) == len(followed) + len(links) + len(checked)
    assert "k2015_res_netto: publisert 3,0 pst. | beregnet – | ikke_vurdert" in text
    assert (
        "k2021_res_netto__k2022_res_netto_fjor: publisert 4,4 prosent, så 4,2 prosent | "
        "beregnet −0,2 prosentpoeng | panel"
    ) in text
    assert "r2024_negative_58: publisert 57,50 til 58,50 | beregnet 61,33 | motsier" in text


def test_the_sector_over_many_years_is_the_long_series_and_then_what_was_said_last(
    everything: pl.DataFrame,
) -> None:
    """The figures behind 3.14A of 1990-2020; what releases say of these years does not take their place."""
    rows = history.sector(everything)
    result, fund = rows.partition_by("serie", maintain_order=True)
    value = dict(result.select("gjelder", "verdi").iter_rows())
    assert [value[year] for year in (1990, 1994, 2002, 2006, 2008, 2015, 2020)] == [
        2.7, 5.1, 0.6, 5.5, 0.4, 3.2, 3.1,
    ]  # fmt: skip
    assert result["utgivelse"].drop_nulls().to_list() == [
        "KS 21. oktober 2024", "TBU 2024", "TBU 2025",
    ]  # fmt: skip
    assert [value[year] for year in (2021, 2023, 2024)] == [4.7, 1.3, 0.1]
    level = dict(result.select("gjelder", "anbefalt").iter_rows())
    assert (level[1990], level[2013], level[2014], level[2024]) == (3.0, 3.0, 2.0, 2.0)
    assert fund["anbefalt"].null_count() == len(fund)
    assert rows["kilde"].unique(maintain_order=True).to_list() == [
        "regjeringen.no: tall bak figur 3.14A", "regjeringen.no: tall bak figur 3.16A",
        "Dagsavisen 21.10.2024 om KS' prognose", "NOU 2024:23", "NOU 2025:10",
    ]  # fmt: skip
    assert fund.select("gjelder", "verdi").rows()[-2:] == [(2020, 11.8), (2023, 13.5)]


def test_a_long_series_that_nobody_knows_is_refused(
    project: Path, everything: pl.DataFrame
) -> None:
    edit_table(
        project / "data/claims/long_series.csv",
        lambda table: table.with_columns(serie=pl.col("serie").replace("ndr_sektor", "ndr_sektro")),
    )
    with pytest.raises(DataError, match=r"long_series\.csv:2: .*serie.*ndr_sektro"):
        history.sector(everything)


# --- definition cards ------------------------------------------------------------------------------


def test_every_series_is_used_and_of_one_unit(everything: pl.DataFrame) -> None:
    series = dict(
        tables.read("series").select("serie", pl.col("enhet").cast(pl.String)).iter_rows()
    )
    used = everything.drop_nulls("serie").select("serie", pl.col("enhet").cast(pl.String)).unique()
    assert dict(used.iter_rows()) == series
    assert len(used) == len(series)
