"""Hierarchies, nettings and formulas against what Statistics Norway's own engine answers, and against sums by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from kommuneregnskap.cli.app import app
from kommuneregnskap.indicators import hierarchies, hierarchy_files, sums
from kommuneregnskap.support.errors import DataError, UsageError

SAMPLE = Path(__file__).parents[1] / "data" / "hierarkier"
ANSWERS = SAMPLE / "svar.csv.gz"


def edges(*rows: tuple[str, str, str]) -> pl.DataFrame:
    return hierarchies.edges(pl.DataFrame(rows, schema=["to", "from", "sign"], orient="row"))


def rows(*rows_: tuple[str, str, str, str, int]) -> pl.DataFrame:
    schema = dict.fromkeys(hierarchies.CELL, pl.String) | {"belop": pl.Int64}
    return pl.DataFrame(rows_, schema=schema, orient="row")


def test_every_cell_is_what_ssbs_engine_answers_and_there_is_no_other() -> None:
    own = hierarchy_files.answered(SAMPLE)
    theirs = hierarchy_files.read_answers(ANSWERS)
    assert len(theirs) > 5000
    assert hierarchy_files.differences(own, theirs).is_empty()
    groups = own.filter(
        pl.col("funksjon").is_in(theirs["funksjon"].unique().to_list())
        & pl.col("art").is_in(theirs["art"].unique().to_list())
    )
    extra = groups.join(theirs, on=["regnskapsomfang", *hierarchies.CELL], how="anti")
    assert extra.is_empty()
    assert len(groups) == len(theirs)
    assert set(theirs["regnskapsomfang"]) == {"A", "B"}


def test_the_net_operating_result_of_the_group_is_its_parts() -> None:
    """One cell by hand: konsern is kasse and saerbedrift less what they paid each other."""
    given_ = (
        hierarchy_files.read_rows(SAMPLE / hierarchy_files.TREASURY),
        hierarchy_files.read_rows(SAMPLE / hierarchy_files.ENTERPRISES),
        hierarchy_files.read_tables(SAMPLE),
    )
    found = hierarchies.components(*given_)
    assert found.select(pl.sum_horizontal(hierarchies.PARTS)).to_series().equals(found["konsern"])
    both = (pl.col("kasse") != 0) | (pl.col("konsern") != 0)
    assert found.filter(both).drop(hierarchies.PARTS[1:]).equals(hierarchies.scopes(*given_))
    assert found.filter(pl.col("nettinger_kasse") != 0).height > 100
    assert found.filter(pl.col("nettinger_saer") != 0).height > 100


def test_signs_and_ways_to_a_code_are_multiplied_and_added() -> None:
    found = hierarchies.expanded(
        edges(("N", "A", "+"), ("N", "B", "-"), ("A", "1", "+"), ("A", "2", "2"), ("B", "1", "+"), ("B", "3", "-"))
    )  # fmt: skip
    assert found == {"N": {"2": 2, "3": 1}, "A": {"1": 1, "2": 2}, "B": {"1": 1, "3": -1}}


def test_a_group_that_is_part_of_itself_is_refused() -> None:
    with pytest.raises(UsageError, match="the group A is part of itself: A → B → A"):
        hierarchies.expanded(edges(("A", "B", "+"), ("B", "A", "+")))


def test_a_copied_netting_is_that_of_its_parts_with_the_signs_of_the_definition() -> None:
    arts = edges(
        ("R", "I", "+"), ("R", "U", "-"), ("I", "1", "+"), ("U", "2", "+"), ("K", "2", "+")
    )
    found = hierarchies.netted(edges(("I", "1", "-"), ("U", "K", "-"), ("R", "COPY", "-")), arts)
    assert found == {"I": {"1": -1}, "U": {"2": -1}, "R": {"1": -1, "2": 1}}


codes = st.sampled_from(["1", "2", "3", "4"])
terms = st.dictionaries(codes, st.integers(-3, 3).filter(bool), min_size=1)
tables = st.dictionaries(st.sampled_from(["P", "Q", "R"]), terms, min_size=1)


@settings(max_examples=60, deadline=None)
@given(
    tables,
    tables,
    st.lists(
        st.tuples(st.sampled_from(["01", "02"]), st.sampled_from("DI"), codes, codes, st.integers(-9999, 9999)),
        max_size=30,
    ),
    st.integers(1, 40),
)  # fmt: skip
def test_two_matrix_products_are_the_sum_over_all_rows(
    functions: hierarchies.Coefficients,
    arts: hierarchies.Coefficients,
    given_: list[tuple[str, str, str, str, int]],
    at_once: int,
) -> None:
    expected: dict[tuple[str, ...], int] = {}
    for region, account, function, art, amount in given_:
        for group, inside in functions.items():
            for kind, among in arts.items():
                cell = (region, account, group, kind)
                value = amount * inside.get(function, 0) * among.get(art, 0)
                expected[cell] = expected.get(cell, 0) + value
    before, sums.AT_ONCE = (
        sums.AT_ONCE,
        at_once,
    )  # few units at a time, as with a whole country
    try:
        found = hierarchies.evaluate(rows(*given_), functions, arts)
    finally:
        sums.AT_ONCE = before
    assert {row[:4]: row[4] for row in found.iter_rows()} == {
        cell: value for cell, value in expected.items() if value
    }


def test_amounts_that_could_not_be_added_exactly_are_refused() -> None:
    with pytest.raises(UsageError, match="too large to be added exactly; give them in 1000 kr"):
        hierarchies.evaluate(rows(("01", "D", "1", "1", 2**53)), {"F": {"1": 1}}, {"A": {"1": 1}})


def test_formulas_follow_each_other_and_hold_in_both_accounts_where_none_is_named() -> None:
    amounts = rows(
        ("01", "D", "F", "A", 10), ("01", "D", "F", "B", 3), ("01", "I", "F", "A", 7), ("01", "I", "F", "B", 7)
    )  # fmt: skip
    found = hierarchies.with_formulas(amounts, ["F:A = F:A - F:B", "D:F:C = - D:F:A + I:F:B"])
    assert found.rows() == [
        ("01", "D", "F", "A", 7),
        ("01", "D", "F", "B", 3),
        ("01", "I", "F", "B", 7),
    ]  # C is -7 + 7; A of the investment account 7 - 7


@pytest.mark.parametrize("text", ["F:A", "F:A = ", "= F:A", "F:A = F * B", "F:A + F:B = F:C"])
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no formula; such as"):
        hierarchies.with_formulas(rows(("01", "D", "F", "A", 1)), [text])


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "utvalg æøå"))


def test_the_command_compares_writes_and_fails_on_a_difference(sample: Path) -> None:
    out = sample / "ut" / "celler.csv"
    arguments = ["hierarchies", "--data", str(sample), "--answers", str(sample / "svar.csv.gz")]
    run = CliRunner().invoke(app, [*arguments, "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert "cells compared, 0 differ" in run.stdout
    assert pl.read_csv(out, infer_schema=False).columns == [
        "regnskapsomfang",
        *hierarchies.CELL,
        "belop",
    ]
    file = sample / "artshierarki.csv"
    file.write_text(
        file.read_text("utf-8").replace('"LONN","010","+"', '"LONN","010","-"'), "utf-8"
    )
    run = CliRunner().invoke(app, arguments)
    assert run.exit_code == 1
    assert ", there " in run.stdout


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("data.csv", None, "data.csv: the file is missing. Put it there"),
        ("data.csv", ('"belop"', '"kroner"'), "data.csv: the column belop is missing"),
        ("data.csv", ("2312", "23.5"), "belop is '23.5'; allowed: a whole number"),
        ("artshierarki.csv", ('"LONN","010","+"', '"LONN","010","pluss"'), "artshierarki.csv:2: sign is 'pluss'"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_hold_is_named(
    sample: Path, name: str, change: tuple[str, str] | None, message: str
) -> None:
    file = sample / name
    if change is None:
        file.unlink()
    else:
        text = file.read_text("utf-8")
        assert change[0] in text
        file.write_text(text.replace(*change), "utf-8")
    with pytest.raises(DataError) as error:
        hierarchy_files.answered(sample)
    assert message in str(error.value)
