"""The draft of a release: signs turned around, numbers taken away, other years and sources."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from pathlib import Path

import docx
import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.display.notebook import SYNTHETIC_WARNING
from kommuneregnskap.numbers import compute
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
        "# Minus på driften i flere enn halvparten av kommunene som har svart for 2024\n",
        "ble netto driftsresultatet negativt med vel 0,6 prosent av driftsinntektene.",
        "Resultatet er vel 1,6 prosentpoeng svakere enn i 2023, regnet for de samme kommunene.",
        "Nesten 10 prosent av kommunene som har svart, har ikke noe igjen på disposisjonsfondet.",
        "Investeringene er 3,1 milliarder kroner større enn i de samme kommunene i 2023, "
        "en økning på nesten 6 prosent.",
        "Størst var vann, avløp og renovasjon med 24 prosent av investeringene.",
        "Driftsutgiftene økte med nesten 5,0 prosent. Driftsinntektene økte med nesten 3,7 prosent.",
        "Utgiftsveksten var om lag 1,3 prosentpoeng høyere enn inntektsveksten.",
        "Slik har det vært minst 3 år på rad.",
        "Per innbygger ble investeringene om lag 13 700 kroner.",
        "225 av 356 kommuner utenom Oslo har svart;",
    ):
        assert sentence in text, sentence


TURNED = [
    (
        {"resultat__netto_pst": 0.61, "resultat__endring_pp": 1.61},
        [
            "# Kommunene som har svart, gikk samlet i pluss i 2024\n",
            "ble netto driftsresultatet positivt med vel 0,6 prosent av driftsinntektene.",
            "Resultatet er vel 1,6 prosentpoeng bedre enn i 2023",
        ],
        ["negativt med", "Minus på driften", "svakere enn i"],
    ),
    (
        {"resultat__netto_pst": -0.04, "resultat__endring_pp": 0.04},
        [
            "# Kommunene som har svart, gikk samlet i null i 2024\n",
            "ble netto driftsresultatet null når det avrundes.",
            "Resultatet er om lag som i 2023",
        ],
        ["negativt med", "positivt med", "bedre enn i", "svakere enn i"],
    ),
    (
        {"resultat__netto_pst": -0.4, "resultat__andel_negativ": 50.4},
        ["# Kommunene som har svart, gikk samlet i minus i 2024\n", "Over 50 prosent av kommunene som har svart"],
        ["flere enn halvparten"],
    ),
    (
        {"resultat__antall_negativ": 0.0, "resultat__andel_negativ": 0.0, "resultat__antall_under_m2": 0.0},
        ["Ingen av kommunene som har svart, hadde negativt netto driftsresultat. "
         "I 2023 hadde vel 40 prosent av de samme kommunene negativt netto driftsresultat."],
        ["0 kommuner", "svakere enn minus to prosent"],
    ),
    (
        {"resultat__antall_under_m2": 1.0, "fond__antall_redusert": 1.0},
        ["I 1 kommune var resultatet svakere", "I 1 kommune ble fondet mindre"],
        ["I 1 kommuner"],
    ),
    (
        {"resultat__estimat_mrd": 3.7106},
        ["anslås netto driftsresultat til vel 3,7 milliarder kroner i pluss."],
        ["i minus."],
    ),
    (
        {"resultat__fylke_pst": -2.7, "resultat__fylke_pst_fjor": 0.0},
        ["ble netto driftsresultatet minus 2,7 prosent av driftsinntektene, mot 0,0 prosent året før."],
        ["pluss 2,7"],
    ),
    (
        {"investering__endring": -3.1, "investering__vekst": -5.816},
        ["3,1 milliarder kroner mindre enn i de samme kommunene i 2023, en nedgang på nesten 6 prosent."],
        ["milliarder kroner større enn i de samme"],
    ),
    (
        {"investering__endring": 0.04, "investering__vekst": 0.07},
        ["Investeringene er om lag som i de samme kommunene i 2023."],
        ["en økning på", "en nedgang på"],
    ),
    (
        {"sektor__utgiftsvekst": -4.976, "sektor__inntektsvekst": -3.6027, "sektor__gap": -1.3737},
        [
            "Driftsutgiftene falt med nesten 5,0 prosent. Driftsinntektene falt med om lag 3,6 prosent.",
            "Utgiftsveksten var nesten 1,4 prosentpoeng lavere enn inntektsveksten.",
        ],
        ["Driftsutgiftene økte", "Driftsinntektene økte", "år på rad"],
    ),
    (
        {"sektor__utgiftsvekst": 0.04, "sektor__inntektsvekst": -0.04, "sektor__gap": 0.04},
        [
            "Driftsutgiftene var så godt som uendret. Driftsinntektene var så godt som uendret.",
            "Utgifter og inntekter utviklet seg så godt som likt.",
        ],
        ["økte med 0,0", "falt med 0,0", "år på rad"],
    ),
    (
        {"fond__antall_tomme": 0.0, "fond__andel_tomme": 0.0, "fond__endring_mrd": 3.228},
        [
            "Ingen av kommunene som har svart, har tømt disposisjonsfondet.",
            "Fondene er over 3,2 milliarder kroner større enn da året begynte.",
        ],
        ["0 kommuner har tømt", "mindre enn da året"],
    ),
    (
        {"sektor__vekst__administrasjon": -1.898},
        ["står administrasjon, der utgiftene falt med om lag 1,9 prosent."],
        ["administrasjon, der utgiftene økte"],
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
        if match.group(2) not in ("aar", "fjor")
    }
    assert len(named) >= 40
    for name in sorted(named):
        without = wording.Numbers(2024, {**full.values, name: None}, full.units, full.areas)
        for row in rows:
            uses = (
                name
                in {
                    full.id_of(match.group(2))
                    for match in wording.PLACEHOLDER.finditer(row["setning"])
                }
                and f"{{navn:{name}}}" not in row["setning"]
            )
            before, after = (wording.filled(row["setning"], each) for each in (full, without))
            assert after is None or (not uses and after == before), (name, row["nr"])


def test_without_any_number_there_is_a_title_and_what_is_always_so(
    survey_2024: Survey, tall_2024: pl.DataFrame
) -> None:
    found = draft.release(survey_2024, tall_2024.with_columns(verdi=pl.lit(None, dtype=pl.Float64)))
    assert found.title == "Kommuneregnskapene for 2024"
    assert found.lead == ""
    assert [each.heading for each in found.passages] == ["Om tallene"]
    assert not re.search(r"\{|\}|None|nan", draft.as_markdown(found))


def test_no_number_stands_in_the_sentences_themselves() -> None:
    """What has a digit has it from a section number, or it is the year."""
    for row in tables.read("pressemelding").iter_rows(named=True):
        plain = wording.PLACEHOLDER.sub("", row["setning"])
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
        assert wording.filled(row["setning"], known) is not None, row["setning"]
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


def test_invented_numbers_are_said_to_be_so_in_every_paragraph(
    survey_2024: Survey, tall_2024: pl.DataFrame
) -> None:
    found = draft.release(survey_2024, tall_2024)
    assert found.warning == SYNTHETIC_WARNING
    assert draft.as_markdown(found).startswith(f"> **{SYNTHETIC_WARNING}**\n")
    texts = [found.lead, *(text for each in found.passages for text in each.paragraphs)]
    with_numbers = [text for text in texts if re.search(r"\d", text)]
    assert len(with_numbers) > 8
    assert all(text.endswith("Syntetiske tall.") for text in with_numbers)


def test_a_year_without_the_one_before_is_compared_with_nothing(demo_panel: Path) -> None:
    survey = open_survey(year=2020, source="demo")
    text = text_of(survey, compute(survey))
    assert "i 2020\n" in text.split("# ", 1)[1]
    assert "2019," not in text.split("## Om tallene")[0]
    assert "de samme kommunene gjorde" not in text
    assert not re.search(r"\{|\}|None|\bnan\b|–", text)


def test_open_figures_are_not_said_to_be_answers(ssb: National) -> None:
    survey = open_survey(year=2024, source="ssb", data_dir=ssb.unmarked[1])
    found = draft.release(survey, compute(survey))
    text = " ".join([found.lead, *(text for each in found.passages for text in each.paragraphs)])
    assert "har svart" not in text
    assert "som er med" in text
    assert "Syntetiske tall" not in text
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
        re.sub(r"^[#>* ]+|\*+$", "", line) for line in markdown.read_text("utf-8").splitlines()
    ]
    assert [line for line in plain if line] == shown
    headings = [p.text for p in document.paragraphs if p.style and p.style.name == "Heading 1"]
    assert headings == [each.heading for each in found.passages]
    assert document.core_properties.language == "nb-NO"
    with zipfile.ZipFile(io.BytesIO(word.read_bytes())) as package:
        assert {entry.date_time[0] for entry in package.infolist()} == {2000}
        assert 'w:val="nb-NO"' in package.read("word/styles.xml").decode()
    assert word.read_bytes() == draft.as_word(found)
