"""Open choices: what the table must say, how a choice is asked for, and what each changes."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.survey import survey
from kommuneregnskap.tables import choices, numbers, published
from tests.conftest import PROJECT, edit_table

YEAR = 2024
NET_BY_AREA = PROJECT / "data/ssb/2026-09-19/12362.csv"
GROSS_OF_OSLO = PROJECT / "tests/data/ssb_published_values.csv"


def under(opened: survey.Survey, text: str) -> survey.Survey:
    return opened.under(choices.parse(text))


# --- the table -----------------------------------------------------------------------------------


def test_every_assumption_has_the_alternatives_that_its_text_lists() -> None:
    listed = dict(
        choices.table().group_by("antakelse").agg(pl.col("alternativ").n_unique()).iter_rows()
    )
    for row in tables.read("assumptions").iter_rows(named=True):
        texts = [each.strip() for each in row["alternativer"].split(" | ")]
        more = row["valgt"] not in row["alternativer"]  # A28: both are shown
        assert listed[row["id"]] >= len(texts) - more, row["id"]


def test_what_a09_says_of_open_figures_is_what_ssbs_tables_give() -> None:
    """The 17 KOSTRA groups add up to the country; EKG13 is Oslo. 1000 kr, group accounts, function 275 included."""
    net = pl.read_csv(NET_BY_AREA, schema_overrides={"region": pl.String}).filter(
        pl.col("tjenesteomraade") == "sosial_med_intro"
    )
    before, after = (
        dict(net.filter(pl.col("aar") == year).select("region", "belop").iter_rows())
        for year in (2023, 2024)
    )
    all_before, outside_oslo = sum(before.values()), sum(before.values()) - before["EKG13"]
    gross = pl.read_csv(GROSS_OF_OSLO, infer_schema=False).filter(
        pl.col("region") == "0301",
        pl.col("ssb_kode") == "AGD10",
        pl.col("tjenesteomraade") == "FGK12",
    )
    oslo = dict(gross.select("aar", pl.col("belop_1000kr").cast(pl.Int64)).iter_rows())
    (people,) = published.read(YEAR).filter(pl.col("id") == "k2024_svar_folkeandel")["verdi"]
    (reason,) = tables.read("assumptions").filter(pl.col("id") == "A09_sosial")["begrunnelse"]
    assert len(before) == 17
    assert f"{number(outside_oslo / 1e6, 1)} milliarder utenom Oslo" in reason
    assert (
        f"{number(outside_oslo * people / 100 / 1e6, 1)} for {number(people, 1)} prosent" in reason
    )
    assert f"{number(100 * (after['EAK'] / all_before - 1), 1)} prosent for alle (netto)" in reason
    assert f"{number(100 * (oslo['2024'] / oslo['2023'] - 1), 1)} for Oslo (brutto)" in reason


def test_every_effect_leads_to_something_that_is_there(survey_2024: survey.Survey) -> None:
    rows = choices.table()
    known = {*compute(survey_2024)["id"], *(one.tall_id for one in numbers.rows())}
    areas = set(tables.valid("tjenesteomraade", YEAR)["tjenesteomraade"])
    groups = set(tables.read("stoerrelsesgruppe")["gruppe"])
    for kind, there in ((choices.NUMBER, known), (choices.AREA, areas), (choices.GROUP, groups)):
        named = rows.filter(pl.col("virkning") == kind)
        assert set(named["hva"]) | set(named["verdi"]) <= there, kind
        assert len(named)


def test_an_effect_on_every_area_is_one_on_each() -> None:
    fixed = choices.numbers(choices.parse("vekst=fast_pris"))
    assert fixed["sektor.vekst.sosial"] == "sektor.vekst_fast_pris.sosial"
    assert fixed["sektor.gap"] == "sektor.gap_fast_pris"
    areas = set(tables.read("tjenesteomraade")["tjenesteomraade"])
    assert {name.removeprefix("sektor.vekst.") for name in fixed if "vekst." in name} >= areas
    assert not any("{" in name + instead for name, instead in fixed.items())
    assert choices.numbers(()) == {}


def test_every_setting_is_read_and_every_setting_read_is_set() -> None:
    code = "".join(p.read_text("utf-8") for p in sorted(paths.source_code().rglob("*.py")))
    read = set(re.findall(r'setting\(\s*(?:made, )?"(\w+)"', code))
    read |= set(numbers.CHOICE.findall(paths.data("definitions", "numbers").read_text("utf-8")))
    constants = set(re.findall(r"^[A-Z_]+(?:, [A-Z_]+)* = (.+)$", code, flags=re.MULTILINE))
    by_constant = {word for line in constants for word in re.findall(r'"(\w+)"', line)}
    settings = set(choices.table().filter(pl.col("virkning") == "innstilling")["hva"])
    assert read <= settings
    assert settings <= read | by_constant


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.with_columns(valgt=pl.lit("ja")), "ja for exactly one alternative"),
        (
            lambda t: t.with_columns(
                antakelse=pl.when(pl.col("linje_nr") == 0)
                .then(pl.lit("A99_ukjent"))
                .otherwise("antakelse")
            ),
            "an id of assumptions.csv",
        ),
        (lambda t: t.with_columns(virkning=pl.lit("magi")), "ingen | innstilling"),
        (
            lambda t: t.with_columns(
                merknad=pl.when(pl.col("virkning") != "mangler").then("merknad")
            ),
            "lacking_says_why",
        ),
        (
            lambda t: t.with_columns(verdi=pl.when(pl.col("virkning") != "omraade").then("verdi")),
            "effect_says_what",
        ),
    ],
)
def test_a_malformed_table_is_refused(project: Path, change: object, said: str) -> None:
    def altered(table: pl.DataFrame) -> pl.DataFrame:
        numbered = table.with_row_index("linje_nr")
        return change(numbered).drop("linje_nr")  # type: ignore[operator,no-any-return]

    edit_table(project / "data/definitions/alternatives.csv", altered)
    with pytest.raises(DataError, match=re.escape(said)):
        choices.table()


def test_a_combination_of_an_unknown_choice_is_refused(project: Path) -> None:
    edit_table(
        project / "data/definitions/combinations.csv",
        lambda t: t.with_columns(valg=pl.lit("sosial, ukjent")),
    )
    with pytest.raises(DataError, match="ukjent"):
        choices.combined()


# --- asking for a choice -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("", ()),
        ("sosial=FGK12", (("sosial", "FGK12"),)),
        ("A09_sosial=FGK12", (("sosial", "FGK12"),)),
        ("A09=FGK12 ", (("sosial", "FGK12"),)),
        # in the order of the assumptions, whatever the order asked in
        ("sosial=FGK12,disse=negative", (("disse", "negative"), ("sosial", "FGK12"))),
        ("disse=negative, sosial=FGK12", (("disse", "negative"), ("sosial", "FGK12"))),
        ("sosial=FGK12b", ()),  # as usual: no choice at all
        ("sosial=FGK12,sosial=FGK12", (("sosial", "FGK12"),)),
    ],
)
def test_a_choice_is_asked_for_by_name(text: str, made: choices.Choices) -> None:
    assert choices.parse(text) == made
    assert choices.parse(choices.text(made)) == made


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sosjal=FGK12", "ASSUME has 'sosjal'; allowed: omfang, grunnskole"),
        ("sosial=FGK99", "ASSUME has sosial='FGK99'; allowed: FGK12b, FGK12, FGK12a"),
        ("sosial", "ASSUME has 'sosial'; allowed: choice=alternative"),
        ("sosial=FGK12,sosial=FGK12a", "chooses sosial twice: FGK12 and FGK12a"),
        ("bundne=TBU", "cannot be computed: TBUs ledd"),
    ],
)
def test_what_is_not_in_the_table_is_refused_with_what_is(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        choices.parse(text)


# --- what a choice changes -----------------------------------------------------------------------
