"""From files to evaluated accounts: read, control, leave out what does not hold, evaluate, keep.

What was evaluated is kept in a cache folder under the hash of everything it depends on (account
files, code tables, definitions, controls, this package), so the notebooks read what was done once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import polars as pl

from kommuneregnskap.controls import Accounts, Case, findings
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.sources import is_invented
from kommuneregnskap.sources.kostra import delivery, files_of_year, ledger, respondents, tally
from kommuneregnskap.sources.kostra.files import RESPONDENTS_FILE
from kommuneregnskap.sources.source import SCOPES
from kommuneregnskap.support import cache, paths
from kommuneregnskap.support.cache import digest
from kommuneregnskap.support.code import hash_of, versions
from kommuneregnskap.support.errors import DataError, NotWrittenError, UsageError, shown_path
from kommuneregnskap.tables import reader, units
from kommuneregnskap.tables.hashes import definition_hashes
from kommuneregnskap.tables.register import WHOLE_UNIT

YEARS_BEFORE = (
    3  # growth of the year and the two before it needs the accounts of three earlier years
)
LEDGER_FRAMES = ("poster", "balanse", "indikatorer")


@dataclass(frozen=True)
class Controlled:
    """One year, controlled and evaluated: frames of all units that can be added up, and findings.

    poster, balanse, indikatorer: as in `frames`, whoever was stopped included. delivered: who has
    accounts. kontroll: `findings.FINDING`. rettelser: the corrections used. linjer: what every delivered line was
    when it was read (`tally.LINES`), fil below the folder. forbigaatt: members of archives that were passed over
    (`tally.named`). inputs: sha256 of what was read of each file, empty where it could not be.
    """

    poster: pl.DataFrame
    balanse: pl.DataFrame
    indikatorer: pl.DataFrame
    delivered: pl.DataFrame
    kontroll: pl.DataFrame
    rettelser: pl.DataFrame
    linjer: pl.DataFrame
    forbigaatt: pl.DataFrame
    inputs: dict[str, str]


FIELDS = tuple(each.name for each in fields(Controlled) if each.name != "inputs")
Lists = Mapping[int, respondents.Listed | None]


def span(year: int) -> tuple[int, int]:
    """Return the first and last accounting year that a survey of `year` looks at."""
    return year - YEARS_BEFORE, year


def control_years(
    folder: Path, years: Sequence[int], scope: str, accounts: str
) -> dict[int, Controlled]:
    """Read, correct, control and evaluate each of `years`, in order (each against the one before it).

    Raises UsageError and DataError as `delivery.read`; what the controls find is returned, not raised.
    """
    return dict(controlled(folder, years, scope, accounts))


def controlled(
    folder: Path, years: Sequence[int], scope: str, accounts: str
) -> Iterator[tuple[int, Controlled]]:
    """Do as `control_years`, handing out a year at a time: what is done with need not stay in memory."""
    before: dict[int, Controlled] = {}
    for year, listed in respondents.lists(folder, years).items():
        found = _year(folder, year, scope, accounts, before.get(year - 1), listed)
        before = {year: found}
        yield year, found


@reader.held()
def kept_years(
    folder: Path, years: Sequence[int], scope: str, accounts: str, lists: Lists | None = None
) -> dict[int, Controlled]:
    """Do as `control_years`, each year once for the surveys that look at it, as long as nothing it depends on changes.

    Kept in the cache folder, a year in each entry, under the hash of its own files and those of the year before as
    they were when they were read, whether it is compared with that, who was to deliver, tables and code. A year with
    a file that cannot be read, which is a finding, is not kept; nor is any where the cache cannot be written.
    lists: who answered, where it is known already.
    """
    found: dict[int, Controlled] = {}
    for year, listed in (lists or respondents.lists(folder, years)).items():
        before = found.get(year - 1)
        inputs = _hashes(folder, year)
        store = _store_of_year(inputs, year, scope, accounts, before, listed)
        kept = cache.opened(store) if store is not None else None
        if kept is not None:
            frames = {name: kept.frame(name) for name in FIELDS}
            found[year] = Controlled(**frames, inputs=inputs)
            continue
        found[year] = _year(folder, year, scope, accounts, before, listed)
        # A file may have become another since it was hashed.
        store = _store_of_year(found[year].inputs, year, scope, accounts, before, listed)
        if store is not None:
            with suppress(NotWrittenError):
                cache.keep({name: getattr(found[year], name) for name in FIELDS}, store)
    return found


def _hashes(folder: Path, year: int) -> dict[str, str]:
    """Return the hashes of the account files of a year as they stand; an empty one where a file cannot be read."""
    try:
        return files_of_year.content_hashes(folder, year)
    except DataError:
        return {"": ""}


def _store_of_year(
    inputs: Mapping[str, str],
    year: int,
    scope: str,
    accounts: str,
    before: Controlled | None,
    listed: respondents.Listed | None,
) -> Path | None:
    """Return where a year of files with these hashes is kept; None where a file of it could not be read."""
    read = {**inputs, **(before.inputs if before is not None else {})}
    if not all(read.values()):
        return None
    known = {
        "compared": before is not None,
        "listed": None if listed is None else listed.numbers.to_list(),
    }
    return paths.cache() / _key(read, year, f"{scope or 'alle'}-aar", accounts, known)


@reader.held()
def _year(
    folder: Path,
    year: int,
    scope: str,
    accounts: str,
    before: Controlled | None,
    listed: respondents.Listed | None,
) -> Controlled:
    """Read, correct, control and evaluate one year; before: the year before it, where there is one."""
    delivered = delivery.read(folder, year, scope, accounts)
    whole = ledger.accept(delivered)
    poster, balanse = pl.collect_all([whole.poster, whole.balanse])
    evaluated = evaluate.evaluate(poster.lazy(), balanse.lazy(), year)
    then = Accounts(before.indikatorer, before.poster, before.balanse) if before else None
    case = Case(delivered, evaluated, then, None if listed is None else listed.numbers)
    return Controlled(
        poster=poster,
        balanse=balanse,
        indikatorer=evaluated,
        delivered=whole.delivered,
        kontroll=findings.run(case, folder),
        rettelser=delivered.corrections,
        linjer=delivered.lines.with_columns(
            pl.col("fil").str.replace_all(f"{folder}/", "", literal=True)
        ),
        forbigaatt=tally.named(delivered.passed, year),
        inputs=delivered.hashes,
    )


@reader.held()
def evaluate_years(
    poster: pl.LazyFrame, balanse: pl.LazyFrame, years: Sequence[int]
) -> pl.DataFrame:
    """Evaluate all definitions for the years of a survey, the survey year last.

    In: `frames.Poster` and `frames.Balanse`. Out: `frames.Indikatorer` with `kobling` (who is who
    across renumberings, see `units.links`) and `type`. Amounts in 1000 kr.
    """
    return linked(pl.concat([evaluate.evaluate(poster, balanse, year) for year in years]), years)


def linked(evaluated: pl.DataFrame, years: Sequence[int]) -> pl.DataFrame:
    """Add `kobling` (who is who across the survey's years) and `type` to `frames.Indikatorer`.

    years: the accounting years in it, the survey year last.
    """
    kinds = pl.concat([units.known(year) for year in years]).select("aar", "region", "type")
    return (
        units.with_link(evaluated, *span(years[-1]))
        .join(kinds.lazy(), on=["aar", "region"], how="left", maintain_order="left")
        .collect()
    )


@reader.held()
def store_of(
    folder: Path, years: Sequence[int], scope: str, accounts: str, lists: Lists
) -> tuple[cache.Kept, dict[str, str]]:
    """Return the frames of a survey as the cache keeps them, made when they are missing, and what they are of.

    lists: who answered in which year. LEDGER_FRAMES hold the units that count; those of units that
    the controls stopped but that can be added up stand beside them as `utelatt_<frame>`. Then
    enheter, utelatt_enheter (as if they were not stopped), utelatt, kontroll, rettelser, linjer (`tally.TALLY`),
    forbigaatt. What they are of: sha256 of every file. Raises DataError for an account file that cannot be read.
    """
    named = {each.name: each.sha256 for each in lists.values() if each is not None}
    inputs = named | {
        name: found
        for year in years
        for name, found in files_of_year.content_hashes(folder, year).items()
    }
    store = paths.cache() / _key(inputs, years[-1], scope, accounts)
    kept = cache.opened(store)
    if kept is None:
        frames, read = _survey_frames(folder, years, scope, accounts, lists)
        inputs = named | read
        kept = cache.keep(frames, paths.cache() / _key(inputs, years[-1], scope, accounts))
    return kept, dict(sorted(inputs.items()))


def _survey_frames(
    folder: Path, years: Sequence[int], scope: str, accounts: str, lists: Lists
) -> tuple[dict[str, pl.DataFrame], dict[str, str]]:
    """Return the frames of a survey, and the hashes of the account files that they were read from.

    Raises the gravest finding where no unit can be added up.
    """
    found = kept_years(folder, years, scope, accounts, lists)
    year = years[-1]
    kontroll = findings.concat(each.kontroll for each in found.values())
    unknown = findings.unknown_units(kontroll)
    if len(unknown):
        raise findings.error_of(unknown.row(0, named=True), folder)
    whole_unit = pl.col("region").str.ends_with(WHOLE_UNIT)
    stopped = findings.stopped(kontroll).with_columns(
        number=pl.when(whole_unit).then(pl.col("region").str.slice(0, 4))
    )
    whole = {
        name: pl.concat([getattr(each, name) for each in found.values()])
        for name in (*LEDGER_FRAMES, "delivered")
    }
    whole["indikatorer"] = linked(whole["indikatorer"], years)
    counts = {name: _of_units(frame, stopped, "anti") for name, frame in whole.items()}
    apart = {
        name: _of_units(frame, stopped.filter("kan_regnes"), "semi")
        for name, frame in whole.items()
    }
    survived = counts["delivered"].filter((pl.col("aar") == year) & pl.col("har_drift"))
    rescued = apart["delivered"].filter((pl.col("aar") == year) & pl.col("har_drift"))
    if survived.is_empty() and rescued.is_empty():
        error = findings.first_error(findings.of_year(kontroll, year), folder)
        raise error or UsageError(_nobody(folder, year, scope))
    # Where not one unit passes, a report of nothing helps nobody: those that can be added up are
    # counted, and every output says that they did not pass.
    nobody_passes = survived.is_empty()
    if nobody_passes:
        counts = {name: pl.concat([counts[name], apart[name]]) for name in counts}
        apart = {name: frame.clear() for name, frame in apart.items()}
    answered = lists[year]
    listed = None if answered is None else answered.numbers
    everyone = pl.concat([counts["delivered"], apart["delivered"]])
    invented = is_invented(accounts)
    enheter = _enheter(year, counts["delivered"], listed, invented=invented)
    if not enheter["svart"].any() and listed is not None:
        raise UsageError(
            f"none of those listed in {RESPONDENTS_FILE} has delivered sound {scope} accounts for "
            f"{year} in {shown_path(folder)}; listed: {', '.join(listed.head(5))}"
        )
    left_out = stopped.drop("number").with_columns(
        regnet_med=pl.lit(nobody_passes) & pl.col("kan_regnes")
    )
    frames = {
        "enheter": enheter,
        "utelatt_enheter": _enheter(year, everyone, listed, invented=invented),
        "utelatt": left_out,
        "kontroll": kontroll,
        "rettelser": pl.concat([each.rettelser for each in found.values()]),
        "linjer": tallied(found, left_out.filter(~pl.col("regnet_med")), lists),
        "forbigaatt": pl.concat([each.forbigaatt for each in found.values()]),
        **{name: counts[name] for name in LEDGER_FRAMES},
        **{f"utelatt_{name}": apart[name] for name in LEDGER_FRAMES},
    }
    return frames, {name: read for each in found.values() for name, read in each.inputs.items()}


def tallied(found: Mapping[int, Controlled], out: pl.DataFrame, lists: Lists) -> pl.DataFrame:
    """Return what became of every delivered line of some years: `tally.TALLY`, a row for each file and year.

    out: the units that are kept out of the numbers, aar and region (six digits, "" where it is unknown).
    """
    rows = []
    for year, each in found.items():
        stopped = out.filter(pl.col("aar") == year)["region"].to_list()
        listed = lists[year]
        numbers = None if listed is None else listed.numbers.to_list()
        rows.append(tally.tallied(each.linjer, year, stopped, numbers))
    return pl.concat(rows)


def passed_over(folder: Path, years: Sequence[int], members: pl.DataFrame) -> pl.DataFrame:
    """Return all that was passed over as a whole: `tally.named`, what lies there now and members of archives."""
    lying = [tally.named(files_of_year.passed_over(folder, year), year) for year in years]
    return pl.concat([*lying, members]).sort("aar", "fil")


def _of_units(
    frame: pl.DataFrame, units_: pl.DataFrame, how: Literal["anti", "semi"]
) -> pl.DataFrame:
    """Return the rows of a frame whose unit and year are (semi) or are not (anti) among the units."""
    return frame.join(
        units_,
        left_on=["aar", "region"],
        right_on=["aar", "number"],
        how=how,
        maintain_order="left",
    )


def _nobody(folder: Path, year: int, scope: str) -> str:
    return (
        f"no unit has delivered {scope} accounts for {year} in {shown_path(folder)}; other scope: "
        + ", ".join(name for name in SCOPES if name != scope)
    )


def _enheter(
    year: int, delivered: pl.DataFrame, listed: pl.Series | None, *, invented: bool
) -> pl.DataFrame:
    """Return the frame of the survey year with who answered and what they delivered."""
    own = delivered.filter(pl.col("aar") == year).drop("aar")
    answered = pl.col("har_drift")
    if listed is not None:
        answered = answered & pl.col("region").is_in(listed.to_list())
    return (
        units.with_link(units.frame(year, oppdiktet=invented), *span(year))
        .join(own.lazy(), on="region", how="left", maintain_order="left")
        .with_columns(pl.col("har_drift", "har_balanse").fill_null(value=False))
        .with_columns(svart=answered)
        .collect()
    )


def _key(
    inputs: dict[str, str],
    year: int,
    scope: str,
    accounts: str,
    known: Mapping[str, object] | None = None,
) -> str:
    """Name everything that evaluated accounts depend on; known: what else a single year is held against."""
    content = {
        "inputs": inputs,
        "accounts": accounts,
        "definitions": definition_hashes(),
        "code": hash_of("survey.accounts"),
        "versions": versions(),
        "year": year,
        "scope": scope,
        "known": dict(known or {}),
    }
    return f"{year}-{scope}-{digest(content)[:20]}"
