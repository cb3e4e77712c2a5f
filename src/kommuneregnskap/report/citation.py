"""What a number, a figure or a table is cited as: a line of bokmål with its source, verdict, version and checksum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from kommuneregnskap.charts.style import VINTAGES, source_line
from kommuneregnskap.support.norwegian import MISSING
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts.decide import VERDICTS
from kommuneregnskap.verdicts.evidence import OURSELVES, UNDECIDED

PACKAGE, AUTHORS = "kommuneregnskap", "The kommuneregnskap authors"
UNKNOWN = "ikke kjent"
INVENTED = "syntetiske tall (oppdiktede regnskaper)"
MARKED = "Syntetiske tall."
NO_PROOF = "De er stilt inn mot det som ble trykt, og er ikke noe bevis for tallet."


@dataclass(frozen=True)
class Cited:
    """What all citations of one report say alike.

    source: of whose accounts, with vintage, year, scope and choices (`style.source_line`); against: the same in few
    words, behind a verdict; checksum: of what the report was made from, as its manifest begins it
    (`manifest.checksum`); synthetic: whether the accounts are invented.
    """

    source: str
    against: str
    checksum: str
    synthetic: bool

    @property
    def made_with(self) -> str:
        """Return the version, and the checksum where there is one: the last sentence of a citation."""
        checked = f", kontrollsum {self.checksum}" if self.checksum else ""
        return f"{PACKAGE} {version(PACKAGE)}{checked}."

    @property
    def rest(self) -> str:
        """Return what stands behind what is cited: source, version, checksum."""
        marked = f"{MARKED} " if self.synthetic else ""
        return f"{marked}{self.source} {self.made_with}"


def of(survey: Survey, checksum: str = "") -> Cited:
    """Return what the citations of a report on a survey say alike."""
    return Cited(source_line(survey), _against(survey), checksum, survey.synthetic)


def of_number(name: str, year: int, value: str, count: str) -> str:
    """Return what a section number is cited as, before `Cited.rest`: its name, year and value, and how many it is of.

    value: with its unit; count: such as `356 av 356 kommuner`, empty where it is of no units.
    """
    shown = UNKNOWN if value == MISSING else value
    return f"{name}, {year}: {shown}{f' ({count})' if count else ''}."


def of_claim(claim: Mapping[str, Any], found: Mapping[str, Any], cited: Cited) -> str:
    """Return the citation of a published number: as printed, by whom, its verdict, and what that rests on.

    claim: its row of `published.read`; found: its best row of `evidence.of`; cited: of the report that row is of.
    """
    return (
        f"{said(claim)} ({printed_in(claim)}). Vurdering: {_judged(found, cited)} {cited.made_with}"
    )


def of_thing(
    kind: str, title: str, unit: str, cited: Cited, source: str = "", mark: str = ""
) -> str:
    """Return the citation of a figure or a table: its title, what it is (`figur`), its unit.

    source: what it says of its own source, empty for the report's; mark: what it says where its numbers are invented,
    as those of the simulation are in every report.
    """
    opening = f"{title} ({kind}).{f' {unit}.' if unit else ''}"
    if not mark:
        return f"{opening} {f'{source} {cited.made_with}' if source else cited.rest}"
    own = source or (cited.source if cited.synthetic else f"Kilde: {INVENTED}.")
    return f"{opening} {MARKED} {own} {cited.made_with}"


def said(claim: Mapping[str, Any]) -> str:
    """Return what was claimed: what is measured, of which year, and the number as printed."""
    year = "" if str(claim["gjelder"]) in claim["maaler"] else f", {claim['gjelder']}"
    return f"{claim['maaler']}{year}: «{claim['trykt']}»"


def printed_in(claim: Mapping[str, Any]) -> str:
    """Return where a number was printed: the publication, without parentheses of its own."""
    publication = claim["kilde"].replace(" (", ", ").replace(")", "")
    return f"prosjektets eget tall, {publication}" if claim["utgiver"] == OURSELVES else publication


def _judged(found: Mapping[str, Any], cited: Cited) -> str:
    name, has = VERDICTS[found["dom"]], found["beregnet"] is not None
    if found["dom"] in UNDECIDED or not has:
        return f"{name}."
    text = f"{name}, mot {cited.against}, som gir {found['beregnet_tekst']}."
    return f"{text} {NO_PROOF}" if cited.synthetic else text


def _against(survey: Survey) -> str:
    if survey.synthetic:
        return INVENTED
    if not survey.gives.snapshots:
        return survey.origin.words
    known = survey.figures
    whose = "SSBs åpne tall" if known.official else "åpne tall fra en annen tjener enn SSBs"
    return f"{whose}, uttrekk {known.snapshot}, {VINTAGES[known.vintage]}"
