"""Errors in account files: a few lines of two units' files altered, written, read and controlled.

The files are those of the smallest municipality that answered and of the first county: small, sound, and
with every form of the treasury.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.controls import Case
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.mutants.accounts import PLACES, regions
from kommuneregnskap.sources.kostra import delivery, ledger, respondents
from kommuneregnskap.sources.kostra.files import RESPONDENTS_FILE
from kommuneregnskap.sources.kostra.records import FIELDS, RECORD_LENGTH
from kommuneregnskap.sources.synthetic_panel import SOURCE as PANEL
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.codesets import expand
from kommuneregnskap.tables.mutants import NAME, YEAR, Step, column
from kommuneregnskap.tables.register import WHOLE_UNIT

UNITS = {"kommune": "minste", "fylkeskommune": "foerste_fylke"}
CUT, FILE, ACCOUNT, TYPE = "kutt", "fil", "regnskap", "enhetstype"
TEXT = {field.name: pl.col(field.name).cast(pl.String).fill_null("") for field in FIELDS}
ANY_SERVICE = "tjeneste"


class Files:
    """Account files as text: a row per line (`lines`), the list of who answered, files without a line."""

    def __init__(self, lines: pl.DataFrame, listed: list[str], empty: list[str]) -> None:
        self.lines, self.listed, self.empty = lines, listed, empty


def sample(records: pl.DataFrame, survey: Survey) -> Files:
    """Return the files of the two units, a file per form, and the list that names both.

    records: the delivered records of the year (`delivery.Delivery`).
    """
    chosen = [
        region
        for who in UNITS.values()
        for region in regions(Step("linje", "", {"enhet": who}, "", "", "", linje=0), survey)
    ]
    lines = records.filter(
        pl.col("region").is_in(chosen)
        & (pl.col("enhetstype").cast(pl.String) == _kind(pl.col("region")))
    ).select(
        *(text.alias(name) for name, text in TEXT.items()),
        pl.col(ACCOUNT, TYPE),
        pl.format("{}.txt", "skjema").alias(FILE),
        pl.lit(0).alias(CUT),
    )
    return Files(lines, [region.removesuffix(WHOLE_UNIT) for region in chosen], [])


def _kind(region: pl.Expr) -> pl.Expr:
    county = region.str.ends_with("0000")
    return pl.when(county).then(pl.lit("fylkeskommune")).otherwise(pl.lit("kommune"))


def altered(files: Files, step: Step) -> Files:
    """Return the files with one step of a mutant carried out.

    linje: one more line, of `hva` (account, function or chapter, art or sector; `tjeneste` for a service
    of the unit) and `til` (1000 kr). sett: field `hva` becomes `til` in the first line that `hvor` names,
    or in all of them (`alle=ja`); `hva` linje cuts off `til` characters. flytt: where it is `fra`.
    dobbelt: the first line twice. uten: lines go. kopi: a file once more under another name, a field
    changed on the way. tom_fil: a file without a line. liste_med, liste_uten: the list of who answered.
    """
    lines = files.lines
    hit = _hit(lines, step)
    if step.handling in ("liste_med", "liste_uten"):
        other = {*files.listed, step.til} if step.handling == "liste_med" else set(files.listed[1:])
        return Files(lines, sorted(other), files.empty)
    if step.handling == "tom_fil":
        return Files(lines, files.listed, [*files.empty, "tom.txt"])
    changed = {
        "linje": _with_line,
        "sett": _set,
        "flytt": _set,
        "dobbelt": lambda frame, _, where: pl.concat([frame, frame.filter(where).head(1)]),
        "uten": lambda frame, _, where: frame.filter(~where),
        "kopi": _copied,
    }[step.handling](lines, step, hit)
    return Files(changed, files.listed, files.empty)


def _hit(lines: pl.DataFrame, step: Step) -> pl.Expr:
    hit = pl.lit(value=True)
    for name, value in step.hvor.items():
        if name in PLACES:
            known = lines[PLACES[name]].unique().sort()
            codes = expand(value, known, file=tables.file_of(NAME), line=step.linje, field="hvor")
            hit &= pl.col(PLACES[name]).is_in(codes)
        elif name == "type":
            hit &= pl.col(TYPE).cast(pl.String) == value
        elif name != "alle":
            hit &= pl.col(column(step, name, lines.columns)).cast(pl.String) == value
    return hit


def _with_line(lines: pl.DataFrame, step: Step, hit: pl.Expr) -> pl.DataFrame:
    account, place, kind = step.hva.split()
    own = lines.filter(hit & (pl.col(ACCOUNT) == account))
    if place == ANY_SERVICE:
        services = tables.valid("funksjon", YEAR).filter(
            pl.col("type").cast(pl.String) == ANY_SERVICE
        )
        place = own.filter(pl.col("funksjon_kapittel").is_in(services["funksjon"].to_list()))[
            "funksjon_kapittel"
        ][0]
    line = own.head(1).with_columns(
        pl.lit(place).alias("funksjon_kapittel"),
        pl.lit(kind).alias("art_sektor"),
        pl.lit(step.til).alias("belop"),
    )
    return pl.concat([lines, line])


def _set(lines: pl.DataFrame, step: Step, hit: pl.Expr) -> pl.DataFrame:
    if step.fra:
        hit &= pl.col(PLACES.get(step.hva, step.hva)) == step.fra
    if step.hvor.get("alle") != "ja":
        hit &= hit.cum_sum() == 1
    field = CUT if step.hva == "linje" else PLACES.get(step.hva, step.hva)
    value = pl.lit(int(step.til)) if field == CUT else pl.lit(step.til)
    return lines.with_columns(pl.when(hit).then(value).otherwise(field).alias(field))


def _copied(lines: pl.DataFrame, step: Step, hit: pl.Expr) -> pl.DataFrame:
    again = lines.filter(hit).with_columns(pl.lit("igjen.txt").alias(FILE))
    if step.hva:
        again = again.with_columns(pl.lit(step.til).alias(step.hva))
    return pl.concat([lines, again])


def case(files: Files) -> Case:
    """Write the files into a folder of their own, read them, and return what is to be controlled.

    Raises DataError where the reader refuses them outright.
    """
    with tempfile.TemporaryDirectory(prefix="kr-mutant-") as name:
        folder = Path(name)
        of_year = folder / str(YEAR)
        of_year.mkdir()
        for (file,), rows in files.lines.group_by(FILE, maintain_order=True):
            (of_year / str(file)).write_text(_text(rows), encoding="latin-1", newline="\n")
        for empty in files.empty:
            (of_year / empty).write_text("", encoding="latin-1", newline="\n")
        listed = "\n".join(["region", *files.listed]) + "\n"
        (of_year / RESPONDENTS_FILE).write_text(listed, encoding="utf-8", newline="\n")
        delivered = delivery.read(folder, YEAR, PANEL.scopes[0], PANEL.accounts)
        whole = ledger.accept(delivered)
        evaluated = evaluate.evaluate(whole.poster, whole.balanse, YEAR)
        found = respondents.listed(folder, YEAR)
        return Case(delivered, evaluated, None, None if found is None else found.numbers)


def _text(rows: pl.DataFrame) -> str:
    """Return the rows as lines of 48 characters, or of fewer where a mutant cuts them."""
    fields = [
        pl.col(field.name).str.pad_start(field.length, " ")
        if field.name == "belop"
        else pl.col(field.name).str.pad_end(field.length, " ")
        for field in FIELDS
    ]
    whole = pl.concat_str(fields)
    cut = whole.str.head(pl.lit(RECORD_LENGTH) - pl.col(CUT))
    return "\n".join([*rows.select(record=cut)["record"], ""])
