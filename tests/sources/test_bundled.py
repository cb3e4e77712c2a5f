"""The figures that come with the project: what they say of Norway, and that no wrong one is taken."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import kommuneregnskap as kr
from kommuneregnskap.numbers import wide
from kommuneregnskap.report import headlines
from kommuneregnskap.report.editions.release import draft
from kommuneregnskap.sources.statbank import bundled, snapshot
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.tables import reader
from kommuneregnskap.verdicts import judgement
from tests.conftest import edit_table
from tests.helpers.projects import PROJECT, copy_project, own_cache
from tests.helpers.statbank_damaged import without

OWN = PROJECT / "data" / "ssb"
(DAY,) = (path.name for path in OWN.iterdir())


@pytest.fixture(scope="module")
def figures() -> pl.DataFrame:
    """What municipalities have, a row each and year, with what their result is in percent of revenue."""
    found = snapshot.open_snapshot(DAY, OWN).values.filter(
        (pl.col("regiontype") == "kommune") & pl.col("tjenesteomraade").is_null()
    )
    wide = found.pivot("begrep", index=["aar", "region"], values="verdi")
    result = 100 * pl.col("netto_driftsresultat") / pl.col("brutto_driftsinntekter")
    return wide.with_columns(result.alias("pst"))


# Counted and divided by hand in the tables as SSB shows them; TBU has 58 and 47 percent of them in 2024 and 2023.
@pytest.mark.parametrize(
    ("year", "count", "negative", "share"),
    [
        (2022, 356, 71, 3.034),
        (2023, 356, 166, 0.758),
        (2024, 357, 207, -0.417),
        (2025, 357, 120, 2.300),
    ],
)
def test_who_was_negative_and_the_result_of_all(
    figures: pl.DataFrame, year: int, count: int, negative: int, share: float
) -> None:
    own = figures.filter(pl.col("aar") == year)
    assert (len(own), own.filter(pl.col("pst") < 0).height) == (count, negative)
    sums = own.select(pl.col("netto_driftsresultat", "brutto_driftsinntekter").sum()).row(0)
    assert 100 * sums[0] / sums[1] == pytest.approx(share, abs=5e-4)


def test_the_extremes_of_2024(figures: pl.DataFrame) -> None:
    own = figures.filter(pl.col("aar") == 2024).sort("pst")
    assert own["region"].gather([0, -1]).to_list() == ["1874", "1547"]  # Moskenes and Aukra
    assert own["pst"].gather([0, -1]).round(2).to_list() == [-19.43, 29.35]


def test_the_fund_is_there_for_249_and_none_is_empty(figures: pl.DataFrame) -> None:
    known = figures.drop_nulls("disposisjonsfond")
    sums = known.group_by("aar").agg(pl.len(), pl.col("disposisjonsfond").sum() / 1e6).sort("aar")
    assert sums["disposisjonsfond"].tail(3).round(2).to_list() == [43.59, 39.89, 43.31]
    assert sums.filter(pl.col("aar") == 2024)["len"].item() == 249
    share = 100 * pl.col("disposisjonsfond") / pl.col("brutto_driftsinntekter")
    little = known.group_by("aar").agg((100 * (share < 5).mean()).alias("lite")).sort("aar")
    assert little["lite"].tail(2).round(1).to_list() == [27.3, 29.3]
    assert known.filter(pl.col("aar") == 2024)["disposisjonsfond"].min() > 0  # type: ignore[operator]


@pytest.mark.parametrize(
    ("panel", "name", "value"),
    [
        ("uten_oslo", "resultat.netto_pst", -0.337),
        ("uten_oslo", "resultat.antall_negativ", 206),
        ("alle", "resultat.antall_negativ", 207),
        ("uten_oslo", "sektor.utgiftsvekst", 6.579),
        ("alle", "sektor.inntektsvekst", 5.942),
        ("uten_oslo", "investering.vekst", 4.682),
        ("alle", "investering.vekst", 8.678),
        (
            "uten_oslo",
            "sektor.aar_paa_rad",
            3,
        ),  # expenditure grew more than revenue in 2022, 2023 and 2024
    ],
)
def test_a_survey_on_them(panel: str, name: str, value: float) -> None:
    own = kr.open_survey(year=2024, source="ssb", panel=panel, data_dir=DAY)
    assert (own.synthetic, own.figures.official, own.figures.vintage) == (False, True, "endelig")
    found = kr.numbers.compute(own, [name]).filter(pl.col("aar") == 2024)["verdi"].item()
    assert found == pytest.approx(value, abs=5e-4)


def test_growth_of_the_first_year_with_a_result_is_from_a_year_without() -> None:
    """Of 2021 there are revenue and expenditure alone."""
    own = kr.open_survey(year=2022, source="ssb", data_dir=DAY)
    tall = kr.numbers.compute(own, ["sektor.utgiftsvekst", "resultat.endring_pp"])
    values = dict(tall.filter(pl.col("aar") == 2022).select("id", "verdi").iter_rows())
    assert values["sektor.utgiftsvekst"] == pytest.approx(6.448, abs=5e-4)
    assert values["resultat.endring_pp"] is None


def test_it_is_opened_where_nothing_was_fetched_and_a_newer_one_before_it(
    tmp_path: Path, demo_panel: Path, evaluated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_project(tmp_path, demo_panel, evaluated)
    shutil.copytree(OWN, tmp_path / "data/ssb")
    monkeypatch.setenv("KOMMUNEREGNSKAP_ROOT", str(tmp_path))
    assert snapshot.open_snapshot().name == DAY
    for fetched, newest in (("2026-09-18", DAY), ("2026-09-20", "2026-09-20")):
        shutil.copytree(OWN / DAY, tmp_path / "data/raw/ssb" / fetched)
        assert snapshot.open_snapshot().name == newest
    assert snapshot.ids() == ["2026-09-18", DAY, "2026-09-20"]


Change = Callable[[pl.DataFrame], pl.DataFrame]


def _more(region: str, year: int, area: str | None = None) -> Change:
    which = (pl.col("region") == region) & (pl.col("aar") == year)
    which &= pl.col("tjenesteomraade").eq_missing(pl.lit(area))
    first = which & (which.cum_sum() == 1)
    return lambda table: table.with_columns(pl.col("belop") + pl.when(first).then(1).otherwise(0))


@pytest.mark.parametrize(
    ("file", "change", "words"),
    [
        (
            "12137",
            _more("1103", 2024),
            ["12137.csv:", "belop is", "the sum of what EKG12 2024 is of"],
        ),
        ("12137", _more("1507", 2023), ["12137.csv:", "EKG11 2023"]),
        ("12137", _more("EAK", 2024), ["12137.csv:", "EAK 2024"]),
        (
            "12362",
            _more("EKG01", 2023, "grunnskole"),
            ["12362.csv:", "EAK 2023", "netto_driftsutgifter_tjeneste"],
        ),
        ("12366", _more("1100", 2024), ["12366.csv:", "EAFK 2024"]),
        ("12366", _more("EAFK", 2025), ["12366.csv:", "EAFK 2025"]),
        (
            "12137",
            lambda table: table.filter(pl.col("region") != "5636"),
            ["12137.csv", "is missing for 1 of 357 municipalities, the first is 5636"],
        ),
        (
            "13202",
            lambda table: pl.concat([table, table.tail(1)]),
            ["13202.csv:2485", "one_row_per_key"],
        ),
        (
            "13202",
            lambda table: table.with_columns(
                aar=pl.when(pl.col("nr") == 0).then(2030).otherwise("aar")
            ),
            ["13202.csv:2", "aar is 2030", "2021, 2022, 2023, 2024, 2025"],
        ),
        (
            "13202",
            lambda table: table.with_columns(belop=pl.lit("12,5")),
            ["13202.csv:2", "belop is '12,5'", "allowed"],
        ),
    ],
)
def test_a_changed_figure_is_told_with_its_line(
    tmp_path: Path, file: str, change: Change, words: list[str]
) -> None:
    """Also by whoever wrote its checksum into the receipt."""
    folder = tmp_path / DAY
    shutil.copytree(OWN / DAY, folder)
    path = folder / f"{file}.csv"
    table = pl.read_csv(path, infer_schema=False).with_row_index("nr")
    typed = table.with_columns(
        pl.col("belop").cast(pl.Int64, strict=False), pl.col("aar").cast(pl.Int64)
    )
    changed = change(typed).drop("nr")
    changed.write_csv(path)
    with pytest.raises(DataError, match="sha256"):
        snapshot.open_snapshot(DAY, tmp_path)
    receipt = json.loads((folder / snapshot.RECEIPT).read_text("utf-8"))
    del receipt[snapshot.SEAL]
    for place, entry in enumerate(receipt["filer"]):
        receipt["filer"][place] = snapshot.file_entry(folder, folder / entry["fil"])
    (folder / snapshot.RECEIPT).write_text(json.dumps(receipt), "utf-8")
    with pytest.raises(DataError) as told:
        snapshot.open_snapshot(DAY, tmp_path)
    assert [word for word in words if word not in str(told.value)] == []
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda receipt: receipt["filer"].pop(0), "does not list 12137.csv"),
        (lambda receipt: receipt["tabeller"][1].pop("svar"), "is no readable receipt (KeyError)"),
        (lambda receipt: receipt["tabeller"][2].pop("alle_kommuner"), "is no readable receipt"),
        (lambda receipt: receipt["tabeller"][0].update(vintage="endelig"), "no readable receipt"),
        (lambda receipt: receipt.update(tabeller=None), "is no readable receipt (TypeError)"),
    ],
)
def test_a_receipt_that_does_not_say_enough_is_told(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    shutil.copytree(OWN / DAY, tmp_path / DAY)
    path = tmp_path / DAY / snapshot.RECEIPT
    receipt = json.loads(path.read_text("utf-8"))
    del receipt[snapshot.SEAL]
    change(receipt)
    path.write_text(json.dumps(receipt), "utf-8")
    with pytest.raises(DataError) as told:
        snapshot.open_snapshot(DAY, tmp_path)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_what_is_kept_of_them_is_kept_by_the_tables_that_they_are_held_against(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By every one of them, and by no figure that was refused."""
    own_cache(project)
    shutil.copytree(OWN, project / "data" / "ssb")
    snapshot.open_snapshot(DAY)
    seen: set[str] = set()
    for way in ("_parsed", "_valid"):
        own = getattr(reader, way)
        monkeypatch.setattr(
            reader, way, lambda of, *given, own=own: (seen.add(of.path.stem), own(of, *given))[1]
        )
    again = snapshot.open_snapshot(DAY)
    assert seen == set(), "kept"
    figures = {path.stem for path in (OWN / DAY).glob("*.csv")}
    # Another order of the rows, which nothing is kept of yet.
    edit_table(project / "data/codes/kommune_endring.csv", lambda table: table.reverse())
    assert snapshot.open_snapshot(DAY).values.equals(again.values)
    assert seen == figures | set(bundled.HELD_AGAINST)

    one = pl.col("kommunenummer") == "5636"
    edit_table(project / "data/codes/kommune.csv", lambda table: table.filter(~one))
    with pytest.raises(DataError):
        snapshot.open_snapshot(DAY)
    with pytest.raises(DataError):
        snapshot.open_snapshot(DAY)


def test_longyearbyen_is_in_no_sum(figures: pl.DataFrame) -> None:
    values = snapshot.open_snapshot(DAY, OWN).values
    assert set(values.filter(pl.col("region") == "2111")["regiontype"]) == {"annet"}
    assert "2111" not in set(figures["region"])


def test_whoever_has_no_fund_there_is_not_one_without_a_fund() -> None:
    """248 have it in both years, 160 of them less than the year before; the others are missing, not at nothing."""
    own = kr.open_survey(year=2024, source="ssb", data_dir=DAY)
    assert any(
        "disposisjonsfond og merforbruk" in each and "249 av 356" in each for each in own.notes
    )
    compared = wide.units_of(own, "kommune", "samme", 2024)
    assert compared["disposisjonsfond"].count() == compared["disposisjonsfond|foer"].count() == 248
    tall = kr.numbers.compute(
        own, ["fond.antall_redusert", "fond.endring_mrd", "fond.andel_under_5"]
    )
    values = dict(tall.filter(pl.col("aar") == 2024).select("id", "verdi").iter_rows())
    assert values["fond.antall_redusert"] == 160
    assert values["fond.andel_under_5"] == pytest.approx(27.309, abs=1e-3)
    assert values["fond.endring_mrd"] is None  # a sum of those who have it is not that of all


@cache
def verdicts_on(year: int, panel: str) -> dict[str, dict[str, Any]]:
    """Return the published numbers of a year, judged on the figures: id → row."""
    own = kr.open_survey(year=year, source="ssb", panel=panel, data_dir=DAY)
    judged = judgement.judge(judgement.read(year), kr.numbers.compute(own), own)
    return {row["id"]: row for row in judged.iter_rows(named=True)}


# What SSB and TBU printed of all municipalities with Oslo, group accounts, beside the figures of today.
@pytest.mark.parametrize(
    ("year", "claim", "value", "verdict", "said"),
    [
        (2024, "k2024_tbu_andel_negativ", 57.98, "gjenskapt", ""),
        (2024, "k2024_tbu_ndr", -0.417, "gjenskapt", ""),
        (2024, "k2024_tbu_min", -19.43, "gjenskapt", ""),
        (2024, "k2024_tbu_maks", 29.35, "avvik", ""),  # 29.5 printed
        (2024, "k2024_tbu_andel_negativ_2023", 46.63, "gjenskapt", ""),
        (2024, "k2024_ssb_investering", 15.58, "gjenskapt", "foreløpige"),
        (2024, "k2024_ssb_ndr", -0.417, "avvik", "foreløpige"),  # -0.2 printed
        (2023, "k2023_ssb_ndr", 0.758, "gjenskapt", ""),
        (2023, "k2023_ssb_investering_foreloepig", 15.19, "gjenskapt", "foreløpige"),
        (2023, "k2023_ssb_investering_mrd", 90.5, "gjenskapt", ""),
        (2022, "k2022_ssb_ndr", 3.034, "gjenskapt", ""),
    ],
)
def test_what_was_said_of_all_municipalities_is_settled(
    year: int, claim: str, value: float, verdict: str, said: str
) -> None:
    row = verdicts_on(year, "alle")[claim]
    assert row["beregnet"] == pytest.approx(value, abs=0.05)
    assert (row["dom"], row["klamme_nedre"]) == (verdict, None)
    assert "endelige tall for alle kommuner med Oslo" in row["hvorfor"]
    assert row["hvorfor"].endswith("sagt av foreløpige tall") == bool(said)
    other = verdicts_on(year, "uten_oslo")[claim]
    assert (other["dom"], other["beregnet"]) == ("kontekst", None)
    assert "alle kommuner med Oslo" in other["hvorfor"]


# KS' 2.0 and 2.2 of 2025, read as of all municipalities without and with Oslo, whose treasuries no open figures have.
@pytest.mark.parametrize(
    ("panel", "claim", "value"),
    [("uten_oslo", "k2025_res_netto_alle", 2.077), ("alle", "k2025_res_med_oslo", 2.300)],
)
def test_a_number_of_the_same_municipalities_in_another_scope_is_neither_borne_out_nor_ruled_out(
    panel: str, claim: str, value: float
) -> None:
    row = verdicts_on(2025, panel)[claim]
    assert row["beregnet"] == pytest.approx(value, abs=0.001)
    assert (row["dom"], row["inne"], row["klamme_nedre"]) == ("uavklart", False, None)
    assert "tallet gjelder kommunekassen, her er regnet kommunekonsernet" in row["hvorfor"]
    other = verdicts_on(2025, "alle" if panel == "uten_oslo" else "uten_oslo")[claim]
    assert (other["dom"], other["beregnet"]) == ("kontekst", None)


@pytest.mark.parametrize(
    ("claim", "changes", "verdict"),
    [
        ("k2025_res_netto_alle", {"nedre": 2.0, "oevre": 2.1}, "forenlig"),
        ("k2025_res_netto_alle", {"nedre": 1.9, "oevre": 2.0}, "uavklart"),
        ("k2025_res_netto_alle", {"omfang": "konsern"}, "avvik"),  # of that scope it is settled
        ("k2025_res_netto_alle", {"enhet": "mrd_kr"}, "ikke_vurdert"),
    ],
)
def test_which_verdict_a_number_of_another_scope_gets(
    claim: str, changes: dict[str, Any], verdict: str
) -> None:
    own = kr.open_survey(year=2025, source="ssb", panel="uten_oslo", data_dir=DAY)
    claims = judgement.read(2025).filter(pl.col("id") == claim)
    altered = claims.with_columns(
        pl.lit(value).cast(claims.schema[name]).alias(name) for name, value in changes.items()
    )
    judged = judgement.judge(altered, kr.numbers.compute(own), own)
    assert judged["dom"].to_list() == [verdict]


# KS' numbers are of the treasuries of those that answered, SSB's of all group accounts.
@pytest.mark.parametrize(
    ("year", "claim", "value", "verdict"),
    [
        (2023, "k2023_res_fylke", 4.177, "ikke_vurdert"),  # 4.2 printed
        (2024, "k2024_senere_fylke", 2.761, "kontekst"),  # 2.7 printed
        (2025, "k2025_res_fylke", 4.285, "ikke_vurdert"),  # 4.3 printed
        (2025, "k2025_res_fylke_fjor", 2.761, "ikke_vurdert"),  # 2.7 printed
    ],
)
def test_what_ks_says_of_the_counties_stands_beside_and_is_not_judged(
    year: int, claim: str, value: float, verdict: str
) -> None:
    row = verdicts_on(year, "uten_oslo")[claim]
    assert row["beregnet"] == pytest.approx(value, abs=0.001)
    assert (row["dom"], row["klamme_nedre"]) == (verdict, None)
    assert row["hvorfor"].endswith("verdien vises ved siden av og vurderes ikke")


def test_counties_change_no_number_of_municipalities(project: Path) -> None:
    own, other = (
        kr.numbers.compute(
            kr.open_survey(year=2024, source="ssb", data_dir=without(project, day, gone))
        )
        for day, gone in (
            ("2026-10-01", pl.lit(value=False)),
            ("2026-10-02", pl.col("regiontype") == "fylkeskommune"),
        )
    )
    both = own.join(other, on=["id", "aar"], suffix="_uten", maintain_order="left")
    moved = both.filter(pl.col("verdi").ne_missing(pl.col("verdi_uten")))["id"].unique()
    assert set(moved) == {
        *("resultat.andel_negativ_med_fylker", "resultat.fylke_endring_pp", "resultat.fylke_pst"),
        *("resultat.estimat_med_fylker_mrd", "resultat.estimat_med_fylker_pst"),
        *("resultat.fylke_pst_fjor", "svar.andel_fylker", "svar.antall_fylker"),
    }


def test_a_draft_on_open_figures_says_of_nobody_that_they_answered() -> None:
    own = kr.open_survey(year=2024, source="ssb", data_dir=DAY)
    told = draft.release(own, kr.numbers.compute(own))
    own_words = (told.title, told.lead, *(" ".join(each.paragraphs) for each in told.passages))
    text = " ".join(own_words)
    assert "I fylkeskommunene ble netto driftsresultat" in text
    assert not re.search(r"\bsvar", text)


def test_no_finding_says_that_no_fund_is_empty() -> None:
    """Group accounts hold the companies' funds too: the number stands in its section, and is no news."""
    own = kr.open_survey(year=2024, source="ssb", data_dir=DAY)
    tall = kr.numbers.compute(own)
    judged = judgement.judge(judgement.read(2024), tall, own)
    found = {each["tall_id"] for each in headlines.findings(own, tall, judged)}
    assert "resultat.antall_negativ" in found
    assert "fond.andel_tomme" in set(tall.drop_nulls("verdi")["id"])
    assert "fond.andel_tomme" not in found
    text = str(draft.release(own, tall))
    assert "I 160 av 248 kommuner med slike tall ble disposisjonsfondet mindre" in text
    assert "tømt" not in text
    assert "mindre enn fem prosent av driftsinntektene" not in text
