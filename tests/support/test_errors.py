"""What the user reads when something goes wrong comes whole from wherever it went wrong."""

from __future__ import annotations

import errno
import os
import pickle
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.support.errors import (
    DataError,
    KommuneregnskapError,
    NotWrittenError,
    UsageError,
)
from kommuneregnskap.support.files import writing


@pytest.mark.parametrize(
    "error",
    [
        DataError("a.csv", line=3, field="art", value="x", allowed="0-990", todo="Mend it."),
        NotWrittenError("reports/2024/demo", "No space left on device", errno.ENOSPC),
    ],
)
def test_an_error_is_the_same_out_of_another_process(error: DataError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


@pytest.mark.parametrize(
    ("refused", "said"),
    [("draft/notebooks/1.ipynb", "target"), (".cache/a.parquet", ".cache/a.parquet")],
)
def test_what_is_refused_in_the_draft_is_said_of_what_it_was_to_become(
    refused: str, said: str
) -> None:
    with (
        pytest.raises(NotWrittenError, match=rf"^{said}: cannot be written \(No space left"),
        writing(Path("target"), Path("draft")),
        writing(Path(refused)),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "Make room, and try again."),
        (errno.EROFS, "Give write permission, and try again."),
        (errno.ENAMETOOLONG, "Give a shorter name."),
        (errno.EIO, "The disk or the network behind it fails; try another place."),
    ],
)
def test_what_is_refused_is_told_what_would_do_for_that(number: int, remedy: str) -> None:
    """Also where polars passes on what the system told it."""
    told = os.strerror(number)
    for error in (
        OSError(number, told),
        pl.exceptions.ComputeError(f"x: {told} (os error {number})"),
    ):
        with pytest.raises(NotWrittenError) as refused, writing(Path("target")):
            raise error
        assert str(refused.value) == (
            f"target: cannot be written ({told}). What stood there is as it was. {remedy}"
        )


@pytest.mark.parametrize("value", ["x" * 100_000, "x " * 50_000, "x, " * 30_000, 'x" ' * 30_000])
def test_an_absurdly_long_value_is_cut_and_what_is_allowed_stays(value: str) -> None:
    for error in (
        UsageError(f"SCOPE is {value!r}; allowed: kasse"),
        DataError("a", field="b", value=value, allowed="kasse"),
    ):
        assert len(str(error)) < 400
        assert str(error).endswith("allowed: kasse")


@pytest.mark.parametrize("quote", ["'", '"'])
def test_the_middle_of_a_long_value_is_left_out_and_of_nothing_else(quote: str) -> None:
    # Apostrophes of two words, and the end of one value and the start of the next, hold no value between them.
    told = "StatBank's table: " + "expected a table of words " * 20 + "the table's 'codes'"
    both = f"{quote}a{quote} " + "is not one of those there are, " * 20 + f"{quote}b{quote}"
    assert str(KommuneregnskapError(told)) == told
    assert str(KommuneregnskapError(both)) == both
    for value in ("x" * 600, "x y " * 150 + "z"):
        said = str(KommuneregnskapError(f"StatBank's ({quote}{value}{quote}) is unknown"))
        assert len(said) < 230
        assert said.startswith(f"StatBank's ({quote}x")
        assert said.endswith(f"{quote}) is unknown")
