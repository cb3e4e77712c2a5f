"""What a number of a text is."""

from __future__ import annotations

from dataclasses import dataclass

CLAIM, LIMIT, YEAR, DATE, UNREAD = "tall", "grense", "årstall", "dato", "ikke lest"
EXACT, COUNT, FRACTION, RANGE = "eksakt", "telling", "broek", "mellom"
PERCENT, POINTS, BILLION, COUNTED, KRONER = "prosent", "prosentpoeng", "mrd_kr", "antall", "kr"
RANK, DIRECTION, YEARS = "rang", "retning", "aar"
MUNICIPALITIES, COUNTIES, PEOPLE, THESE = "kommuner", "fylkeskommuner", "innbyggere", "disse"
NO_UNIT, PHONE_NUMBER = "uten enhet", "telefonnummer"


@dataclass(frozen=True)
class Mention:
    """A number of a sentence.

    start, end: where in it. trykt: with its words. verdi, verdi_til, opploesning: in `enhet` (None: not known), a unit
    of the claims. del_av: what it is a share of (of tekstord.csv), as far as it is said. hva: CLAIM, or what else it
    is; grunn: why it could not be read.
    """

    start: int
    end: int
    trykt: str
    verdi: float
    opploesning: float
    enhet: str | None = None
    verdi_til: float | None = None
    kvalifikator: str = EXACT
    del_av: str = ""
    hva: str = CLAIM
    grunn: str = ""
