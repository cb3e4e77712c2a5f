"""One ratio for all: worked by hand, and the error of a response that goes by size."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from kommuneregnskap.estimates import values
from kommuneregnskap.estimates.ungrouped import Ungrouped


def units(*rows: tuple[str, float, float | None]) -> pl.DataFrame:
    """Municipalities: size group, auxiliary, amount (None: has not answered)."""
    schema = {"stoerrelsesgruppe": pl.String, "hjelp": pl.Float64, "belop": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        flagg=(pl.col("belop") > 4).cast(pl.Int64)
    )


# Half of the small answered, all of the large did.
SMALL = units(
    ("liten", 1, 1), ("liten", 1, 5), ("liten", 1, None), ("liten", 1, None), ("stor", 2, 6)
)


def of(frame: pl.DataFrame) -> Ungrouped:
    return Ungrouped(frame, frame.drop_nulls("belop"))


def test_a_ratio_worked_by_hand() -> None:
    """12 / 4 = 3, raised by 6: 18. Residuals −2 and 2 of the small, each with ½: √(½ · 8) · 6/4 = 3; 1 degree."""
    found = of(SMALL).sums({"sum": ("belop", None)})["sum"]
    assert found.verdi == pytest.approx(18)
    assert found.standardfeil == pytest.approx(3)
    reach = stats.t.ppf(0.975, 1) * 3
    assert (found.nedre, found.oevre) == pytest.approx((18 - reach, 18 + reach))
    assert found.df == 1


def test_a_quotient_and_a_share_worked_by_hand() -> None:
    """12 / 4, the same residuals over 4: ½. Shares: 2 of 3; residuals −2/3 and 1/3 of the small."""
    found = of(SMALL).sums({"forhold": ("belop", "hjelp")})["forhold"]
    assert (found.verdi, found.standardfeil) == pytest.approx((3, 0.5))
    share = of(SMALL).shares(["flagg"])["flagg"]
    assert (share.verdi, share.standardfeil) == pytest.approx((2 / 3, (0.5 * 5 / 9) ** 0.5 / 3))
    assert share.nedre is not None
    assert share.oevre is not None
    assert 0 < share.nedre < 2 / 3 < share.oevre < 1


def test_what_has_no_error_and_what_has_none_that_is_known() -> None:
    everyone = of(SMALL.drop_nulls("belop")).sums({"sum": ("belop", None)})["sum"]
    assert (everyone.standardfeil, everyone.nedre, everyone.verdi) == pytest.approx((0, 12, 12))
    one = units(("liten", 1, 1), ("liten", 1, None), ("stor", 1, 6), ("stor", 1, 7))
    alone = of(one).sums({"sum": ("belop", None)})["sum"]
    assert alone.verdi == pytest.approx(4 * 14 / 3)
    assert (alone.standardfeil, alone.nedre, alone.hvorfor) == (None, None, values.ALONE)
    nobody = Ungrouped(SMALL, SMALL.clear())
    assert nobody.sums({"sum": ("belop", None)})["sum"] == values.missing(values.EMPTY_GROUP)
    assert nobody.shares(["flagg"])["flagg"] == values.missing(values.EMPTY_GROUP)
    like = units(("liten", 1, 1), ("liten", 1, 2), ("liten", 1, 2), ("liten", 1, None))
    assert of(like).shares(["flagg"])["flagg"].hvorfor == values.NO_SPREAD


def test_the_error_is_the_spread_of_answers_that_go_by_size() -> None:
    """300 units in three groups of which 30, 60 and 100 percent answer: 2 000 draws, worked without the class.

    An error as if all answers were as likely would be far from it: the large ones decide, and they always answer.
    """
    keyed = np.random.default_rng(8)
    groups = np.repeat(["a", "b", "c"], 100)
    size = np.repeat([1.0, 4.0, 40.0], 100)
    chance = np.repeat([0.3, 0.6, 1.0], 100)
    amount = size * keyed.normal(1, 0.3, 300)
    drawn = keyed.random((2000, 300)) < chance
    ratios = (drawn @ amount) / (drawn @ size) * size.sum()
    stated, alike = [], []
    for answered in drawn[:200]:
        frame = pl.DataFrame({"stoerrelsesgruppe": groups, "hjelp": size, "belop": amount})
        found = Ungrouped(frame, frame.filter(pl.Series(answered))).sums({"sum": ("belop", None)})
        error = found["sum"].standardfeil
        assert error is not None
        stated.append(error)
        rest = amount[answered] - size[answered] * found["sum"].verdi / size.sum()  # type: ignore[operator]
        n = answered.sum()
        alike.append(((1 - n / 300) * n * rest.var()) ** 0.5 * size.sum() / size[answered].sum())
    assert np.mean(stated) == pytest.approx(ratios.std(), rel=0.1)
    assert np.mean(alike) > 2 * ratios.std()
