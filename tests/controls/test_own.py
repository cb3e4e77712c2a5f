"""Controls E01-E07: files, whole and single deliveries, jumps from the year before, respondents."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.controls import findings
from kommuneregnskap.survey import accounts, survey
from tests.helpers.accounts import Post, deliver, findings_of, lines, sound

GOOD = lines(sound())
MANY = [
    *sound(),
    *(("drift", "222", f"{art}", 1) for art in (100, 105, 115)),
    ("drift", "222", "600", -3),
]


def of(folder: Path, control: str) -> pl.DataFrame:
    return findings_of(folder).filter(pl.col("kontroll") == control)


class TestDeliveredTwice:
    def test_the_same_in_two_files(self, tmp_path: Path) -> None:
        deliver(tmp_path, GOOD, name="a.txt")
        deliver(tmp_path, GOOD, name="b.txt")
        row = of(tmp_path, "E02")
        assert row["skjema"].to_list() == ["0A", "0B"]
        assert set(row["funnet"]) == {"12 konti står i flere filer", "4 konti står i flere filer"}
        assert set(row["fil"]) == {"2024/a.txt, 2024/b.txt"}
        assert findings.stopped(findings_of(tmp_path))["kan_regnes"].to_list() == [False]

    def test_different_amounts(self, tmp_path: Path) -> None:
        deliver(tmp_path, GOOD, name="a.txt")
        deliver(tmp_path, lines([*sound(), ("drift", "222", "010", 1)]), name="b.txt")
        assert of(tmp_path, "E02")["funnet"].to_list() == [
            "12 konti står i flere filer",
            "4 konti står i flere filer",
        ]

    def test_forms_in_files_of_their_own_are_one_delivery(self, tmp_path: Path) -> None:
        deliver(tmp_path, GOOD[:12], name="a.txt")
        deliver(tmp_path, GOOD[12:], name="b.txt")
        assert findings_of(tmp_path).is_empty()

    def test_twice_in_one_file(self, tmp_path: Path) -> None:
        deliver(tmp_path, lines(MANY) + lines(MANY)[::-1])
        assert of(tmp_path, "E02")["funnet"].to_list() == [
            "15 av 15 konti står flere ganger med samme beløp",
            "4 av 4 konti står flere ganger med samme beløp",
        ]

    def test_one_account_on_two_lines_is_no_second_delivery(self, tmp_path: Path) -> None:
        deliver(tmp_path, [*lines(MANY), lines(MANY)[0]])
        assert of(tmp_path, "E02").is_empty()


class TestWhole:
    @pytest.mark.parametrize(
        ("form", "region", "kept", "told"),
        [
            ("0A", "110300", slice(12), "0A uten 0B"),
            ("0A", "110300", slice(12, None), "0B uten 0A"),
            ("0C", "110000", slice(12), "0C uten 0D"),
            ("0M", "110300", slice(12), "0M uten 0N"),
            ("0P", "110000", slice(12), "0P uten 0Q"),
        ],
    )
    def test_what_is_missing_is_named(
        self, tmp_path: Path, form: str, region: str, kept: slice, told: str
    ) -> None:
        deliver(tmp_path, lines(sound(form), form=form, region=region)[kept])
        row = of(tmp_path, "E03")
        assert row.select("funnet", "alvorlighet").rows() == [(told, "advarsel")]
        assert findings.stopped(findings_of(tmp_path)).is_empty()


def test_everyone_listed_has_delivered(tmp_path: Path) -> None:
    deliver(tmp_path, GOOD)
    (tmp_path / "2024" / "respondenter.csv").write_text("region\n1103\n1146\n", encoding="utf-8")
    row = of(tmp_path, "E07")
    assert row.select("region", "enhet", "alvorlighet").rows() == [("114600", "Tysvær", "advarsel")]


class TestJumps:
    """Twelve municipalities of one size group that grow by about one tenth; one of them does not."""

    @staticmethod
    def grown(folder: Path, odd: float, *, units: int = 12) -> pl.DataFrame:
        people = tables.read("folkemengde").filter(
            (pl.col("dato") == "2025-01-01") & pl.col("folkemengde").is_between(10_000, 19_999)
        )
        regions = people["kommunenummer"].sort().to_list()[:units]
        for year in (2023, 2024):
            posts: list[list[Post]] = []
            for place, _ in enumerate(regions):
                rate = 1.0 if year == 2023 else 1.10 + 0.002 * place
                cost = round(400_000 * (odd if place == 0 and year == 2024 else rate))
                posts.append(
                    [*sound(), ("drift", "202", "010", cost), ("drift", "800", "870", -cost)]
                )
            text = [
                line
                for region, each in zip(regions, posts, strict=True)
                for line in lines(each, year=year, region=region + "00")
            ]
            deliver(folder, text, year=year)
        found = accounts.control_years(folder, [2023, 2024], "kasse", "leverte")[2024].kontroll
        return found.filter((pl.col("kontroll") == "E06") & (pl.col("region") == regions[0] + "00"))

    def test_a_doubling_is_named_with_concept_and_area(self, tmp_path: Path) -> None:
        rows = self.grown(tmp_path, 2.0)
        assert "brutto_driftsutgifter_tjeneste på grunnskole" in rows["felt"].to_list()
        row = rows.filter(pl.col("felt") == "brutto_driftsutgifter_tjeneste på grunnskole")
        assert row["funnet"][0].startswith("fra 400950 til 800950 (z = ")
        assert row["differanse"][0] == 400_000
        assert row["alvorlighet"][0] == "info"

    def test_growth_as_the_others_is_not(self, tmp_path: Path) -> None:
        assert self.grown(tmp_path, 1.11).is_empty()

    def test_a_group_too_small_to_compare_with_says_nothing(self, tmp_path: Path) -> None:
        assert self.grown(tmp_path, 2.0, units=7).is_empty()

    def test_without_the_year_before_nothing_is_said(self, tmp_path: Path) -> None:
        assert of(deliver(tmp_path, GOOD), "E06").is_empty()


def test_modified_z_score_by_hand(tmp_path: Path) -> None:
    """Growth 1.102, 1.104 … 1.122 and one of 1.2: the z-score from medians worked out in Python."""
    from statistics import median

    rows = TestJumps.grown(tmp_path, 1.2)
    shown = rows.filter(pl.col("felt") == "brutto_driftsutgifter_tjeneste på grunnskole")["funnet"][
        0
    ]
    costs = [480_000, *(round(400_000 * (1.10 + 0.002 * place)) for place in range(1, 12))]
    revenue = 401_000  # 400 000 of the area and 1000 of the sound accounts
    growth = [(cost - 400_000) / revenue for cost in costs]
    middle = median(growth)
    scale = median(abs(value - middle) for value in growth)
    assert (
        shown
        == f"fra 400950 til 480950 (z = {round(0.6744897501960817 * (growth[0] - middle) / scale, 1)})"
    )


def test_a_variant_that_stands_beside_a_concept_is_not_reported_again(
    survey_2024: survey.Survey,
) -> None:
    variants = tables.valid("indicators", 2024).filter(pl.col("sikkerhet") == "sammenlikning")
    jumps = set(survey_2024.kontroll.filter(pl.col("kontroll") == "E06")["felt"])
    assert "disposisjonsfond" in jumps
    assert "driftsfond" in set(variants["begrep"])
    assert not jumps & set(variants["begrep"])


def test_findings_stand_in_one_order_only(survey_2024: survey.Survey) -> None:
    """Two that tied would change places from run to run, and with them the bytes of kontroll.csv."""
    key = ["aar", "kontroll", "region", "skjema", "fil", "linje", "funnet", "felt"]
    assert len(survey_2024.kontroll) > 100
    assert survey_2024.kontroll.select(pl.struct(key).is_unique().all()).item()
