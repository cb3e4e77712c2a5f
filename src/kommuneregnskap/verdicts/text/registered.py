"""Which numbers of a text are registered in the claims file of a year, and which are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from kommuneregnskap.tables import published
from kommuneregnskap.tables.schemas.claims import PROPOSED
from kommuneregnskap.verdicts.text.mention import COUNTED, YEARS
from kommuneregnskap.verdicts.text.proposals import OWN
from kommuneregnskap.verdicts.text.readings import Reading, read
from kommuneregnskap.verdicts.text.said import DOWN, UP

REGISTERED, WAITING, OTHERWISE, MISSING, UNREAD = (
    "registrert", "foreslått", "registrert med annen verdi", "ikke registrert", "ikke lest",
)  # fmt: skip
OUTCOMES = (REGISTERED, WAITING, OTHERWISE, MISSING, UNREAD)
THE_SAME = 0.4  # a text is a publication where it has that share of its claims
ABOUT = 0.006  # two values are one number where they differ by less: a third of 100 is printed with two decimals
SCHEMA = pl.Schema(
    dict.fromkeys(("sted", "trykt", "utfall", "id", "tall_id", "tekst"), pl.String())
)
Row = dict[str, Any]


@dataclass(frozen=True)
class Coverage:
    """The numbers of a text, in its order (SCHEMA), and the claims of the same publication that it does not have."""

    numbers: pl.DataFrame
    absent: pl.DataFrame

    def counts(self) -> dict[str, int]:
        """Return how many numbers have each outcome, in the order of OUTCOMES."""
        found = dict(self.numbers.group_by("utfall").len().iter_rows())
        return {name: int(found.get(name, 0)) for name in OUTCOMES}


def of_text(text: str, year: int) -> Coverage:
    """Hold the numbers of a text against the claims of a year.

    Out: `numbers`: sted, trykt, utfall (of OUTCOMES), id (of the claim; empty where there is none), tall_id (the
    section number that it likely is), tekst (its sentence); `absent`: id, trykt, sted of the claims of the same
    publication that were not found. Raises DataError for a malformed claims file.
    """
    claims = published.with_proposed(year).with_columns(pl.col(pl.Enum).cast(pl.String))
    rows = claims.to_dicts()
    found = read(text, year)
    told: list[Row] = []
    met: set[str] = set()
    for each in found.readings:
        equal = _equal(each, rows)
        met |= {str(row["id"]) for row in equal}
        claim, outcome = _registered(each, equal, rows)
        told.append(
            _told("; ".join(each.steder), each.trykt, each.tekst, outcome, claim, each.tall_id)
        )
    told += [_told(each.sted, each.trykt, each.tekst, UNREAD, None, "") for each in found.unread]
    return Coverage(pl.DataFrame(told, schema=SCHEMA), _absent(claims, met))


def _told(sted: str, trykt: str, tekst: str, utfall: str, claim: Row | None, tall_id: str) -> Row:
    return {
        "sted": sted, "trykt": trykt, "utfall": utfall, "id": claim["id"] if claim else None,
        "tall_id": tall_id or None, "tekst": tekst,
    }  # fmt: skip


def _absent(claims: pl.DataFrame, met: set[str]) -> pl.DataFrame:
    """Return the claims that the text lacks of the publication that it is: the one it has most of."""
    numbers = claims.filter(pl.col("verdi").is_not_null()).with_columns(
        har=pl.col("id").is_in(list(met))
    )
    share = (
        numbers.group_by("kilde").agg(har=pl.col("har").mean()).filter(pl.col("har") >= THE_SAME)
    )
    own = numbers.join(share.top_k(1, by="har"), on="kilde", how="semi", maintain_order="left")
    return own.filter(~pl.col("har")).select("id", "trykt", "sted")


def _registered(each: Reading, equal: list[Row], rows: list[Row]) -> tuple[Row | None, str]:
    """Return the claim that a reading is, and the outcome. equal: the claims with its value."""
    if equal:
        accepted = [row for row in equal if row["status"] != PROPOSED]
        return (accepted or equal)[0], REGISTERED if accepted else WAITING
    same = [
        row for row in rows
        if each.tall_id and row["tall_id"] == each.tall_id and row["enhet"] == each.enhet
    ]  # fmt: skip
    return (same[0], OTHERWISE) if same else (None, MISSING)


def _equal(each: Reading, rows: list[Row]) -> list[Row]:
    """Return the claims with the value of a reading: of its section number, else background with that value."""
    alike = [row for row in rows if _alike(each, row)]
    own = [row for row in alike if each.tall_id and row["tall_id"] == each.tall_id]
    if own or (each.tall_id and each.verdi == 0):
        return own
    return [row for row in alike if not each.tall_id or row["status"] != OWN or not row["tall_id"]]


def _alike(each: Reading, row: Row) -> bool:
    """Whether a claim has the unit, value and direction of a reading."""
    units = {each.enhet, COUNTED} if each.enhet == YEARS else {each.enhet}
    directed = {UP, DOWN} & {each.kvalifikator, row["kvalifikator"]}
    return (
        row["enhet"] in units
        and row["verdi"] is not None
        and abs(row["verdi"] - each.verdi) < ABOUT
        and (row["verdi_til"] or 0) == (each.verdi_til or 0)
        and (not directed or row["kvalifikator"] == each.kvalifikator)
    )
