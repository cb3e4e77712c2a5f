"""What was delivered for a year: every line of its files, typed as far as it goes, nothing judged.

Judging is for the controls; adding up is for the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.sources.kostra import (
    corrections,
    csv_ledger,
    csv_text,
    files,
    records,
    tally,
)
from kommuneregnskap.sources.kostra.files import open_files
from kommuneregnskap.sources.kostra.files_of_year import record_files
from kommuneregnskap.sources.kostra.numbered import FORM, Numbered
from kommuneregnskap.sources.source import INVENTED, SCOPES
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.tables import register

YEAR_DIGITS = 4


@dataclass(frozen=True)
class Delivery:
    """The delivery of one accounting year, of one scope or (scope "") of all.

    odd: lines that are no record by their shape (`records.odd_lines`), and lines of a ledger as CSV that
    cannot be one (`csv_ledger.Ledgers`), but for those of other forms than asked for. broken: the units (region, six
    characters; empty where unknown) that stand in files with such lines: fil, region; none of the
    lines of these files is among the records. records: all other lines, columns of `records.Cut.typed`
    and regnskap, regnskapsomfang, enhetstype (null where form and class do not go together);
    amounts in 1000 kr, corrected. summed: the lines of a ledger as CSV that one of the records is the sum
    of, as delivered (`csv_ledger.Ledgers`); none where it was corrected. problems: files that cannot be
    read. corrections: those used.
    foreign: forms that are not part of the survey (data/codes/andre_skjema.csv): skjema, region, fil.
    lines: what every line was when it was read (`tally.LINES`). passed: members of archives that are not accounts,
    with why; what lies beside the files says `files_of_year.passed_over`. hashes: sha256 of what was read of each file,
    by its name below the folder; empty where a file cannot be read.
    invented: whether the accounts are, and so the units they are of.
    """

    year: int
    odd: pl.DataFrame
    broken: pl.DataFrame
    records: pl.DataFrame
    summed: pl.DataFrame
    problems: list[DataError]
    corrections: pl.DataFrame
    foreign: pl.DataFrame
    lines: pl.DataFrame
    passed: dict[str, str]
    hashes: dict[str, str]
    invented: bool = False

    @cached_property
    def numbered(self) -> Numbered:
        """The codes of the records as numbers."""
        return Numbered.of(self.records)


def read(folder: Path, year: int, scope: str, accounts: str = "leverte") -> Delivery:
    """Return what was delivered for `year` in `folder`.

    scope: `kasse` or `konsolidert`, whose forms alone are kept (unknown forms stay, to be found by
    the controls), or "" for all. accounts: `leverte` or `syntetiske`, for the corrections and whose they may be.
    Raises UsageError for an unknown scope and DataError as `files_of_year.record_files` and `corrections.apply`.
    """
    if scope not in (*SCOPES, ""):
        raise UsageError(f"SCOPE is {scope!r}; allowed: {', '.join(SCOPES)}")
    paths_read = record_files(folder, year)
    opened = open_files(paths_read)
    texts = _texts(opened, folder, year)
    forms = _forms()
    others = forms.filter((pl.col("regnskapsomfang") != scope) & (scope != ""))["skjema"].unique()
    elsewhere = {
        **dict.fromkeys(others.to_list(), tally.OTHER_SCOPE),
        **dict.fromkeys(tables.read("andre_skjema")["skjema"].to_list(), tally.OTHER_FORM),
    }
    odd = _odd(texts, list(elsewhere))
    in_broken = pl.col("fil").is_in(odd["fil"].unique().to_list())
    asked = ~pl.col("skjema").is_in(list(elsewhere))
    # A national year is large: of its lines only what is asked for is kept, and once; the others are counted.
    cut, left_out = _apart(records.cut(texts.whole), asked, in_broken)
    ledgers = texts.ledgers.records
    told = pl.concat(
        each.select("skjema", "region", "fil")
        for each in (left_out, ledgers.filter(~asked | in_broken))
    )
    foreign = pl.col("skjema").replace_strict(elsewhere, default=None, return_dtype=pl.String)
    broken = _units_in(told.filter(in_broken).unique(), odd, asked, year)
    counted = _counted(texts, cut, left_out, odd, elsewhere, in_broken, year)
    summed = texts.ledgers.summed.filter(~in_broken & asked)
    problems = texts.problems
    del texts
    as_csv = ledgers.filter(asked & ~in_broken)
    # In one piece: polars 2.1 may end with a panic where it formats texts that were filtered piece by piece.
    delivered = pl.concat([cut.typed(), as_csv]).rechunk()
    delivered, used = corrections.apply(delivered, year, accounts)
    as_cut = used.is_empty() and as_csv.is_empty()
    numbered = Numbered.cut(cut) if as_cut else Numbered.of(delivered)
    found = Delivery(
        year=year,
        odd=odd.drop("region"),
        broken=broken,
        records=_with_form(delivered, numbered),
        summed=summed.join(used, on=corrections.KEY, how="anti", maintain_order="left").rechunk(),
        problems=problems,
        corrections=used,
        foreign=told.filter(foreign == tally.OTHER_FORM).unique().sort("fil", "region", "skjema"),
        lines=counted,
        passed=files.below(folder, opened.passed),
        hashes=files.below(
            folder, {str(path): opened.hashes.get(path, "") for path in sorted(paths_read)}
        ),
        invented=accounts == INVENTED,
    )
    vars(found)["numbered"] = numbered  # as it is known; a copy with other records numbers its own
    return found


def _forms() -> pl.DataFrame:
    return tables.read("skjema").select(
        "skjema", "kontoklasse", pl.col("regnskap", "regnskapsomfang", "enhetstype").cast(pl.String)
    )


def accounts_of(numbered: Numbered) -> pl.DataFrame:
    """Return what forms and account classes say, a row for each pair that there could be, in the order of their key.

    Out: skjema, kontoklasse, regnskap, regnskapsomfang, enhetstype; null where no form has that class.
    """
    return numbered.every(*FORM).join(_forms(), on=FORM, how="left", maintain_order="left")


@dataclass(frozen=True)
class _Texts:
    """The texts of a year: lines of records (fil, linje, record), and `ledgers` as CSV.

    odd: the lines that are no record by their shape; whole: the others. counted: lines that are told
    apart already (`tally.LINES`): blank, headings, of another year, of files that cannot be read. problems: of all
    files.
    """

    odd: pl.DataFrame
    whole: pl.DataFrame
    ledgers: csv_ledger.Ledgers
    counted: pl.DataFrame
    problems: list[DataError]


def _texts(opened: files.Opened, folder: Path, year: int) -> _Texts:
    as_csv = [each for each in opened.contents if csv_text.is_ledger(*each)]
    names = {name for name, _ in as_csv}
    ledgers = csv_ledger.read(as_csv, folder, year)
    sound, others = records.apart([each for each in opened.contents if each[0] not in names])
    lengths = [records.lines_in(text) for _, text in sound]
    lines = records.lines_of(sound, lengths)
    blank = _blank(lines, [name for name, _ in sound], lengths)
    problems = [*opened.problems, *others, *ledgers.problems]
    unread = dict.fromkeys((str(error.file) for error in problems), 0)
    unread |= {name: records.lines_in(text) for name, text in opened.contents if name in unread}
    within = f"{folder / str(year)}/"
    loose = [name for name, _ in sound if not name.startswith(within)]
    of_others = _of_other_years(lines, loose, year)
    own = (
        lines
        if of_others.is_empty()
        else lines.join(of_others, on="fil", how="anti", maintain_order="left")
    )
    odd = records.odd_lines(own, plain=all(records.is_plain(text) for _, text in sound))
    whole = own
    if len(odd):
        whole = own.join(odd, on=["fil", "linje"], how="anti", maintain_order="left")
    return _Texts(
        odd=odd,
        whole=whole,
        ledgers=ledgers,
        counted=pl.concat(
            [
                ledgers.passed,
                tally.lines(tally.BLANK, blank),
                tally.lines(tally.OTHER_YEAR, of_others.iter_rows()),
                tally.lines(tally.UNREADABLE, unread.items()),
            ]
        ),
        problems=problems,
    )


def _odd(texts: _Texts, elsewhere: list[str]) -> pl.DataFrame:
    """Return the lines that are none, with the region in its place (null: a ledger tells none).

    A line names its form in its first two characters, and only one of a form that is not asked for is left to those
    who ask for it. A line of a ledger names none: it is left where all entries of its file are of such forms.
    """
    of_records = texts.odd.filter(~_form_named().is_in(elsewhere)).with_columns(
        region=pl.col("record").str.slice(7, 6)  # where a record has it
    )
    entries = texts.ledgers.entries.group_by("fil").agg(
        own=(~pl.col("skjema").is_in(elsewhere)).any()
    )
    left = entries.filter(~pl.col("own"))["fil"].to_list()
    return pl.concat(
        [of_records, texts.ledgers.odd.filter(~pl.col("fil").is_in(left))], how="diagonal"
    )


def _form_named() -> pl.Expr:
    """Return the form in the place of a line's form, whatever the line is."""
    return pl.col("record").str.strip_prefix(records.BYTE_ORDER_MARK).str.slice(0, 2)


def _counted(
    texts: _Texts,
    cut: records.Cut,
    others: pl.DataFrame,
    odd: pl.DataFrame,
    elsewhere: dict[str, str],
    in_broken: pl.Expr,
    year: int,
) -> pl.DataFrame:
    """Return what every line of the files is when it is read, before the controls: `tally.LINES`.

    cut: the lines of records that are asked for; others: how many there are besides, as `_apart`.
    """
    form = pl.col("skjema").replace_strict(elsewhere, default=None, return_dtype=pl.String)
    named = texts.odd.select("fil", "linje", skjema=_form_named())
    unnamed = texts.ledgers.odd.select("fil", "linje", skjema=pl.lit(None, pl.String))
    left = pl.concat([named, unnamed]).join(odd, on=["fil", "linje"], how="anti")

    def kind(amount: pl.Expr) -> pl.Expr:
        broken = pl.when(in_broken).then(pl.lit(tally.BROKEN))
        return pl.coalesce(form, broken.otherwise(tally.kind_of_record(amount, year)))

    counted = [
        tally.grouped(odd.with_columns(pl.col("region").fill_null("")), pl.lit(tally.BROKEN)),
        tally.grouped(
            left.with_columns(region=pl.lit("")), form.fill_null(pl.lit(tally.OTHER_SCOPE))
        ),
        tally.grouped(_regions(cut), tally.kind_of_record(pl.col("belop"), year)),
        tally.grouped(others, form.fill_null(pl.lit(tally.BROKEN)), pl.col("antall").sum()),
        tally.grouped(texts.ledgers.entries, kind(pl.col("belop"))),
    ]
    return pl.concat([texts.counted, *pl.collect_all(counted)]).sort(list(tally.LINES))


def _apart(
    cut: records.Cut, asked: pl.Expr, in_broken: pl.Expr
) -> tuple[records.Cut, pl.DataFrame]:
    """Return the lines that are asked for and stand in no broken file, and how many others there are.

    The others: fil, region, skjema, antall.
    """
    own = (
        cut.heads.select(asked).to_series().gather(cut.lines["head"])
        & ~cut.lines.select(in_broken).to_series()
    )
    if own.all():
        own_lines, others = cut.lines, cut.lines.clear()
    else:
        own_lines, others = cut.lines.filter(own), cut.lines.filter(~own)
    each = others.group_by("fil", "head").agg(antall=pl.len())
    form = cut.heads.select("region", "skjema")[each["head"]]
    of_form = each.hstack(form).group_by("fil", "region", "skjema").agg(pl.col("antall").sum())
    return replace(cut, lines=own_lines), of_form


def _regions(cut: records.Cut) -> pl.LazyFrame:
    """Return fil, region and belop of lines."""
    region = cut.heads["region"].gather(cut.lines["head"])
    return cut.lines.lazy().select("fil", "belop", region=pl.lit(region))


def _with_form(rows: pl.DataFrame, numbered: Numbered) -> pl.DataFrame:
    """Add what the form and account class of a record say; null where no form has that class."""
    own = accounts_of(numbered).drop(FORM)
    return rows.hstack(own[numbered.places.select(numbered.key(*FORM)).to_series()])


def _blank(lines: pl.DataFrame, names: list[str], lengths: list[int]) -> list[tuple[str, int]]:
    """Return how many lines of each text are none of `lines`, those that hold something; lengths: all of each."""
    if len(lines) == sum(lengths):
        return []
    filled = dict(lines.group_by("fil").len().iter_rows())
    return [
        (name, length - filled.get(name, 0)) for name, length in zip(names, lengths, strict=True)
    ]


def _of_other_years(lines: pl.DataFrame, loose: list[str], year: int) -> pl.DataFrame:
    """Return the texts that lie loose in the folder and are wholly of other known years: fil, len (their lines).

    A text of two years stays whole: what it holds of another year is for the controls.
    """
    told = pl.col("record").str.slice(2, YEAR_DIGITS).cast(pl.Int32, strict=False)
    whole = pl.col("record").str.len_chars() == records.RECORD_LENGTH
    return (
        lines.lazy()
        .filter(pl.col("fil").is_in(loose))
        .group_by("fil")
        .agg(
            pl.len(),
            own=(told.filter(whole) == year).any(),
            known=told.filter(whole).is_in(tables.years_known()).any(),
        )
        .filter(pl.col("known") & ~pl.col("own"))
        .select("fil", "len")
        .collect()
    )


def _units_in(whole: pl.DataFrame, odd: pl.DataFrame, asked: pl.Expr, year: int) -> pl.DataFrame:
    """Return which units a broken file holds, as far as its lines tell: fil, region.

    whole: skjema, region and fil of the other lines of these files; odd: with the region that stands in them, if
    any.

    Both whole and odd lines tell, where a region of the register stands in its place; whole lines of forms that are
    not asked for where none of the others does. A file that tells of none is of an unknown unit (region ""), and so
    are odd lines that tell of none in a file of several units: whose they are is anybody's guess.
    """
    known = register.either(year)["region"].unique().to_list()
    named = pl.col("region").is_in(known)
    of_odd = odd.select("fil", "region")
    own = pl.concat([whole.filter(asked).select("fil", "region"), of_odd]).filter(named)
    others = whole.filter(~asked & named).select("fil", "region")
    units = pl.concat([own, others.join(own, on="fil", how="anti")]).unique()
    several = units.group_by("fil").len().filter(pl.col("len") > 1)["fil"].to_list()
    silent = of_odd.filter(~named.fill_null(value=False))["fil"].unique().to_list()
    nobody = pl.col("fil").is_in([name for name in silent if name in several]) | ~pl.col(
        "fil"
    ).is_in(units["fil"].to_list())
    unknown = of_odd.select("fil").unique().filter(nobody).with_columns(region=pl.lit(""))
    return pl.concat([units, unknown]).sort("fil", "region")
