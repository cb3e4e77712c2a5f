"""All mutants, several at a time, and what came of it: who saw whom, what went unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.mutants.checks import all_checks
from kommuneregnskap.mutants.run import World, panel, seen_by, world
from kommuneregnskap.sources.source import INVENTED
from kommuneregnskap.support.files import replacing
from kommuneregnskap.tables.mutants import YEAR, Mutant, listed

Seen = Mapping[str, frozenset[str]]
Progress = Callable[[str, int, int], None]
CAUGHT, SURVIVED, OTHERS = "som ventet", "overlevde", "andre prøver enn ventet"
EXEMPT = "proeve"


@dataclass(frozen=True)
class Matrix:
    """What came of the mutants.

    mutanter: id, slag, navn, gjelder, fanget_av (ids of the checks that saw it, `; ` between), antall, utfall,
    ventet (only where it is another). proever: id, slag, navn, antall (mutants it saw), mutanter,
    fritak (why it need see none; mostly empty).
    """

    mutanter: pl.DataFrame
    proever: pl.DataFrame

    @property
    def survivors(self) -> pl.DataFrame:
        """The mutants that no check saw."""
        return self.mutanter.filter(pl.col("utfall") == SURVIVED)

    @property
    def unexpected(self) -> pl.DataFrame:
        """The mutants that other checks saw than the table says."""
        return self.mutanter.filter(pl.col("utfall") == OTHERS)

    @property
    def idle(self) -> pl.DataFrame:
        """The checks that saw no mutant, and are not excused."""
        return self.proever.filter((pl.col("antall") == 0) & (pl.col("fritak") == ""))

    @property
    def holds(self) -> bool:
        """Whether every mutant was seen by exactly the checks named, and every check saw one."""
        return not (len(self.survivors) or len(self.unexpected) or len(self.idle))


_known: World | None = None  # of a worker process; it is made once


def _prepare() -> None:
    global _known  # noqa: PLW0603 (a worker process has one panel)
    _known = world()


def _seen(mutant: Mutant) -> tuple[str, frozenset[str]]:
    if _known is None:
        _prepare()
    return mutant.id, seen_by(mutant, _known)  # type: ignore[arg-type]


def run(*, jobs: int = 2, progress: Progress | None = None) -> Matrix:
    """Carry out every mutant of the table in processes of its own kind, `jobs` at a time.

    Processes, not threads: what alters tables alters which folder the process takes for the project's.
    `progress` is called with the name of a mutant, how many are done and how many there are.
    """
    mutants = listed()
    panel()  # evaluated and kept once, before each process asks for it
    found: dict[str, frozenset[str]] = {}
    # The slowest kinds first, so that no process is left alone with them at the end.
    ordered = sorted(mutants, key=lambda mutant: ORDER.index(mutant.slag))
    names = {mutant.id: mutant.navn for mutant in mutants}
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_prepare) as pool:
        pending = [pool.submit(_seen, mutant) for mutant in ordered]
        try:
            for done in as_completed(pending):
                name, seen = done.result()
                found[name] = seen
                if progress is not None:
                    progress(names[name], len(found), len(mutants))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return matrix(mutants, found)


ORDER = ("regnskap", "definisjon", "utvalg", "trykt", "fil")


def matrix(mutants: Sequence[Mutant], found: Seen) -> Matrix:
    """Return who saw whom. found: id of a mutant → checks that saw it."""
    rows = [
        {
            "id": mutant.id,
            "slag": mutant.slag,
            "navn": mutant.navn,
            "gjelder": "; ".join(mutant.gjelder),
            "fanget_av": _joined(found[mutant.id]),
            "antall": len(found[mutant.id]),
            "utfall": _outcome(mutant, found[mutant.id]),
            "ventet": "" if found[mutant.id] == mutant.expected else _joined(mutant.expected),
        }
        for mutant in mutants
    ]
    checks = all_checks(YEAR)
    catches = {
        check: [mutant.id for mutant in mutants if check in found[mutant.id]]
        for check in checks["id"]
    }
    excused = dict(
        tables.read("exemptions")
        .filter(pl.col("slag").cast(pl.String) == EXEMPT)
        .select("id", "begrunnelse")
        .iter_rows()
    )
    proever = checks.with_columns(
        antall=pl.Series([len(catches[name]) for name in checks["id"]], dtype=pl.Int64),
        mutanter=pl.Series(["; ".join(catches[name]) for name in checks["id"]], dtype=pl.String),
        fritak=pl.Series([excused.get(name, "") for name in checks["id"]], dtype=pl.String),
    )
    return Matrix(pl.DataFrame(rows), proever)


def _joined(checks: frozenset[str]) -> str:
    return "; ".join(sorted(checks))


def _outcome(mutant: Mutant, seen: frozenset[str]) -> str:
    if not seen:
        return SURVIVED
    return CAUGHT if seen == mutant.expected else OTHERS


def write(found: Matrix, folder: Path) -> list[Path]:
    """Write mutanter-<year>-demo.csv and proever-<year>-demo.csv; return their paths. Same bytes again.

    Every row says that the accounts are invented. Under temporary names, then renamed.
    """
    written = []
    for name, frame in (("mutanter", found.mutanter), ("proever", found.proever)):
        path = folder / f"{name}-{YEAR}-demo.csv"
        with replacing(path) as temporary:
            frame.with_columns(regnskaper=pl.lit(INVENTED)).write_csv(temporary)
        written.append(path)
    return written


def complaints(found: Matrix) -> Iterator[str]:
    """Yield, a line each, what does not hold, for the terminal."""
    for row in found.survivors.iter_rows(named=True):
        yield f"{row['id']} survived: no check saw it ({row['navn']})"
    for row in found.unexpected.iter_rows(named=True):
        seen, expected = (set(row[name].split("; ")) for name in ("fanget_av", "ventet"))
        more, less = (
            ", ".join(sorted(part)) or "none" for part in (seen - expected, expected - seen)
        )
        yield f"{row['id']} ({row['navn']}): seen also by {more}; not by {less}"
    for row in found.idle.iter_rows(named=True):
        yield (
            f"{row['slag']} {row['id']} never sees a mutant ({row['navn']}); add one to mutants.csv, "
            "or say why not in exemptions.csv"
        )
