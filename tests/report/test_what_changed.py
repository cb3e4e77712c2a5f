"""What changed is what runs, and nothing stale is served: changes of each kind, and the report as made from nothing.

In a copy of the program and its tables, so that a chart function can be another as well.
"""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest

from tests.helpers.accounts import deliver, grown, lines
from tests.helpers.offline import offline
from tests.helpers.outputs import fingerprints
from tests.helpers.projects import PROJECT, no_combinations

WORDS = ("report", "--year", "2024", "--source", "kostra", "--only", "pressemelding")
REGIONS = ("110100", "110300", "114600", "180400", "460100", "500100")
TITLE = re.compile(r'(?<=^        title=")', re.MULTILINE)  # where the title of a chart begins


@dataclass
class Copy:
    """A copy of the program with accounts of a few municipalities; told: what was said of notebooks last."""

    folder: Path
    told: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Copy:
        ignored = shutil.ignore_patterns("*.pyc.*", "panel", ".ipynb_checkpoints", "raw")
        for name in ("src", "data", "notebooks"):
            shutil.copytree(PROJECT / name, folder / name, ignore=ignored)
        no_combinations(folder)
        shutil.rmtree(folder / "data/ssb")
        for year in (2023, 2024):
            for place, region in enumerate(REGIONS):
                times(folder, year, region, place + 1)
        return cls(folder)

    def table(self, name: str) -> Path:
        return self.folder / "data" / name

    def report(self) -> None:
        """Make the report, in processes that run the copy's own program."""
        run = subprocess.run(
            [sys.executable, "-m", "kommuneregnskap", *WORDS],
            cwd=self.folder,
            env=offline(self.folder, self.folder) | {"PYTHONPATH": str(self.folder / "src")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        said = re.findall(r"^\d of 9: (\w+) \(kostra\)(.*)$", run.stderr, re.MULTILINE)
        self.told = dict(said)

    def made(self) -> dict[str, str]:
        return fingerprints(self.folder / "reports/2024/kostra")

    def from_nothing(self, elsewhere: Path) -> dict[str, str]:
        """Return the report that is made of the same where nothing was made before."""
        kept = shutil.ignore_patterns("__pycache__", ".cache", "reports")
        other = Copy(Path(shutil.copytree(self.folder, elsewhere, ignore=kept)))
        other.report()
        return other.made()


Change = Callable[[Copy, random.Random], None]


def times(folder: Path, year: int, region: str, factor: int) -> None:
    """Deliver accounts that are so many times the usual ones."""
    posts = [(*post[:3], post[3] * factor) for post in grown(year)]
    deliver(
        folder / "data/raw", lines(posts, year=year, region=region), year=year, name=f"{region}.txt"
    )


def rewritten(table: Path, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    change(pl.read_csv(table, infer_schema=False)).write_csv(table)


def one_claim(copy: Copy, chance: random.Random) -> None:
    """Print a number otherwise."""
    table = copy.table("claims/2024.csv")
    computed = pl.read_csv(table, infer_schema=False).filter(
        (pl.col("status") == "beregnes") & pl.col("verdi").is_not_null()
    )
    chosen = pl.col("id") == chance.choice(computed["id"].to_list())
    more = (pl.col("verdi").cast(pl.Float64) + 1).cast(pl.String)
    rewritten(
        table,
        lambda rows: rows.with_columns(
            verdi=pl.when(chosen).then(more).otherwise("verdi"),
            trykt=pl.when(chosen).then(pl.lit("noe annet")).otherwise("trykt"),
        ),
    )


def one_sentence(copy: Copy, chance: random.Random) -> None:
    """Say a sentence of the draft of a release otherwise."""
    table = copy.table("definitions/pressemelding.csv")
    rows = pl.read_csv(table, infer_schema=False)
    place = chance.choice([n for n, text in enumerate(rows["setning"]) if text])
    chosen = pl.int_range(pl.len()) == place
    other = pl.lit("Dette er nytt. ") + pl.col("setning")
    rewritten(
        table,
        lambda rows: rows.with_columns(setning=pl.when(chosen).then(other).otherwise("setning")),
    )


def one_chart(copy: Copy, chance: random.Random) -> None:
    """Have a chart function give its chart another title."""
    found = [
        (file, match.start())
        for file in sorted((copy.folder / "src/kommuneregnskap/charts").glob("*.py"))
        for match in TITLE.finditer(file.read_text("utf-8"))
    ]
    file, place = chance.choice(found)
    text = file.read_text("utf-8")
    file.write_text(f"{text[:place]}Nå: {text[place:]}", encoding="utf-8")


def one_indicator(copy: Copy, chance: random.Random) -> None:
    """Count the arts of a term of a definition with another sign."""
    table = copy.table("definitions/indicators.csv")
    rows = pl.read_csv(table, infer_schema=False)
    of_arts = rows.filter(pl.col("arter").is_not_null() & pl.col("gyldig_til").is_null())
    begrep, ledd = chance.choice(
        of_arts.select("begrep", "ledd").unique(maintain_order=True).rows()
    )
    chosen = (pl.col("begrep") == begrep) & (pl.col("ledd") == ledd)
    other = pl.col("fortegn").replace({"1": "-1", "-1": "1"})
    rewritten(
        table,
        lambda rows: rows.with_columns(fortegn=pl.when(chosen).then(other).otherwise("fortegn")),
    )


def one_municipality(copy: Copy, chance: random.Random) -> None:
    """Deliver the accounts of a municipality anew, with other amounts."""
    times(copy.folder, 2024, chance.choice(REGIONS), chance.randint(7, 99))


CHANGES = (one_indicator, one_municipality, one_sentence, one_claim, one_chart)
# By day first those after which most is made anew: what the others leave stale would not last.
BY_DAY = (CHANGES[:2], CHANGES[2:])


def one_by_one(seed: int) -> tuple[tuple[Change, ...], ...]:
    return tuple((change,) for change in random.Random(seed).sample(CHANGES, len(CHANGES)))


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("seed", "steps"),
    [
        (1, BY_DAY),
        *(pytest.param(n, one_by_one(n), marks=pytest.mark.night) for n in range(1, 12)),
    ],
)
def test_after_changes_of_each_kind_the_report_is_as_made_from_nothing(
    tmp_path: Path, seed: int, steps: tuple[tuple[Change, ...], ...]
) -> None:
    """One or some at a time, each at random; what is stale once is stale at the end."""
    copy, chance = Copy.of(tmp_path / "etter"), random.Random(seed)
    copy.report()
    first = copy.made()
    for step in steps:
        before = copy.made()
        for change in step:
            change(copy, chance)
        copy.report()
        assert copy.made() != before, step
    assert copy.made() == copy.from_nothing(tmp_path / "fra intet")
    assert copy.made().keys() == first.keys()
