"""What a report of one municipality's own accounts says of it: its measures in words, its place among all others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from kommuneregnskap.charts.sheet import AXES
from kommuneregnskap.charts.style import open_figures
from kommuneregnskap.numbers import one_municipality, unit_sheet
from kommuneregnskap.sources.published_figures import EVERYONE, SOURCE
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.support.norwegian import MISSING, listing, number, with_unit
from kommuneregnskap.survey.notes import SCOPES
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import sections
from kommuneregnskap.tables.numbers import recipe
from kommuneregnskap.tables.schemas.sheets import GROWTH

UNKNOWN = "ikke kjent"
WARNED = "Feil i regnskapet berører dette tallet."
WHERE = {
    unit_sheet.KOSTRA: "i {}",
    unit_sheet.GROUP: "blant kommuner med {}",
    unit_sheet.ALL: "i {}",
}
THOUSANDS = re.compile(r"(?<=\d) (?=\d)")
OF_CHANGE = ("vekst", "endring", "endringsandel")


@dataclass(frozen=True)
class Beside:
    """One municipality (`Survey.alone`) beside all others: open figures of the same year, None where there are none."""

    survey: Survey
    others: Survey | None

    @cached_property
    def measures(self) -> list[dict[str, Any]]:
        """Its measures as they are told: name, unit, section, sentence, warning, value, open, places."""
        rows = one_municipality.measures(self.survey)
        return [self._told(row) for row in rows.iter_rows(named=True)]

    @cached_property
    def groups(self) -> list[str]:
        """Whom it is compared with, in the order of the places."""
        names = self._places.unique("gruppe_navn", keep="first", maintain_order=True)["gruppe_navn"]
        return [THOUSANDS.sub("\u202f", f"{name[:1].upper()}{name[1:]}") for name in names]

    @property
    def basis(self) -> str:
        """What the comparison rests on; empty where there is none."""
        if self.others is None:
            return ""
        own, of_others = SCOPES[self.survey.scope], SCOPES[self.others.scope]
        alike = (
            f"Alle tall gjelder {own}."
            if own == of_others
            else f"De gjelder {of_others}, mens egne filer gjelder {own}; derfor er plassen omtrentlig."
        )
        return (
            "Nummer 1 er høyest, etter tallet fra egne filer. Tallene for de andre: "
            f"{open_figures(self.others)} {alike}"
        )

    def peers(self, section: str) -> pl.DataFrame:
        """Return its measures of a section and those of all it is compared with: as `unit_sheet.peers`."""
        if self.others is None:
            return pl.DataFrame()
        own = one_municipality.measures(self.survey).filter(pl.col("seksjon") == section)
        return one_municipality.peers(self.survey, self.others).filter(
            pl.col("rekkefoelge").is_in(own["rekkefoelge"].implode())
        )

    @cached_property
    def _places(self) -> pl.DataFrame:
        if self.others is None:
            return pl.DataFrame(schema={"finner": pl.Int64, "gruppe_navn": pl.String})
        return one_municipality.beside(self.survey, self.others)

    def _told(self, row: Mapping[str, Any]) -> dict[str, Any]:
        places = self._places.filter(pl.col("finner") == row["finner"]).to_dicts()
        value, decimals = row["verdi"], row["desimaler"]
        open_value = places[0]["aapne"] if places else None
        sentences = [_sentence(row, self.survey.year), _among(places)]
        if value is None and open_value is not None:
            sentences.append(f"SSBs åpne tall viser {_with_unit(row, open_value)}.")
        return {
            "name": row["maal_navn"],
            "unit": AXES[row["maal"]],
            "section": row["seksjon"],
            "sentence": " ".join(filter(None, sentences)),
            "warning": WARNED if row["beroert"] else "",
            "value": UNKNOWN if value is None else number(value, decimals),
            "open": UNKNOWN if open_value is None else number(open_value, decimals),
            "places": [_cell(each, decimals) for each in places],
        }


def beside(survey: Survey) -> Beside:
    """Return the one municipality of a survey beside the newest open figures of all in the same year."""
    return Beside(survey, _others(survey))


def _others(survey: Survey) -> Survey | None:
    """Return open figures of its scope if there are, else those of the usual one."""
    if survey.year not in SOURCE.years():
        return None
    for scope in (survey.scope, ""):
        with suppress(UsageError):  # what SSB has for one scope it need not have for another
            return open_survey(year=survey.year, source=SOURCE.name, scope=scope, panel=EVERYONE)
    return None


def givers(survey: Survey) -> dict[str, str]:
    """Return what would give the numbers of the tiles that its files lack: number → words."""
    asked = {
        name: recipe(name, survey.choices).slag for name in sections.of_one_municipality()["flis"]
    }
    return {
        name: f"egne filer for {survey.year - 1} gir det"
        for name, kind in asked.items()
        if kind in OF_CHANGE and survey.year - 1 not in survey.years
    }


def _sentence(row: Mapping[str, Any], year: int) -> str:
    """Say a measure in words; where the files do not give it, that they do not."""
    value = row["verdi"]
    if value is None:
        lacking = f", som ikke har tall for {year - 1}" if row["maal"] == GROWTH else ""
        return f"{row['maal_navn']} kan ikke regnes av egne filer{lacking}."
    rounded = number(value, row["desimaler"])
    still = not rounded.strip("\u22120,\u202f")
    change = f"{'økte' if value > 0 else 'falt'} med {_with_unit(row, abs(value))}"
    words = {
        "verdi": _with_unit(row, value),
        "endret": "var uendret" if still else change,
        "aar": year,
        "foer": year - 1,
    }
    return f"{str(row['setning']).format(**words)}."


def _among(places: list[dict[str, Any]]) -> str:
    """Say where it stands in its KOSTRA group, its size group and the country; empty where it has no place."""
    ranked = [each for each in places if each["rang"] is not None]
    if not ranked:
        return ""
    said = [
        f"{_place(each)} {WHERE[each['sammenlikning']].format(_lower(each['gruppe_navn']))}"
        for each in ranked
        if each["sammenlikning"] in WHERE
    ]
    some = any(each["antall"] < each["av"] for each in ranked)
    known = " Bare kommuner med kjente tall er regnet med." if some else ""
    return f"Kommunen er nummer {listing(said)}.{known}"


def _lower(name: str) -> str:
    """Return the name of a group within a sentence: names of their own stay, and a number is in one line."""
    whole = THOUSANDS.sub("\u202f", name)
    return f"{whole[:1].lower()}{whole[1:]}" if whole.endswith("innbyggere") else whole


def _with_unit(row: Mapping[str, Any], value: float) -> str:
    return with_unit(value, unit_sheet.UNIT_OF[row["maal"]], row["desimaler"])


def _place(row: Mapping[str, Any]) -> str:
    return f"{number(row['rang'])} av {number(row['antall'])}"


def _cell(row: Mapping[str, Any], decimals: int) -> dict[str, str]:
    median = row["median"]
    return {
        "place": UNKNOWN if row["rang"] is None else _place(row),
        "median": MISSING if median is None else number(median, decimals),
    }
