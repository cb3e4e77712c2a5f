"""What numbers.csv says of a section number: its kind, year, unit, section and name."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kommuneregnskap.tables import reader

NAMED = (("tjenesteomraade", "tjenesteomraade"), ("stoerrelsesgruppe", "gruppe"))
CHANGES = ("endring", "vekst", "fast_pris")  # kinds of numbers that say how much something changed
SIBLINGS = (
    ("_mrd", "_pst"), ("vekst_mrd", "vekst"), (".endring", ".vekst"), (".antall_", ".andel_"),
)  # fmt: skip
OF_YEAR_BEFORE = "_fjor"


@dataclass(frozen=True)
class Row:
    """A row of numbers.csv: kind, year (`naa`, `foer`), unit, section, name."""

    slag: str = ""
    aar: str = "naa"
    enhet: str = ""
    seksjon: str = ""
    navn: str = ""


@reader.made_of("numbers")
def rows() -> dict[str, Row]:
    """Return the rows of numbers.csv by `tall_id`, braces and all. Raises DataError as `tables.read`."""
    columns = ("slag", "aar", "enhet", "seksjon", "navn")
    listed = reader.read("numbers").select(
        "tall_id", *(pl.col(name).cast(pl.String) for name in columns)
    )
    return {name: Row(*said) for name, *said in listed.iter_rows()}


def row_of(tall_id: str) -> Row:
    """Return the row of a section number, of an area or group too; an empty one where there is none."""
    return rows().get(pattern_of(tall_id), Row())


def pattern_of(tall_id: str) -> str:
    """Return the `tall_id` of the row that a section number is of: its own, or the one with braces in its place."""
    if tall_id in rows():
        return tall_id
    stem = tall_id.rpartition(".")[0]
    return next(
        (each for each in rows() if each.rpartition(".")[0] == stem and "{" in each), tall_id
    )


def is_change(tall_id: str) -> bool:
    """Return whether a section number says how much something changed."""
    return row_of(tall_id).slag in CHANGES or tall_id.endswith("_pp")


def is_of_year_before(tall_id: str) -> bool:
    """Return whether a section number is of the year before."""
    return row_of(tall_id).aar == "foer" or tall_id.endswith(OF_YEAR_BEFORE)


def sibling(tall_id: str, enhet: str) -> str | None:
    """Return the section number that says the same in another unit, `enhet`; None where there is none.

    By their names: `resultat.netto_mrd` and `resultat.netto_pst`, `sektor.vekst_mrd.sosial` and `sektor.vekst.sosial`,
    `investering.endring` and `investering.vekst`, `fond.antall_tomme` and `fond.andel_tomme`.
    """
    for one, other in SIBLINGS:
        for here, there in ((one, other), (other, one)):
            name = tall_id.replace(here, there, 1)
            if here in tall_id and name != tall_id and row_of(name).enhet == enhet:
                return name
    return None


def name_of(tall_id: str) -> str:
    """Return what a section number measures, with the area or group it is of; empty for none."""
    name = row_of(tall_id).navn
    if not name or tall_id in rows():
        return name
    key = tall_id.rpartition(".")[2]
    listed = [
        dict(reader.read(table).select(column, "navn").iter_rows()) for table, column in NAMED
    ]
    return f"{name}: {next((names[key] for names in listed if key in names), key)}"
