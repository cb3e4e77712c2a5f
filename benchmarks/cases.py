"""What is measured inside a process: each case loads what it needs, then does the same work again and again.

Heavy imports wait until a case needs them: what is measured has no more in memory than its user would. A year is the
same invented country every time (`national`): the definitions are those of 2023 and 2024, so that twenty years are
the two years' files ten times over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks import national
from kommuneregnskap.controls import Accounts, findings
from kommuneregnskap.controls import Case as Controlled
from kommuneregnskap.indicators import evaluate, hierarchies
from kommuneregnskap.report.publish import section_notebooks
from kommuneregnskap.sources.kostra import delivery, ledger
from kommuneregnskap.support import paths
from kommuneregnskap.survey.opening import open_survey

FILES, ROWS = "filer", "rader"
SURVEY: dict[str, Any] = {"year": 2024, "source": "demo", "scope": "kasse"}
PARAMETERS: dict[str, Any] = SURVEY | {"data_dir": "", "panel": "", "assume": ""}


@dataclass(frozen=True)
class Case:
    """Work to measure. sizes: in national years. load(folder, years) gives what run works on, and how many rows."""

    sizes: tuple[int, ...]
    load: Callable[[Path, int], tuple[Any, int]]
    run: Callable[[Any], object]


def _years(count: int) -> list[int]:
    return list(islice(cycle(national.YEARS), count))


def _accounts(folder: Path, year: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    accounts = ledger.accept(delivery.read(folder, year, "kasse"))
    poster, balanse = pl.collect_all([accounts.poster, accounts.balanse])
    return poster, balanse


def _evaluated(poster: pl.DataFrame, balanse: pl.DataFrame, year: int) -> pl.DataFrame:
    return evaluate.evaluate(poster.lazy(), balanse.lazy(), year)


def _files(folder: Path, count: int) -> tuple[Any, int]:
    files, years = folder / FILES, _years(count)
    return (files, years), sum(national.records(files, year) for year in years)


def _ledgers(folder: Path, count: int) -> tuple[Any, int]:
    (files, years), _ = _files(folder, count)
    read = {year: _accounts(files, year) for year in set(years)}
    return [(year, *read[year]) for year in years], sum(
        len(frame) for year in years for frame in read[year]
    )


def _deliveries(folder: Path, count: int) -> tuple[Any, int]:
    (files, years), _ = _files(folder, count)
    before, now = (
        Accounts(_evaluated(*read, year), *read)
        for year in national.YEARS
        for read in [_accounts(files, year)]
    )
    year = national.YEARS[-1]
    case = Controlled(delivery.read(files, year, "kasse"), now.evaluated, before)
    return (files, [case] * len(years)), len(years) * national.records(files, year)


def _hierarchy_rows(folder: Path, count: int) -> tuple[Any, int]:
    frames = [pl.read_parquet(folder / ROWS / f"{name}.parquet") for name in ("kasse", "saer")]
    return (*frames, national.hierarchies(), count), count * national.ROWS


def _to_indicators(found: tuple[Path, list[int]]) -> object:
    files, years = found
    return pl.concat(_evaluated(*_accounts(files, year), year) for year in years)


def _estimates(survey: Any) -> object:
    from kommuneregnskap.estimates import compared, grouped, population  # noqa: PLC0415
    from kommuneregnskap.estimates.quantities import quantities  # noqa: PLC0415

    people = population.of(survey)
    level = people.level.rename({"enhet": "region"})
    wanted = quantities()
    return (
        compared.compared(people, wanted),
        compared.domains(people, wanted),
        grouped.by_group(level.filter("svart"), level, population.RESULT),
    )


def _respondents(_folder: Path, _count: int) -> tuple[Any, int]:
    return open_survey(**SURVEY), 0


def _notebook(path: Path) -> Case:
    return Case((1,), lambda _folder, _count: (path, 0), _execute)


def _execute(path: Path) -> object:
    from kommuneregnskap.notebooks import run  # noqa: PLC0415

    return run.execute(path, PARAMETERS)


CASES: dict[str, Case] = {
    "files to ledger": Case(
        (1, 5, 20), _files, lambda found: [len(_accounts(found[0], year)[0]) for year in found[1]]
    ),
    "ledger to indicators": Case(
        (1, 5, 20),
        _ledgers,
        lambda found: pl.concat(
            _evaluated(poster, balanse, year) for year, poster, balanse in found
        ),
    ),
    "files to indicators": Case((1, 2, 5, 20), _files, _to_indicators),
    "controls": Case(
        (1, 5, 20),
        _deliveries,
        # A copy of a case has gathered nothing yet.
        lambda found: [len(findings.run(replace(each), found[0])) for each in found[1]],
    ),
    "hierarchies, kasse and konsern": Case(
        (1, 5, 20),
        _hierarchy_rows,
        lambda found: [len(hierarchies.scopes(*found[:3], codes=False)) for _ in range(found[3])],
    ),
    "estimates": Case((1,), _respondents, _estimates),
} | {f"notebook {path.stem}": _notebook(path) for path in section_notebooks()}


def prepare(folder: Path) -> None:
    """Write the invented country, and see that the panel and its accounts are there."""
    for name in (FILES, ROWS):
        (folder / name).mkdir()
    national.write_files(folder / FILES)
    national.write_hierarchy_rows(folder / ROWS)
    open_survey(**SURVEY)
    paths.cache().mkdir(exist_ok=True)
