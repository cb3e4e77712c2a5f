"""Tables of the method that do not hold: the exact line, and the former report stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.report import publish
from kommuneregnskap.support.errors import KommuneregnskapError
from kommuneregnskap.survey.request import asked
from tests.conftest import add_row, edit_table
from tests.helpers.examples import by_day
from tests.helpers.outputs import fingerprints

pytestmark = pytest.mark.slow  # all of them together

Change = Callable[[pl.DataFrame], pl.DataFrame]
INDICATORS = "data/definitions/indicators.csv"
AREAS = "data/definitions/tjenesteomraade.csv"
CLAIMS = "data/claims/2024.csv"
MEND = "Mend the set or its validity."


def where(column: str, is_: str, **values: str) -> Change:
    """Put values into the first row where a column is something."""

    def change(table: pl.DataFrame) -> pl.DataFrame:
        hit = (pl.col(column) == is_) & (
            pl.int_range(pl.len()) == table[column].to_list().index(is_)
        )
        return table.with_columns(
            pl.when(hit).then(pl.lit(value)).otherwise(name).alias(name)
            for name, value in values.items()
        )

    return change


def circle(table: pl.DataFrame) -> pl.DataFrame:
    row = table.filter(pl.col("begrep") == "netto_driftsresultat").row(0, named=True)
    extra = row | {
        "begrep": "brutto_driftsresultat",
        "ledd": "9",
        "begreper": "netto_driftsresultat",
    }
    return add_row(table, **extra)


def line_of(project: Path, table: str, column: str, is_: str, *, last: bool = False) -> int:
    cells = pl.read_csv(project / table, infer_schema=False)[column].to_list()
    index = len(cells) - 1 - cells[::-1].index(is_) if last else cells.index(is_)
    return index + 2


CASES: dict[str, tuple[str, Change, tuple[str, str], str]] = {
    "unknown code": (
        INDICATORS,
        where("begrep", "motpost_avskrivninger", funksjoner="861"),
        ("begrep", "motpost_avskrivninger"),
        f"funksjoner is '861'; allowed: a code valid in the year. {MEND}",
    ),
    "empty set": (
        INDICATORS,
        where("begrep", "motpost_avskrivninger", arter="991..999"),
        ("begrep", "motpost_avskrivninger"),
        "arter is '991..999'; allowed: a set that takes in at least one code valid in the year. " + MEND,
    ),
    "no set at all": (
        INDICATORS,
        where("begrep", "motpost_avskrivninger", arter="alle"),
        ("begrep", "motpost_avskrivninger"),
        f"arter is 'alle'; allowed: codes and ranges such as 010..480, 520, 590. {MEND}",
    ),
    "overlapping area": (
        AREAS,
        where("tjenesteomraade", "grunnskole", funksjoner="201, 202, 213, 215, 222, 223"),
        ("tjenesteomraade", "grunnskole"),
        "funksjoner is '201'; allowed: each function in one area of the partition. Take it out of one "
        "of the areas.",
    ),
    "duplicate id": (
        "data/definitions/assumptions.csv",
        lambda table: pl.concat([table, table.head(1)]),
        ("id", "A01_omfang"),
        "key is {'id': 'A01_omfang'}; allowed: each key once. Mend the cell.",
    ),
    "two rows of a term": (
        INDICATORS,
        lambda table: pl.concat([table, table.filter(pl.col("begrep") == "motpost_avskrivninger")]),
        ("begrep", "motpost_avskrivninger:last"),
        "begrep+ledd is 'motpost_avskrivninger+1'; allowed: one row per accounting year. Close the "
        "former row (gyldig_til) or delete one of them.",
    ),
    "unparsable number in a claim": (
        CLAIMS,
        where("id", "k2024_inv_grunnskole_andel", verdi="sytten"),
        ("id", "k2024_inv_grunnskole_andel"),
        "verdi is 'sytten'; allowed: Float64. Mend the cell.",
    ),
    "unknown severity": (
        "data/definitions/controls.csv",
        where("kontroll", "110", alvorlighet="streng"),
        ("kontroll", "110"),
        "alvorlighet is 'streng'; allowed: fatal | feil | advarsel | info. Mend the cell.",
    ),
}  # fmt: skip


@pytest.fixture
def former(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(project)
    folder = project / "reports" / "2024" / "demo"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("forrige rapport", encoding="utf-8")
    return folder


def refused(former: Path) -> str:
    before = fingerprints(former.parents[1])
    with pytest.raises(KommuneregnskapError) as error:
        publish.publish(asked(2024, source="demo"))
    assert fingerprints(former.parents[1]) == before
    return str(error.value)


@pytest.mark.parametrize("name", by_day(list(CASES), 2))
def test_hostile_table(former: Path, project: Path, name: str) -> None:
    table, change, (column, key), message = CASES[name]
    edit_table(project / table, change)
    key, _, place = key.partition(":")
    line = line_of(project, table, column, key, last=place == "last")
    assert refused(former) == f"{table}:{line}: {message}"


def test_a_circular_reference(former: Path, project: Path) -> None:
    edit_table(project / INDICATORS, circle)
    message = refused(former)
    assert message.startswith(f"{INDICATORS}: begreper is 'brutto_driftsresultat, ")
    assert message.endswith(
        "; allowed: definitions that do not refer to each other in a circle. Break the circle."
    )


def test_a_reference_to_nothing(former: Path, project: Path) -> None:
    edit_table(
        project / INDICATORS, where("begrep", "brutto_driftsresultat", begreper="brutto_inntekter")
    )
    line = line_of(project, INDICATORS, "begrep", "brutto_driftsresultat")
    assert refused(former) == (
        f"{INDICATORS}:{line}: begreper is 'brutto_inntekter'; allowed: a begrep of the same table, "
        "valid in the year. Mend the name, or the validity."
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a readable table (empty CSV)"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"begrep;ledd\n", "is missing"),
        (b"begrep,ledd\nx,1,2,3\n", "not a readable table"),
    ],
)
def test_a_table_that_is_no_table(
    former: Path, project: Path, content: bytes, message: str
) -> None:
    (project / INDICATORS).write_bytes(content)
    found = refused(former)
    assert found.startswith(f"{INDICATORS}:")
    assert message in found
    assert "\n" not in found


def test_a_missing_table(former: Path, project: Path) -> None:
    (project / "data/codes/art.csv").unlink()
    assert refused(former) == (
        "data/codes/art.csv: the table is missing. Restore it from the repository."
    )
