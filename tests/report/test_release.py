"""The draft of a release: signs turned around, numbers taken away, other years and sources."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.display.notebook import SYNTHETIC_WARNING
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report import editions, headlines
from kommuneregnskap.report.editions import release
from kommuneregnskap.report.editions.release import draft
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import wording
from tests.conftest import PROJECT, add_row, edit_table
from tests.helpers.statbank_national import National


@pytest.fixture(scope="module")
def tall_2024(survey_2024: Survey) -> pl.DataFrame:
    return compute(survey_2024)


def changed(tall: pl.DataFrame, **values: float | None) -> pl.DataFrame:
    """Section numbers of 2024 with other values; ids with double underscores for dots."""
    new = {name.replace("__", "."): value for name, value in values.items()}
    assert set(new) <= set(tall["id"])
    own = pl.col("id").is_in(list(new)) & (pl.col("aar") == 2024)
    other = pl.col("id").replace_strict(new, default=None, return_dtype=pl.Float64)
    return tall.with_columns(pl.when(own).then(other).otherwise("verdi").alias("verdi"))


def text_of(survey: Survey, tall: pl.DataFrame) -> str:
    return draft.as_markdown(draft.release(survey, tall)).replace("\u202f", " ")


def test_it_reads_as_it_should(survey_2024: Survey, tall_2024: pl.DataFrame) -> None:
    text = text_of(survey_2024, tall_2024)
    for sentence in (
        "# Mer enn halvparten av kommunene som har svart, gikk i minus i 2024\n",
        "Netto driftsresultat i kommunene som har svart, ble minus 0,6 prosent av driftsinntektene i 2024.",
        "Det er 1,6 prosentpoeng svakere enn året før. 138 av 225 kommuner gikk i minus.",
        "## Utgiftene vokste mer enn inntektene\n",
        "Driftsutgiftene økte med 5,0 prosent og driftsinntektene med 3,7 prosent.",
        "Utgiftene har dermed vokst mer enn inntektene i minst tre år på rad.",
        "Sterkest var veksten innen sosial, med 10,8 prosent.",
        "## Investeringene økte\n",
        "Kommunene som har svart, investerte for 56,4 milliarder kroner i 2024. "
        "Det tilsvarer om lag 13 700 kroner per innbygger.",
        "Investeringene var 3,1 milliarder kroner større enn året før, en økning på 5,8 prosent.",
        "Mest gikk til vann, avløp og renovasjon med 24 prosent av investeringene, foran grunnskole med 17 prosent.",
        "## Mindre på disposisjonsfondene\n",
        "22 kommuner (10 prosent) har ikke noe igjen på fondet.",
        "- 225 av 356 kommuner utenom Oslo har svart. Der bor 85 prosent av innbyggerne utenom Oslo.\n",
    ):
        assert sentence in text, sentence


TURNED = [
    (
        {"resultat__netto_pst": 0.61, "resultat__endring_pp": 1.61},
        [
            "# Kommunene som har svart, gikk samlet i pluss i 2024, men 138 fikk underskudd\n",
            "ble 0,6 prosent av driftsinntektene i 2024. Det er 1,6 prosentpoeng bedre enn året før.",
        ],
        ["ble minus", "Mer enn halvparten", "svakere enn året"],
    ),
    (
        {"resultat__netto_pst": -0.04, "resultat__endring_pp": 0.04},
        [
            "# Kommunene som har svart, endte samlet i null i 2024\n",
            "ble tilnærmet null i 2024.",
            "Resultatet er om lag som året før.",
        ],
        ["ble minus", "bedre enn året", "svakere enn året"],
    ),
    (
        {"resultat__netto_pst": -0.4, "resultat__andel_negativ": 50.4},
        ["# Kommunene som har svart, gikk samlet i minus i 2024\n"],
        ["Mer enn halvparten"],
    ),
    (
        {
            "resultat__netto_pst": 1.2,
            "resultat__antall_negativ": 0.0,
            "resultat__andel_negativ": 0.0,
            "resultat__antall_under_m2": 0.0,
        },
        [
            "# Ingen av kommunene som har svart, gikk i minus i 2024\n",
            "Ingen kommune gikk i minus.",
            "Året før gikk vel 40 prosent av de samme kommunene i minus.",
        ],
        ["0 kommuner", "svakere enn minus to prosent"],
    ),
    (
        {"resultat__antall_under_m2": 1.0, "fond__antall_tomme": 1.0},
        ["1 kommune hadde et resultat svakere", "1 kommune ("],
        ["1 kommuner"],
    ),
    (
        {
            "resultat__estimat_mrd": 3.7106,
            "resultat__estimat_mrd_nedre": -0.2,
            "resultat__estimat_mrd_oevre": 7.6,
        },
        [
            "anslås resultatet til 3,7 milliarder kroner. "
            "Konfidensintervallet går fra minus 200,0 millioner kroner til 7,6 milliarder kroner."
        ],
        ["anslås resultatet til minus"],
    ),
    (
        {"resultat__fylke_pst": -2.7, "resultat__fylke_pst_fjor": 0.0},
        ["ble netto driftsresultat minus 2,7 prosent av driftsinntektene, mot 0,0 prosent året før."],
        [],
    ),
    (
        {"investering__endring": -3.1, "investering__vekst": -5.816},
        [
            "## Investeringene falt\n",
            "Investeringene var 3,1 milliarder kroner mindre enn året før, en nedgang på 5,8 prosent.",
        ],
        ["Investeringene økte", "milliarder kroner større enn året"],
    ),
    (
        {"investering__endring": 0.04, "investering__vekst": 0.04},
        ["## Investeringene\n", "Investeringene var om lag som året før."],
        ["en økning på", "en nedgang på", "Investeringene økte"],
    ),
    (
        {"sektor__utgiftsvekst": -4.976, "sektor__inntektsvekst": -3.6027, "sektor__gap": -1.3737},
        ["## Driften\n", "Driftsutgiftene falt med 5,0 prosent og driftsinntektene med 3,6 prosent."],
        ["Driftsutgiftene økte", "vokste mer enn", "år på rad"],
    ),
    (
        {"sektor__utgiftsvekst": 2.0, "sektor__inntektsvekst": 3.0, "sektor__gap": -1.0},
        [
            "## Inntektene vokste mer enn utgiftene\n",
            "Driftsutgiftene økte med 2,0 prosent og driftsinntektene med 3,0 prosent.",
        ],
        ["Utgiftene vokste", "år på rad"],
    ),
    (
        {"sektor__utgiftsvekst": 2.0, "sektor__inntektsvekst": -3.0, "sektor__gap": 5.0},
        ["Driftsutgiftene økte med 2,0 prosent, mens driftsinntektene falt med 3,0 prosent."],
        [],
    ),
    (
        {"sektor__utgiftsvekst": -2.0, "sektor__inntektsvekst": 0.04, "sektor__gap": -2.0},
        ["Driftsutgiftene falt med 2,0 prosent, mens driftsinntektene var tilnærmet uendret."],
        ["økte med 0,0"],
    ),
    (
        {"sektor__utgiftsvekst": 0.04, "sektor__inntektsvekst": -0.04, "sektor__gap": 0.04},
        ["## Driften\n", "Både driftsutgiftene og driftsinntektene var tilnærmet uendret."],
        ["økte med 0,0", "falt med 0,0", "år på rad"],
    ),
    (
        {"fond__antall_tomme": 0.0, "fond__andel_tomme": 0.0, "fond__endring_mrd": 3.228},
        [
            "## Mer på disposisjonsfondene\n",
            "Ingen kommune har tømt fondet helt.",
            "Det er 3,2 milliarder kroner mer enn da året begynte.",
        ],
        ["0 kommuner", "mindre enn da året"],
    ),
    (
        {"fond__endring_mrd": None, "fond__retning_antall": 12.0},
        ["## Flere fylte på disposisjonsfondet enn tappet det\n"],
        ["enn fylte på", "da året begynte"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("values", "stands", "gone"), TURNED)
def test_sentences_follow_the_signs(
    survey_2024: Survey,
    tall_2024: pl.DataFrame,
    values: dict[str, float],
    stands: list[str],
    gone: list[str],
) -> None:
    text = text_of(survey_2024, changed(tall_2024, **values))
    for sentence in stands:
        assert sentence in text, sentence
    for sentence in gone:
        assert sentence not in text, sentence


def test_every_sentence_that_lacks_a_number_is_left_out(
    survey_2024: Survey, tall_2024: pl.DataFrame
) -> None:
    """Each number in turn: what named it is gone, what did not stands as before, nothing is half-filled."""
    rows = tables.read("pressemelding").to_dicts()
    full = wording.numbers_of(tall_2024, 2024)
    named = {
        full.id_of(match.group(2))
        for row in rows
        for match in wording.PLACEHOLDER.finditer(row["setning"])
        if match.group(2) not in ("aar", "fjor", "kommunene")
    }
    assert len(named) >= 38
    for name in sorted(named):
        without = replace(full, values={**full.values, name: None})
        for row in rows:
            uses = (
                name
                in {
                    full.id_of(match.group(2))
                    for match in wording.PLACEHOLDER.finditer(row["setning"])
                }
                and f"{{navn:{name}}}" not in row["setning"]
            )
            said = headlines.of_whom(row["setning"], survey_2024)
            before, after = (wording.filled(said, each) for each in (full, without))
            assert after is None or (not uses and after == before), (name, row["nr"])


def test_without_any_number_there_is_a_title_and_what_is_always_so(
    survey_2024: Survey, tall_2024: pl.DataFrame
) -> None:
    found = draft.release(survey_2024, tall_2024.with_columns(verdi=pl.lit(None, dtype=pl.Float64)))
    assert found.title == "Kommuneregnskapene for 2024"
    assert found.lead == ""
    assert found.passages == []
    assert len(found.facts) == 1
    assert not re.search(r"\{|\}|None|nan", draft.as_markdown(found))


WHOSE = re.compile(r"\{kommunene,?\}")


def test_no_number_stands_in_the_sentences_themselves() -> None:
    """What has a digit has it from a section number, or it is the year."""
    for row in tables.read("pressemelding").iter_rows(named=True):
        plain = WHOSE.sub("", wording.PLACEHOLDER.sub("", row["setning"]))
        assert not re.search(r"[\d{}%]", plain), f"line {row['linje']}: {plain}"


NUMBER_WORDS = re.compile(
    r"\b(?:to|tre|fire|fem|seks|sju|syv|åtte|ni|ti|elleve|tolv|tjue|femti|hundre|tusen|halvparten)\b"
)


def test_a_number_in_words_is_a_limit_of_the_measure_and_has_its_reason() -> None:
    """Words would get past the test above: those there are stand in exemptions.csv, and no others."""
    excused = tables.read("exemptions").filter(pl.col("slag").cast(pl.String) == "tallord")["id"]
    found = set()
    for row in tables.read("pressemelding").iter_rows(named=True):
        plain = wording.PLACEHOLDER.sub("", row["setning"])
        reasons = [text for text in excused if text in plain]
        left = plain
        for text in reasons:
            left = left.replace(text, "")
        assert not NUMBER_WORDS.search(left), f"line {row['linje']}: {plain}"
        found |= set(reasons)
    assert found == set(excused)


def test_every_condition_and_number_is_known(tall_2024: pl.DataFrame) -> None:
    known = wording.numbers_of(tall_2024, 2024)
    for row in tables.read("pressemelding").iter_rows(named=True):
        said = WHOSE.sub("kommunene", row["setning"])
        assert wording.filled(said, known) is not None, row["setning"]
        for part in (row["vilkaar"] or "").split(";"):
            found = wording.CONDITION.fullmatch(part.strip())
            assert not part or (found and known.id_of(found.group(1)) in known.values)


def test_a_number_that_is_none_is_named_with_its_line(
    survey_2024: Survey,
    tall_2024: pl.DataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(PROJECT / "data/definitions", tmp_path / "data/definitions")
    edit_table(
        tmp_path / "data/definitions/pressemelding.csv",
        lambda table: add_row(
            table, nr="900", slag="setning", avsnitt="x", setning="Det er {fond.pts:1} igjen."
        ),
    )
    monkeypatch.setenv("KOMMUNEREGNSKAP_ROOT", str(tmp_path))
    with pytest.raises(DataError, match=r"pressemelding\.csv:\d+: .*'fond\.pts'; allowed: an id"):
        draft.release(survey_2024, tall_2024)


def test_invented_numbers_are_said_to_be_so_once_above_all(
    survey_2024: Survey, tall_2024: pl.DataFrame
) -> None:
    found = draft.release(survey_2024, tall_2024)
    assert found.warning == SYNTHETIC_WARNING
    text = draft.as_markdown(found)
    assert text.startswith(f"> **{SYNTHETIC_WARNING}**\n")
    assert text.lower().count("syntetisk") == 2, "in the warning and in the source line"


HEDGED = re.compile(r"\b(?:nesten|knapt|vel|over|om lag|nær) \d[\d ]*,\d", re.IGNORECASE)


@pytest.mark.parametrize("year", [2022, 2023, 2024, 2025])
def test_a_release_of_open_figures_is_short_has_its_parts_and_hedges_no_decimal(year: int) -> None:
    """Of the figures that came along, as anyone has them: two thirds of a page."""
    survey = open_survey(year=year, source="ssb")
    found = draft.release(survey, compute(survey))
    text = draft.as_markdown(found).replace("\u202f", " ")
    assert 150 <= len(words(text)) <= MOST_WORDS
    assert str(year) in found.title
    assert re.search(r"\b(?:minus|pluss)\b", found.title)
    assert 2 <= len(re.findall(r"[.] ?", found.lead)) <= 4
    assert len([each for each in found.passages if each.heading]) == 3
    assert 3 <= len(found.facts) <= 5
    assert not HEDGED.search(text)
    assert not re.search(r"\d år på rad|har svart|som er med|av dem som|Syntetisk|klamme|_", text)
    assert "kommunene utenom Oslo" in text


MOST_WORDS = 300


def words(markdown: str) -> list[str]:
    """The words of a draft: without the line that says that it is one, and without its source."""
    kept = [line for line in markdown.splitlines() if not re.match(r"> |\*Utkast|Kilde:", line)]
    return re.findall(r"[^\W_][\w,.-]*", " ".join(kept))


def test_a_release_of_everything_fits_its_page(
    survey_2024: Survey, tall_2024: pl.DataFrame
) -> None:
    """The panel has every number that the sentences ask for."""
    text = text_of(survey_2024, tall_2024)
    assert 250 <= len(words(text)) <= MOST_WORDS + 80
    found = draft.release(survey_2024, tall_2024)
    assert len([each for each in found.passages if each.heading]) == 3
    assert found.passages[0].heading == "", "the result goes on from the lead"
    assert not HEDGED.search(text)


def test_a_word_of_rounding_stands_before_whole_numbers_alone() -> None:
    assert wording.worded_number(57.9, "prosent", 0) == "knapt 58 prosent"
    assert wording.worded_number(10.79, "prosent", 1) == "10,8 prosent"
    assert wording.worded_number(0.62, "prosent", 0) == "0,6 prosent"
    assert wording.worded_number(0.4, "mrd_kr") == "400 millioner kroner"


def test_one_municipality_is_called_by_its_name(
    survey_2024: Survey, tall_2024: pl.DataFrame
) -> None:
    """Its draft counts no municipalities and is of itself."""
    first = survey_2024.enheter.filter(pl.col("svart") & (pl.col("type") == "kommune"))["region"][0]
    alone = replace(
        survey_2024,
        enheter=survey_2024.enheter.with_columns(
            svart=pl.col("svart") & (pl.col("region") == first)
        ),
    )
    name = alone.enheter.filter("svart")["navn"][0]
    text = text_of(alone, changed(tall_2024, svar__antall=1.0))
    assert f"# {name} gikk i minus i 2024\n" in text
    assert f"Netto driftsresultat i {name} ble minus" in text
    assert f"{name} investerte for" in text
    assert "sto det" in text
    assert not re.search(r"\d kommuner|har svart|de samme kommunene", text)


def test_a_draft_that_finds_nothing_is_not_written(
    survey_2024: Survey, tall_2024: pl.DataFrame, tmp_path: Path
) -> None:
    nothing = tall_2024.with_columns(verdi=pl.lit(None, dtype=pl.Float64))
    material = editions.Material([], survey_2024, nothing, pl.DataFrame())
    release.write(material, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_year_without_the_one_before_is_compared_with_nothing(demo_panel: Path) -> None:
    survey = open_survey(year=2020, source="demo")
    text = text_of(survey, compute(survey))
    assert "i 2020, men" in text.split("# ", 1)[1]
    assert "året før" not in text
    assert "2019" not in text.split("Kilde:")[0]
    assert not re.search(r"\{|\}|None|\bnan\b|–", text)


def test_open_figures_are_not_said_to_be_answers(ssb: National) -> None:
    survey = open_survey(year=2024, source="ssb", data_dir=ssb.unmarked[1])
    found = draft.release(survey, compute(survey))
    text = " ".join([found.lead, *(text for each in found.passages for text in each.paragraphs)])
    assert "har svart" not in text
    assert "kommunene utenom Oslo" in text
    assert ssb.unmarked[1] in found.notes[0], "the snapshot"


def test_the_word_document_says_the_same(
    survey_2024: Survey, tall_2024: pl.DataFrame, tmp_path: Path
) -> None:
    found = draft.release(survey_2024, tall_2024)
    markdown, word = tmp_path / "utkast.md", tmp_path / "utkast.docx"
    draft.write_release(found, markdown, word)
    document = docx.Document(str(word))
    shown = [paragraph.text for paragraph in document.paragraphs]
    plain = [
        re.sub(r"^[#>*\- ]+|\*+$", "", line) for line in markdown.read_text("utf-8").splitlines()
    ]
    assert [line for line in plain if line] == shown
    headings = [p.text for p in document.paragraphs if p.style and p.style.name == "Heading 1"]
    assert headings == [*(each.heading for each in found.passages if each.heading), draft.FACTS]
    assert document.core_properties.language == "nb-NO"
    with zipfile.ZipFile(io.BytesIO(word.read_bytes())) as package:
        assert {entry.date_time[0] for entry in package.infolist()} == {2000}
        assert 'w:val="nb-NO"' in package.read("word/styles.xml").decode()
    assert word.read_bytes() == draft.as_word(found)
