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
WHOSE = {"fylke": "fylkeskommuner", "estimat": "alle"}
NOT_FOUND = "Ikke gjenkjent som et av tallene i numbers.csv"


def rows(readings: list[Reading], year: int, source: str, vintage: str) -> pl.DataFrame:
    """Return readings as rows of a claims file: the columns of `Paastand` without `linje`, status `foreslått`.

    source: what `kilde` says; vintage: when it was published. What the claims of other years say of the same section
    number (what it measures, series, scope, assumptions) is carried over. In the order of the sections.
    """
    earlier = _earlier(year)
    order = tables.sections.table()["seksjon"].to_list()
    used: set[str] = set()
    told = [_row(each, year, source, vintage, earlier, used) for each in readings]
    columns = [name for name in Paastand.column_names() if name != "linje"]
    schema = {
        name: kind for name, kind in Paastand.create_empty().schema.items() if name in columns
    }
    frame = pl.DataFrame([{name: row[name] for name in columns} for row in told], schema=schema)
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


def _row(
    each: Reading, year: int, source: str, vintage: str,
    earlier: dict[str, dict[str, Any]], used: set[str],
) -> dict[str, Any]:  # fmt: skip
    known = earlier.get(each.tall_id, {})
    whose = next((w for word, w in WHOSE.items() if word in each.tall_id), "respondenter")
    return {
        "id": _unused(_id(each, year, known), used),
        "seksjon": row_of(each.tall_id).seksjon or CONTEXT
        if each.utgiver == PUBLISHER
        else CONTEXT,
        "maaler": known.get("maaler") or name_of(each.tall_id) or NOT_FOUND,
        "tall_id": each.tall_id or None,
        "aar": year,
        "gjelder": each.gjelder,
        "serie": known.get("serie"),
        "trykt": each.trykt,
        "verdi": each.verdi,
        "verdi_til": each.verdi_til,
        "opploesning": each.opploesning,
        "enhet": row_of(each.tall_id).enhet or each.enhet if each.enhet == YEARS else each.enhet,
        "kvalifikator": each.kvalifikator,
        "omfang": known.get("omfang", "kasse") if each.utgiver == PUBLISHER else "ukjent",
        "panel": known.get("panel", whose) if each.utgiver == PUBLISHER else "alle",
        "oslo": known.get("oslo", "uten") if each.utgiver == PUBLISHER else "ukjent",
        "utgiver": each.utgiver,
        "vintage": vintage,
        "kilde": source,
        "sted": "; ".join(each.steder or (each.sted,)),
        "status": PROPOSED,
        "antakelser": known.get("antakelser"),
        "merknad": None,
    }


def _id(each: Reading, year: int, known: dict[str, Any]) -> str:
    """Return the id of a proposal: that of other years, else made of the section number or of its place."""
    if known:
        return re.sub(r"^k\d{4}", f"k{year}", str(known["id"]))
    name = (
        each.tall_id.replace(".", "_")
        or f"{BACKGROUND}_{re.sub(r'[^a-z0-9]+', '_', each.sted.lower())}"
    )
    return f"k{year}_{name}"


def _unused(wanted: str, used: set[str]) -> str:
    name = next(n for n in (wanted, *(f"{wanted}_{i}" for i in range(2, 10_000))) if n not in used)
    used.add(name)
    return name
