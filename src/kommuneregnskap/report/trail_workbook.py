"""A trail as a workbook: a sheet per step, and every sum a formula beside our own value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from kommuneregnskap.numbers.step import Step
from kommuneregnskap.numbers.trail import words
from kommuneregnskap.numbers.trail.labels import (
    UTVALG,
    concept_in_words,
    role_in_words,
    row_of,
)
from kommuneregnskap.numbers.trail.steps import Trail
from kommuneregnskap.numbers.trail.words import row_cells
from kommuneregnskap.report.book import HEADER_ROW, KR, SHARE, Book, Formula
from kommuneregnskap.support.norwegian import MISSING
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.schemas import numbers as schema
from kommuneregnskap.tables.sections import notebook_of

UNIT = "Beløp i 1000 kr med tallets fortegn"


def write_book(trail: Trail, survey: Survey, file: Path) -> None:
    """Write the workbook of a trail. Same trail, same bytes. Raises DataError where it cannot be written."""
    book = Book(survey)
    _claim_sheet(book, trail)
    _number_sheet(book, trail)
    _sums_sheet(book, trail)
    _terms_sheet(book, trail)
    _units_sheet(book, trail)
    _rows_sheet(book, trail)
    _other_sheets(book, trail)
    _checks_sheet(book, trail)
    book.write(file)


def _title(trail: Trail, what: str) -> str:
    return f"{trail.tall_id} {trail.aar}: {what}"


def _claim_sheet(book: Book, trail: Trail) -> None:
    names = ("id", "maaler", "publisert", "nedre", "oevre", "intervall", "beregnet", "dom")
    more = ("hvorfor", "antakelser", "kilde", "sted")
    columns = [
        *(("Påstand", "text"), ("Hva som måles", "text"), ("Publisert", "text")),
        *(("Nedre", SHARE), ("Øvre", SHARE), ("Intervall", "text"), ("Beregnet", SHARE)),
        *(("Vurdering", "text"), ("Hvorfor", "text"), ("Antakelser", "text"), ("Kilde", "text")),
        ("Sted", "text"),
    ]
    rows = [
        [row[name] for name in (*names, *more)] for row in trail.paastander.iter_rows(named=True)
    ]
    book.sheet(
        "1 Påstand", _title(trail, "det publiserte tallet"), f"Enhet: {trail.enhet}", columns, rows
    )


def _number_sheet(book: Book, trail: Trail) -> None:
    """Each number with its computation in figures, our value, and the same as a formula of Excel."""
    steps = trail.steps
    place = {id(each): HEADER_ROW + 2 + n for n, each in enumerate(steps)}
    sums = {(each.tall_id, each.amount.aar, each.rolle): each.nr for each in trail.sums}
    rows = [
        [
            *(each.recipe.tall_id, each.aar, each.recipe.navn, words.kind(each)),
            *(
                words.formula(each),
                each.verdi,
                Formula(_excel(each, sums, place, trail), each.verdi),
            ),
            *(each.recipe.enhet, UTVALG[each.recipe.utvalg], each.recipe.enhetstype),
            *(row_of(each.recipe), notebook_of(each.recipe.seksjon), each.recipe.kilde),
        ]
        for each in steps
    ]
    columns = [
        *(("Tall", "text"), ("År", "0"), ("Hva", "text"), ("Regning", "text"), ("I tall", "text")),
        *(("Verdi", SHARE), ("Regnet i arket", SHARE), ("Enhet", "text"), ("Utvalg", "text")),
        *(("Type", "text"), ("Rad", "text"), ("Notatbok", "text"), ("Kilde", "text")),
    ]
    book.sheet(
        "2 Tall", _title(trail, "hvordan tallet regnes"), "Verdi i tallets enhet", columns, rows
    )


def _cell(nr: int) -> str:
    return f"'3 Summer'!$H${HEADER_ROW + 1 + nr}"


def _excel(
    step: Step, sums: Mapping[tuple[str, int, str], int], place: Mapping[int, int], trail: Trail
) -> str:
    """Return the computation of a number as a formula over the sheets."""
    slag = step.recipe.slag
    if step.verdi is None:
        return "NA()"
    if slag.startswith("rang"):
        sign = ">" if slag == "rang_hoeyest" else "<"
        first = f"$F${place[id(step.numbers[0])]}"
        last = HEADER_ROW + 1 + len(trail.rangering)
        return f"1+COUNTIF('Rangering'!$B${HEADER_ROW + 2}:$B${last},\"{sign}\"&{first})"
    if slag == "rekke":
        text = "0"
        for each in reversed(step.numbers):
            text = f"IF($F${place[id(each)]}>0,1+{text},0)"
        return text
    if step.recipe.of_numbers:
        return _of_numbers(step, [f"$F${place[id(each)]}" for each in step.numbers])
    if slag.startswith("anslag"):
        return _of_estimate(step)
    found = [_cell(sums[(step.recipe.tall_id, each.aar, each.rolle)]) for each in step.amounts]
    whole = "/1000000" if step.recipe.enhet in ("mrd_kr", "retning") else ""
    forms: Mapping[str, Callable[[], str]] = {
        "sum": lambda: f"{found[0]}{whole}",
        "endring": lambda: f"({found[0]}-{found[1]}){whole}",
        "vekst": lambda: f"100*({found[0]}-{found[1]})/{found[1]}",
        "endringsandel": lambda: f"100*({found[0]}-{found[1]})/({found[2]}-{found[3]})",
    }
    factor = 1000 if step.recipe.enhet == "kr" else 100
    return forms.get(slag, lambda: f"{factor}*{found[0]}/{found[1]}")()


def _of_numbers(step: Step, cells: list[str]) -> str:
    """Return the formula of a number made of one or two others, in the cells given, or looked up."""
    slag = step.recipe.slag
    if slag == schema.LOOKED_UP:
        return repr(step.verdi)
    if slag == schema.FIXED_PRICES:
        growth, prices = cells
        return f"100*((1+{growth}/100)/(1+{prices}/100)-1)"
    sign = {"sum_av_tall": "+", "forhold_av_tall": "/"}.get(slag, "-")
    parts = sign.join(cells)
    return f"100*{parts}" if slag == "forhold_av_tall" else parts


def _of_estimate(step: Step) -> str:
    rows = len(step.grupper) if step.grupper is not None else 0
    parts = [
        f"SUM('Anslag'!${chr(ord('E') + 2 * n)}${HEADER_ROW + 2}:${chr(ord('E') + 2 * n)}${HEADER_ROW + 1 + rows})"
        for n in range(len(step.amounts))
    ]
    return f"{parts[0]}/1000000" if len(parts) == 1 else f"100*{parts[0]}/{parts[1]}"


def _sums_sheet(book: Book, trail: Trail) -> None:
    rows = []
    for n, each in enumerate(trail.sums):
        amount, down = each.amount, HEADER_ROW + 2 + n
        own = amount.verdi
        terms = None if amount.counted else each.sum_of_terms
        rest = None if amount.counted else each.sum_of_rows
        units = each.sum_of_units
        checked = [
            name for name, there in (("I", terms), ("J", units), ("K", rest)) if there is not None
        ]
        rows.append(
            [
                *(each.nr, each.tall_id, role_in_words(each.rolle), concept_in_words(amount)),
                *(amount.aar, amount.vilkaar or None, amount.deler["enhet"].n_unique(), own),
                _summed("4 Ledd", "I", down, terms),
                _summed("5 Enheter", "E", down, units),
                _summed("6 Rader", "I", down, rest),
                Formula(
                    f'IF(AND({",".join(f"{name}{down}=H{down}" for name in checked)}),"ja","nei")',
                    "ja",
                ),
            ]
        )
    columns = [
        *(("Sum", "0"), ("Tall", "text"), ("Rolle", "text"), ("Begrep", "text"), ("År", "0")),
        *(("Vilkår", "text"), ("Enheter", KR), ("Verdi", KR), ("Sum av leddene", KR)),
        *(("Sum av enhetene", KR), ("Sum av radene", KR), ("Stemmer", "text")),
    ]
    book.sheet(
        "3 Summer",
        _title(trail, "summene som tallet er regnet av"),
        f"{UNIT}; antall og innbyggere som de er",
        columns,
        rows,
    )


def _summed(sheet: str, column: str, down: int, value: int | None) -> Formula | None:
    if value is None:
        return None
    return Formula(f"SUMIF('{sheet}'!$A:$A,$A{down},'{sheet}'!${column}:${column})", value)


def _terms_sheet(book: Book, trail: Trail) -> None:
    names = ("vei", "ledd", "fortegn", "regnskap", "koder", "utvidet", "rader", "sum")
    rows = [
        [each.nr, *(row[name] for name in names)]
        for each in trail.sums
        for row in each.ledd.iter_rows(named=True)
    ]
    columns = [
        *(
            ("Sum", "0"),
            ("Begrep, vei", "text"),
            ("Ledd", "0"),
            ("Fortegn", "0"),
            ("Regnskap", "text"),
        ),
        *(("Koder", "text"), ("I alt", "text"), ("Rader", KR), ("Beløp", KR)),
    ]
    book.sheet("4 Ledd", _title(trail, "leddene i definisjonene"), UNIT, columns, rows)


def _units_sheet(book: Book, trail: Trail) -> None:
    """Each unit; of counted units that are not shown, the groups in their place."""
    rows = []
    for each in trail.sums:
        if len(each.enheter):
            listed = each.enheter.select("enhet", "gruppe", pl.lit(1).alias("enheter"), "bidrag")
        else:
            listed = each.grupper.select(
                pl.lit(MISSING).alias("enhet"), "gruppe", "enheter", "bidrag"
            )
        rows += [[each.nr, *row] for row in listed.iter_rows()]
    columns = [("Sum", "0"), ("Enhet", "text"), ("Gruppe", "text"), ("Enheter", KR), ("Bidrag", KR)]
    book.sheet("5 Enheter", _title(trail, "hva hver enhet gir"), UNIT, columns, rows)


def _rows_sheet(book: Book, trail: Trail) -> None:
    rows: list[list[object]] = []
    for each in trail.sums:
        if each.amount.counted:
            continue
        rows += [[each.nr, *cells] for cells in row_cells(each)]
        count, rest = each.resten
        rows.append([each.nr, f"Resten: {count} rader", "", "", "", "", "", None, rest, ""])
    columns = [
        *(("Sum", "0"), ("Enhet", "text"), ("Gruppe", "text"), ("Regnskap eller tabell", "text")),
        *(("Funksjon eller kapittel", "text"), ("Art eller sektor", "text"), ("Kode", "text")),
        *(("Beløp i fila", KR), ("Bidrag", KR), ("Fil og linje", "text")),
    ]
    book.sheet("6 Rader", _title(trail, "de største radene"), UNIT, columns, rows)


def _other_sheets(book: Book, trail: Trail) -> None:
    if len(trail.grense):
        columns = [
            *(("Sum", "0"), ("Enhet", "text"), ("Gruppe", "text"), ("Mål", "text")),
            *(("Verdi", SHARE), ("Grense", SHARE), ("Teller med", "text")),
        ]
        rows = [list(row) for row in trail.grense.iter_rows()]
        book.sheet(
            "Grense",
            _title(trail, "enhetene nærmest grensen"),
            "1000 kr eller prosent",
            columns,
            rows,
        )
    if len(trail.rangering):
        columns = [("Tall", "text"), ("Verdi", SHARE), ("Enhet", "text"), ("Plass", "0")]
        rows = [list(row) for row in trail.rangering.iter_rows()]
        book.sheet(
            "Rangering", _title(trail, "de som rangeres"), "Verdi i tallets enhet", columns, rows
        )
    for step in trail.steps:
        if step.grupper is not None:
            _estimate_sheet(book, trail, step, step.grupper)


def _estimate_sheet(book: Book, trail: Trail, step: Step, groups: pl.DataFrame) -> None:
    columns = [("Gruppe", "text"), ("Innbyggere, svart", KR), ("Innbyggere, alle", KR)]
    rows: list[list[object]] = [
        [row["stoerrelsesgruppe"], row["folk_svart"], row["folk"]]
        for row in groups.iter_rows(named=True)
    ]
    for n, each in enumerate(step.amounts):
        letter = chr(ord("D") + 2 * n)
        columns += [
            (f"{concept_in_words(each)}, svart", KR),
            (f"{concept_in_words(each)}, anslag", KR),
        ]
        for down, (row, cells) in enumerate(zip(rows, groups.iter_rows(named=True), strict=True)):
            at = HEADER_ROW + 2 + down
            row += [
                cells[each.rolle],
                Formula(f"{letter}{at}/B{at}*C{at}", cells[f"{each.rolle}_anslag"]),
            ]
    book.sheet("Anslag", _title(trail, "anslaget gruppe for gruppe"), UNIT, columns, rows)


def _checks_sheet(book: Book, trail: Trail) -> None:
    rows = [
        [row["steg"], row["hva"], row["over"], row["under"], "ja" if row["stemmer"] else "nei"]
        for row in trail.kontroll.iter_rows(named=True)
    ]
    columns = [
        ("Steg", "text"),
        ("Hva", "text"),
        ("Over", SHARE),
        ("Under", SHARE),
        ("Stemmer", "text"),
    ]
    book.sheet(
        "Kontroll",
        _title(trail, "hvert trinn er summen av det neste"),
        "Heltall er nøyaktig like",
        columns,
        rows,
    )
