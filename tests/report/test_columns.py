"""What a report says of a column: its title, what it is, its unit; each right value by hand."""

from __future__ import annotations

import polars as pl
import pytest

from kommuneregnskap.report import columns, headings
from kommuneregnskap.report.headings import Heading
from kommuneregnskap.tables.written import Vist


@pytest.mark.parametrize(
    ("line", "unit"),
    [
        ("Milliarder kroner; fra og til er konfidensintervallet", "mrd. kr"),
        ("Millioner kroner", "mill. kr"),
        ("Prosent og prosentpoeng; 95 prosent av utvalgene", "prosent eller prosentpoeng"),
        ("Milliarder kroner for summer, ellers prosent", "mrd. kr eller prosent"),
        ("Endring fra første til siste, prosentpoeng", "prosentpoeng"),
        ("Sirkelens flate er innbyggertallet; prosent av inntektene", "prosent"),
        ("I tallets egen enhet", "tallets egen enhet"),
        ("Kroner er delt på prosentiler", ""),
        ("", ""),
    ],
)
def test_the_line_under_a_title_says_a_unit(line: str, unit: str) -> None:
    assert columns.of_line(line) == unit


@pytest.mark.parametrize(
    ("column", "notebook", "told"),
    [
        # A section number; its name may have dots.
        (
            "mrd",
            "4_funds",
            Heading("Disposisjonsfondene, mrd. kr", "Disposisjonsfondene", "mrd. kr"),
        ),
        (
            "retning_skolelokaler",
            "1_investments",
            Heading(*("Retningen på brutto investeringsutgifter til skolelokaler",) * 2, "fortegn"),
        ),
        # A concept, of this year and of the one before.
        ("disposisjonsfond", "", Heading("Disposisjonsfond", "Disposisjonsfond", "1000 kr")),
        (
            "disposisjonsfond_foer",
            "",
            Heading("Disposisjonsfond, året før", "Disposisjonsfond, året før", "1000 kr"),
        ),
        # What only the name says.
        ("anslag_mrd", "9_estimates", Heading("Anslag, mrd. kr")),
        ("belop", "", Heading("Beløp")),
    ],
)
def test_a_name_is_known_or_read(column: str, notebook: str, told: Heading) -> None:
    assert headings.of(column, notebook) == told


def test_every_column_is_described_and_every_number_has_a_unit() -> None:
    frame = pl.DataFrame(
        {
            "baand": ["tomt"],
            "baand_navn": ["Tomt"],
            "fond": [2],
            "andel": [0.5],
            "netto_mrd": [1.5],
            "foer": [3.5],
            "svart": [12.5],
            "rang": pl.Series([None], dtype=pl.Float64),
        }
    )
    named = {name: headings.of(name, "") for name in frame.columns}
    named |= {"andel": Heading("Andel, %"), "fond": Heading("Fond i alt")}
    found = columns.described(frame, named, title="Fondene", line="Prosent av inntektene")
    assert [tuple(each.values()) for each in found] == [
        (
            *("baand", "string", "Bånd (kode)"),
            "Bånd av disposisjonsfond, i data/definitions/fund_bands.csv",
        ),
        ("baand_navn", "string", "Bånd", "Båndet i ord"),
        # A whole number counts; a share has the unit of its heading, an amount of its name, the others of the line.
        ("fond", "integer", "Fond i alt", "Fond i alt, i «Fondene»", "antall"),
        ("andel", "number", "Andel, %", "Andel, i «Fondene»", "prosent"),
        ("netto_mrd", "number", "Netto, mrd. kr", "Netto driftsresultat", "mrd. kr"),
        ("foer", "number", "Før", "Før, i «Fondene»", "prosent"),
        # Known elsewhere as a count: not what it is here.
        ("svart", "number", "Svart", "Svart, i «Fondene»", "prosent"),
        # Without a value it is what it is known as.
        (
            *("rang", "number", "Rang"),
            "Områdets plass, størst eller sterkest vekst først; tom for områder som ikke rangeres",
            "nummer",
        ),
    ]


def test_a_number_has_the_unit_of_its_row() -> None:
    frame = pl.DataFrame({"verdi": [1.5], "antall": [2], "enhet": ["prosent"]})
    named = {name: headings.of(name, "") for name in frame.columns}
    value, count, unit = columns.described(frame, named, title="Tall", line="Milliarder kroner")
    assert (value["unitColumn"], "unit" in value) == ("enhet", False)
    assert count["unit"] == "antall"
    assert not {"unit", "unitColumn"} & unit.keys()


def test_what_is_shared_is_said_of_every_column_once() -> None:
    told = {name: column.description for name, column in Vist.columns().items()}
    assert [name for name, text in told.items() if not text] == []
    own = [name for name in told if headings.of(name, "").meaning]
    assert own == []  # of a concept indicators.csv says it
