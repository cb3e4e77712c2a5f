"""An edition of Statistics Norway's KOSTRA lists in Klass: codes, groups and the formulas of its definition notes.

Klass gives an edition as JSON, an item with its code, name and note. Codes, names, the functions of a group and the
formulas of a concept are taken out of it; the notes' explanations are not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.files import refuse_special

SCHEMA = dict.fromkeys(("liste", "kode", "navn", "omfang", "formel", "kilde"), pl.String)
ART, FUNCTION, CHAPTER = "art", "funksjon", "kapittel"
GROUP, CONCEPT = "gruppe", "begrep"
SOURCE = "SSB Klass, versjon {} (CC BY 4.0)"
ITEMS = "classificationItems"
# What an item of a list of arts or of functions is by its code; concepts have letters first and stand in a list with
# the chapters and arts that their notes name.
GROUP_CODE = re.compile(r"FG[A-Z]?\d+[a-z]?")
ART_CODE = re.compile(
    r"A?[DI]?(\d{3})"
)  # letters before it: summed of others, of one account alone
# Where a formula begins in a note, in whichever of its spellings, and where the note goes on with something else.
HEADING = re.compile(r"D{1,2}efinisjon\s+(?P<whose>[^:\n]{3,200}?)\s*:\s*")
AFTER = re.compile(
    r"\n\s*\(?(?:Fylkes-?\)?k|K|k)ommune\w*\s+omfatter|\n\s*Konsolidert regnskap omfatter"
)
GROUPED = "Grupperingen omfatter"
NOT_USED = "Begrepet brukes ikke"
# Which accounts a heading is about: KOSTRA's own words → scopes. The first that is found in it counts.
SCOPES = (
    ("kommunekasse, konsolidert og", ("kasse", "konsolidert", "konsern")),
    ("kommunekasse og konsolider", ("kasse", "konsolidert")),
    ("eksklusive", ("kasse",)),
    ("konsern", ("konsern",)),
    ("kommunekasse", ("kasse",)),
    ("konsolidert", ("konsolidert",)),
    ("kommune", ("konsern",)),
)


def edition(paths: Sequence[Path]) -> pl.DataFrame:
    """Return the lists of an edition together, each row once: columns of `read`.

    The list of concepts has the chapters and, among them, the arts that its notes name: those are no chapters. Raises
    DataError where a list is missing.
    """
    found = pl.concat([pl.DataFrame(schema=SCHEMA), *(read(path) for path in paths)])
    lacking = {ART, FUNCTION, CONCEPT} - set(found["liste"])
    if lacking:
        raise DataError(
            paths[0].parent if paths else Path(),
            problem=f"an edition of Klass has three lists; {', '.join(sorted(lacking))} is missing",
            todo="Give the files of KOSTRA's functions, arts and regnskapsbegrep.",
        )
    arts = found.filter(pl.col("liste") == ART)["kode"].unique().to_list()
    is_art = (pl.col("liste") == CHAPTER) & pl.col("kode").is_in(arts)
    return found.filter(~is_art).unique(
        ["liste", "kode", "omfang"], keep="first", maintain_order=True
    )


def read(path: Path) -> pl.DataFrame:
    """Return what a file of Klass has: liste, kode, navn, omfang, formel, kilde (texts), in its order.

    A group has its functions as `formel`; a concept has a row for each scope that its note defines. Raises DataError
    for a file that is no edition of Klass.
    """
    try:
        refuse_special(path)
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise _refused(path, error.strerror or str(error)) from None
    except ValueError as error:
        raise _refused(path, str(error).splitlines()[0]) from None
    except RecursionError:
        raise _refused(path, "nested without end") from None
    items = found.get(ITEMS) if isinstance(found, dict) else None
    if not isinstance(items, list) or not all(
        isinstance(item, dict) and {"code", "name"} <= set(item) for item in items
    ):
        raise _refused(path, f"no {ITEMS} with code and name")
    kind = _kind(path, str(found.get("name", "")))
    source = SOURCE.format(found.get("id", "uten nummer"))
    rows = [row for item in items for row in _rows(item, kind)]
    return pl.DataFrame([(*row, source) for row in rows], schema=SCHEMA, orient="row")


def _refused(path: Path, reason: str) -> DataError:
    return DataError(
        path,
        problem=f"not an edition of Klass ({reason})",
        allowed=f"the JSON of SSB Klass: name, id, {ITEMS}",
        todo="Give the files of KOSTRA's functions, arts and regnskapsbegrep.",
    )


def _kind(path: Path, name: str) -> str:
    """Return what the list is of, by its name."""
    for word, kind in (("begrep", CONCEPT), ("funksjoner", FUNCTION), ("arter", ART)):
        if word in name:
            return kind
    raise _refused(path, f"the name {name!r} says neither funksjoner, arter nor regnskapsbegrep")


def _rows(item: dict[str, object], kind: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield the rows of an item: liste, kode, navn, omfang, formel."""
    code, name, note = (str(item.get(key) or "").strip() for key in ("code", "name", "notes"))
    art = ART_CODE.fullmatch(code)
    if kind == ART and art:
        yield (ART, art[1], name, "", "")
    elif kind != ART and code.isascii() and code.isdigit():
        yield (CHAPTER if kind == CONCEPT else kind, code, name, "", "")
    elif kind == FUNCTION and GROUP_CODE.fullmatch(code):
        yield (GROUP, code, name, "", _flat(note.partition(GROUPED)[2]))
    elif kind == CONCEPT and not art:
        formulas = list(_formulas(note)) or [("", "")]
        yield from ((CONCEPT, code, name, scope, formula) for scope, formula in formulas)


def _formulas(note: str) -> Iterator[tuple[str, str]]:
    """Yield the formulas of a note with the scopes that they are of."""
    found = list(HEADING.finditer(note))
    for place, heading in enumerate(found):
        end = found[place + 1].start() if place + 1 < len(found) else len(note)
        text = note[heading.end() : end]
        after = AFTER.search(text)
        formula = _flat(text[: after.start()] if after else text)
        for scope in _scopes(heading["whose"]):
            yield scope, formula


def _scopes(whose: str) -> tuple[str, ...]:
    words = whose.lower()
    return next((scopes for word, scopes in SCOPES if word in words), ())


def _flat(text: str) -> str:
    return " ".join(text.split()).strip(" .")
