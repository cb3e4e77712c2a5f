"""Every source at hand beside each published number: the best first, and never an invented one."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.survey.opening import opened
from kommuneregnskap.survey.request import all_asked, asked
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published
from kommuneregnskap.verdicts import evidence
from tests.helpers.accounts import deliver, lines, sound

YEAR = 2024


@pytest.fixture(scope="module")
def figures(demo_panel: Path) -> Survey:
    return opened(asked(YEAR, "ssb"))


@pytest.fixture(scope="module")
def found(figures: Survey, survey_2024: Survey) -> pl.DataFrame:
    return evidence.of([figures, survey_2024])


def row(found: pl.DataFrame, name: str, source: str = "ssb") -> dict[str, object]:
    return found.filter((pl.col("id") == name) & (pl.col("grunnlag") == source)).row(0, named=True)


def test_each_published_number_has_a_row_of_each_source_in_the_order_of_the_claims(
    found: pl.DataFrame,
) -> None:
    assert found.columns == list(evidence.SCHEMA)
    assert found["id"].unique(maintain_order=True).to_list() == published.read(YEAR)["id"].to_list()
    assert set(found.group_by("id").len()["len"]) == {2}
    places = found.group_by("id", maintain_order=True).agg("plass")
    assert all(each == [1, 2] for each in places["plass"].to_list())


def test_an_invented_number_never_stands_first_where_a_real_source_is_at_hand(
    found: pl.DataFrame,
) -> None:
    best = found.filter(pl.col("best") == "ja")
    assert best["id"].is_unique().all()
    assert set(best["syntetisk"]) == {"nei"}
    assert best.height == found["id"].n_unique()


def test_where_only_the_panel_is_at_hand_nothing_is_best(survey_2024: Survey) -> None:
    alone = evidence.of([survey_2024])
    assert set(alone["best"]) == {"nei"}
    assert evidence.settled(alone).is_empty()
    assert set(evidence.counts(alone)["gruppe"]) == {evidence.INVENTED}


@pytest.mark.parametrize(
    ("name", "dom", "value", "whose"),
    [
        ("k2024_res_antall_negativ", "forenlig", 206, "uten_oslo"),
        ("k2024_tbu_andel_negativ", "gjenskapt", 57.983, "alle"),
        ("k2024_tbu_ndr", "gjenskapt", -0.417, "alle"),
        ("k2024_tbu_andel_negativ_2023", "gjenskapt", 46.629, "alle"),
        ("k2024_tbu_min", "gjenskapt", -19.43, "alle"),
        ("k2024_tbu_maks", "avvik", 29.35, "alle"),
        ("k2024_ssb_investering", "gjenskapt", 15.58, "alle"),
        ("k2024_sek_aar_paa_rad", "forenlig", 3, "uten_oslo"),
        ("k2024_fond_under_5", "forenlig", 27.31, "uten_oslo"),
    ],
)
def test_a_number_is_tried_on_those_it_is_of(
    found: pl.DataFrame, name: str, dom: str, value: float, whose: str
) -> None:
    own = row(found, name)
    assert (own["dom"], own["utvalg"], own["omfang"]) == (dom, whose, "konsern")
    assert own["beregnet"] == pytest.approx(value, abs=0.006)
    assert own["best"] == "ja"
    assert own["vintage"] == "endelig"


def test_a_number_of_a_scope_that_no_figures_have_is_tried_on_the_same_municipalities() -> None:
    """KS' 2.2 of 2025 with Oslo: the treasuries are not in the figures, the groups are."""
    found = evidence.of([opened(asked(2025, "ssb"))])
    for name, whose in (("k2025_res_netto_alle", "uten_oslo"), ("k2025_res_med_oslo", "alle")):
        own = row(found, name)
        assert (own["dom"], own["utvalg"], own["omfang"]) == ("uavklart", whose, "konsern")


def test_said_of_preliminary_figures_is_said(found: pl.DataFrame) -> None:
    own = row(found, "k2024_ssb_ndr")
    assert own["dom"] == "avvik"
    assert "sagt av foreløpige tall" in str(own["hvorfor"])


def test_who_is_in_open_figures_is_not_who_answered(found: pl.DataFrame) -> None:
    own = found.filter((pl.col("seksjon") == "svar") & (pl.col("grunnlag") == "ssb"))
    assert len(own) > 5
    assert own["beregnet"].null_count() == len(own)
    assert set(own["beregnet_tekst"]) == {"–"}
    assert set(own["kan_gis_av"]) == {"kostra"}


def test_what_would_give_a_number_is_said_where_no_real_source_does(found: pl.DataFrame) -> None:
    assert row(found, "k2024_inv_grunnskole_andel")["kan_gis_av"] == "ssb"  # a fetch: table 12362
    assert row(found, "k2024_res_finansavkastning")["kan_gis_av"] == "kostra"
    known = found.filter((pl.col("syntetisk") == "nei") & pl.col("beregnet").is_not_null())["id"]
    said = found.drop_nulls("kan_gis_av")["id"]
    assert not set(known) & set(said)


def test_the_counts_keep_ks_others_and_the_panel_apart(found: pl.DataFrame) -> None:
    counts = evidence.counts(found)
    claims = published.read(YEAR).with_columns(pl.col("utgiver").cast(pl.String))
    total = dict(counts.group_by("gruppe").agg(pl.col("antall").sum()).iter_rows())
    by_ks = claims.filter(pl.col("utgiver") == "KS").height
    ours = claims.filter(pl.col("utgiver") == "prosjektet").height
    assert total == {
        "KS": by_ks,
        "andre": len(claims) - by_ks - ours,
        "syntetisk": len(claims) - ours,
    }
    real = counts.filter(pl.col("gruppe") != "syntetisk")
    assert "kalibrert" not in set(real["dom"])
    assert set(counts.filter(pl.col("gruppe") == "syntetisk")["dom"]) >= {"kalibrert", "kontekst"}


def test_own_files_come_before_open_figures_where_they_decide(
    tmp_path: Path, demo_panel: Path
) -> None:
    """One municipality's own file: real, but not the set of the release, so that open figures decide first."""
    deliver(tmp_path / "egne", lines(sound()))
    requests = all_asked(asked(YEAR, data_dir=str(tmp_path / "egne")))
    assert [each.source for each in requests] == ["kostra", "ssb", "demo"]
    beside = evidence.of([opened(each) for each in requests])
    own = beside.filter(pl.col("id") == "k2024_res_andel_negativ")
    assert own["grunnlag"].to_list()[-1] == "demo"
    decided = beside.filter(pl.col("id") == "k2024_res_antall_negativ")
    assert decided["grunnlag"].to_list() == ["ssb", "kostra", "demo"]
    level = beside.filter(pl.col("id") == "k2024_inv_brutto")
    assert level.select("grunnlag", "best").row(0) == ("kostra", "ja")
