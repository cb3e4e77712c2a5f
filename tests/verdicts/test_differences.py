"""What changed between two snapshots, by hand."""

from __future__ import annotations

from typing import Any

import polars as pl

from kommuneregnskap.sources.statbank.names import region_names
from kommuneregnskap.verdicts import differences
from tests.helpers.statbank_small import as_values

YEAR = 2024


def row(region: str, verdi: float | None, merke: str | None = None, **changes: Any) -> Any:
    return {
        "tabell": "12137",
        "regnskapsomfang": "konsern",
        "aar": YEAR,
        "region": region,
        "regiontype": "kommune",
        "begrep": "netto_driftsresultat",
        "tjenesteomraade": None,
        "verdi": verdi,
        "enhet": "1000 kr",
        "merke": merke,
        "vintage": "endelig",
    } | changes


BEFORE = as_values(
    row("1101", 10),
    row("1103", 20),
    row("1106", None, ".."),
    row("1108", 30),
    row("1111", None, ".."),
    row("1112", 0),
    row("1114", 5),
    row("1119", 7, aar=2022),
    row("1120", 1, regnskapsomfang="kasse"),
    row("1121", 40, begrep="brutto_driftsutgifter_tjeneste", tjenesteomraade="grunnskole"),
)
AFTER = as_values(
    row("1101", 10),
    row("1103", 25),
    row("1106", 0),
    row("1108", None, "."),
    row("1111", None, ":"),
    row("1112", None, "."),
    row("1119", 9, aar=2022),
    row("1120", 2, regnskapsomfang="kasse"),
    row("1121", 44, begrep="brutto_driftsutgifter_tjeneste", tjenesteomraade="grunnskole"),
    row("1122", 6, tabell="13551"),
)


def test_values_change_appear_and_are_gone_and_missing_is_never_zero() -> None:
    found = differences.values(BEFORE, AFTER, "konsern", [YEAR])
    own = ["region", "slag", "foer", "foer_merke", "naa", "naa_merke", "endring"]
    assert found.select(own).rows() == [
        ("1103", "endret", 20, None, 25, None, 5),
        ("1106", "kommet", None, "..", 0, None, None),
        ("1108", "falt bort", 30, None, None, ".", None),
        ("1111", "annet tegn", None, "..", None, ":", None),
        ("1112", "falt bort", 0, None, None, ".", None),
        ("1114", "falt bort", 5, None, None, "ikke i uttrekket", None),
        ("1121", "endret", 40, None, 44, None, 4),
        ("1122", "kommet", None, "ikke i uttrekket", 6, None, None),
    ]
    assert found["tabell"].to_list() == ["12137"] * 7 + ["13551"]
    assert found.filter(pl.col("region") == "1121")["tjenesteomraade"].item() == "grunnskole"


def test_only_the_scope_and_the_years_asked_for() -> None:
    both = differences.values(BEFORE, AFTER, "konsern", [2022, YEAR])
    assert both.filter(pl.col("aar") == 2022)["endring"].to_list() == [2]
    kasse = differences.values(BEFORE, AFTER, "kasse", [YEAR])
    assert kasse.select("region", "endring").rows() == [("1120", 1)]


def test_the_same_values_have_no_difference() -> None:
    found = differences.values(AFTER, AFTER, "konsern", [2022, YEAR])
    assert found.is_empty()
    assert list(found.columns) == list(differences.VALUES)


def test_counts_by_region_and_the_largest_change_of_a_total() -> None:
    found = differences.values(BEFORE, AFTER, "konsern", [2022, YEAR])
    counted = differences.counts(found, "regiontype").row(0, named=True)
    assert counted == {
        "regiontype": "kommune",
        "endret": 3,
        "kommet": 2,
        "falt bort": 3,
        "annet tegn": 1,
        "alle": 9,
    }
    first = differences.largest(found, "netto_driftsresultat", "1000 kr", YEAR, "kommune")
    assert first["region"].to_list() == ["1103"]


def tall(**found: float | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"id": list(found), "verdi": list(found.values())},
        schema={"id": pl.String, "verdi": pl.Float64},
    ).with_columns(aar=pl.lit(YEAR, dtype=pl.Int32), enhet=pl.lit("prosent"))


def test_section_numbers_that_changed_appeared_or_are_gone() -> None:
    found = differences.numbers(
        tall(a=1.0, b=2.0, c=None, d=4.0, e=None, f=0.1 + 0.2),
        tall(a=1.0, b=2.5, c=3.0, d=None, e=None, f=0.3),
    )
    assert found.select("id", "foer", "naa", "endring").rows() == [
        ("b", 2.0, 2.5, 0.5),
        ("c", None, 3.0, None),
        ("d", 4.0, None, None),
    ]


def judgement(*rows: tuple[str, float | None, float | None, float | None, str]) -> pl.DataFrame:
    named = ("id", "beregnet", "klamme_nedre", "klamme_oevre", "dom")
    columns = dict(zip(named, zip(*rows, strict=True), strict=True))
    numeric = dict.fromkeys(named[1:4], pl.Float64)
    return pl.DataFrame(columns, schema_overrides=numeric).with_columns(
        *(pl.lit("x").alias(name) for name in ("seksjon", "maaler", "publisert", "intervall")),
        enhet=pl.lit("prosent"),
        beregnet_tekst=pl.col("beregnet").round(0).cast(pl.String),
        hvorfor=pl.lit("y"),
    )


def test_published_numbers_whose_value_bracket_or_verdict_changed() -> None:
    before = judgement(
        ("same", 1, 0, 2, "forenlig"),
        ("value", 1, 0, 2, "forenlig"),
        ("bracket", 1, 0, 2, "forenlig"),
        ("verdict", 1.1, 0, 2, "forenlig"),
        ("gone", 1, None, None, "avvik"),
    )
    after = judgement(
        ("same", 1, 0, 2, "forenlig"),
        ("value", 3, 0, 2, "forenlig"),
        ("bracket", 1, 0, 2.5, "forenlig"),
        ("verdict", 1.2, 1, 3, "avvik"),
        ("gone", None, None, None, "ikke_vurdert"),
    )
    found = differences.verdicts(before, after)
    assert found.select("id", "hva").rows() == [
        ("value", "beregnet"),
        ("bracket", "klamme"),
        ("verdict", "beregnet;klamme;dom"),
        ("gone", "beregnet;dom"),
    ]
    # What shows comes first by verdict; the bracket alone is not in the text of these rows.
    assert differences.visible(found)["id"].to_list() == ["verdict", "gone", "value"]


def test_regions_are_called_what_a_reader_calls_them() -> None:
    asked = ["1103", "EKA11", "EAK", "EAKUO", "EKG07", "1507"]  # 1507 is no number of the year
    assert region_names(asked, YEAR, synthetic=False) == {
        "1103": "1103 Stavanger",
        "EKA11": "Rogaland (fylke)",
        "EAK": "Landet",
        "EAKUO": "Landet uten Oslo",
        "EKG07": "EKG07",
        "1507": "1507",
    }
    assert region_names(["1103"], YEAR, synthetic=True) == {"1103": "1103"}


# --- as a user starts it
