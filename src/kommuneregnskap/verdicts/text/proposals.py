"""A claims file proposed from the text of a release: a row for each number, rank and direction that was read in it.

Nothing is accepted unseen: every row has the status `foreslått`, which no verdict looks at, until a person changes it.
"""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.tables import published
from kommuneregnskap.tables.schemas.claims import PROPOSED, Paastand
from kommuneregnskap.verdicts.text.mention import YEARS
from kommuneregnskap.verdicts.text.readings import PUBLISHER, Reading
from kommuneregnskap.verdicts.text.section_numbers import name_of, row_of

CONTEXT, BACKGROUND, OWN = "kontekst", "bakgrunn", "beregnes"
TREASURY, RESPONDENTS, EVERYBODY, WITHOUT, UNKNOWN = (
    "kasse",
    "respondenter",
    "alle",
    "uten",
    "ukjent",
)
WHOSE = {"fylke": "fylkeskommuner", "estimat": "alle"}
NOT_FOUND = "Ikke gjenkjent som et av tallene i numbers.csv"


def rows(readings: list[Reading], year: int, source: str, vintage: str) -> pl.DataFrame:
    """Return readings as rows of a claims file: the columns of `Paastand` without `linje`, status `foreslått`.

    source: what `kilde` says; vintage: when it was published. What the claims of other years say of the same section
    number (what it measures, series, scope, assumptions) is carried over. In the order of the sections.
    """
    earlier = _earlier(year)
    order = tables.sections.table()["seksjon"].to_list()
    names = _names(readings, year, earlier)
    told = [
        {"id": name, "aar": year, "kilde": source, "vintage": vintage, **_row(each, earlier.get(each.tall_id, {}))}
        for name, each in zip(names, readings, strict=True)
    ]  # fmt: skip
    frame = pl.DataFrame(told, schema=Paastand.create_empty().drop("linje").schema)
    return frame.sort(
        pl.col("seksjon").replace_strict(order, range(len(order))), maintain_order=True
    )


def _earlier(year: int) -> dict[str, dict[str, Any]]:
    """Return the latest claim of KS for each section number: what a new one of it can take over."""
    before = published.read_all().filter(
        (pl.col("fil_aar") != year) & (pl.col("status").cast(pl.String) == OWN)
        & (pl.col("utgiver").cast(pl.String) == PUBLISHER)
    )  # fmt: skip
    latest = before.sort("fil_aar", descending=True, maintain_order=True)
    return {
        str(row["tall_id"]): row
        for row in latest.unique("tall_id", keep="first", maintain_order=True).iter_rows(named=True)
    }


def _row(each: Reading, known: dict[str, Any]) -> dict[str, Any]:
    """Return what a row says of a reading itself; known: the claim of another year to take over from."""
    own, row = each.utgiver == PUBLISHER, row_of(each.tall_id)
    whose = next((panel for word, panel in WHOSE.items() if word in each.tall_id), RESPONDENTS)
    return {
        "seksjon": (own and row.seksjon) or CONTEXT,
        "maaler": known.get("maaler") or name_of(each.tall_id) or NOT_FOUND,
        "tall_id": each.tall_id or None,
        "gjelder": each.gjelder,
        "serie": known.get("serie") if own else None,
        "trykt": each.trykt,
        "verdi": each.verdi,
        "verdi_til": each.verdi_til,
        "opploesning": each.opploesning,
        "enhet": (each.enhet == YEARS and row.enhet) or each.enhet,
        "kvalifikator": each.kvalifikator,
        "omfang": known.get("omfang", TREASURY) if own else UNKNOWN,
        "panel": known.get("panel", whose) if own else EVERYBODY,
        "oslo": known.get("oslo", WITHOUT) if own else UNKNOWN,
        "utgiver": each.utgiver,
        "sted": "; ".join(each.steder or (each.sted,)),
        "status": PROPOSED,
        "antakelser": known.get("antakelser"),
        "merknad": None,
    }


def _names(readings: list[Reading], year: int, earlier: dict[str, dict[str, Any]]) -> list[str]:
    """Return an id for each reading; of several of one section number the most precise has the plain one."""
    taken: set[str] = set()
    names: dict[int, str] = {}
    for at, each in sorted(enumerate(readings), key=lambda pair: pair[1].opploesning):
        wanted = _name(each, year, earlier.get(each.tall_id, {}))
        numbered = (wanted, *(f"{wanted}_{number}" for number in range(2, len(readings) + 2)))
        names[at] = next(name for name in numbered if name not in taken)
        taken.add(names[at])
    return [names[at] for at in range(len(readings))]


def _name(each: Reading, year: int, known: dict[str, Any]) -> str:
    """Return the id of a proposal: that of other years, else made of the section number or of its place."""
    if each.utgiver != PUBLISHER:
        return f"k{year}_{each.utgiver.lower()}_{_plain(each.tall_id or each.sted)}"
    if known:
        return re.sub(r"^k\d{4}", f"k{year}", str(known["id"]))
    return f"k{year}_{_plain(each.tall_id) or f'{BACKGROUND}_{_plain(each.sted)}'}"


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower())
