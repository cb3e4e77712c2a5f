"""Controls E11-E13: what one municipality alone can fail, on both sides of every bound, and what real ones have had."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.survey import accounts
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.tables import units
from tests.helpers.accounts import BALANCE_FORM, Post, deliver, found, lines, sound

MUNICIPALITY, COUNTY = "110300", "110000"
FORMS = {"0A": MUNICIPALITY, "0M": MUNICIPALITY, "0C": COUNTY, "0P": COUNTY}
MOST = 99_999_999  # that a record holds with a minus
LATEST = 2026  # whose inhabitants nobody has counted yet
E11 = tables.read("controls").filter(pl.col("kontroll") == "E11")


def people(region: str, year: int) -> int:
    return int(units.inhabitants(year).filter(pl.col("region") == region[:4])["folkemengde"].item())


def bound(form: str, account: str, column: str) -> float:
    """Return the bound of the row about a form and account, from the table."""
    rows = E11.filter(
        pl.col("skjema").str.contains(form)
        & (pl.col("regnskap").cast(pl.String) == account)
        & pl.col(column).is_not_null()
    )
    return float(rows[column].item())


def in_records(posts: list[Post]) -> list[Post]:
    """Return posts as so many that a record holds each."""
    parts = []
    for account, place, kind, amount in posts:
        pieces, rest = divmod(abs(amount), MOST)
        sign = 1 if amount > 0 else -1
        parts += [(account, place, kind, sign * MOST)] * pieces
        parts += [(account, place, kind, sign * rest)] * (rest > 0)
    return parts


def large(account: str, form: str, amount: int) -> list[Post]:
    """Return posts that bring an account to `amount` and break nothing else of those looked at."""
    service = "520" if form in ("0C", "0P") else "222"
    if account == "drift":  # sound ones come to 1050
        return [("drift", service, "010", amount - 1050), ("drift", "800", "870", 1050 - amount)]
    if account == "investering":  # to 500
        return [
            ("investering", service, "230", amount - 500),
            ("investering", "880", "910", 500 - amount),
        ]
    return [("balanse", "10", "320", amount - 1000), ("balanse", "56", "080", 1000 - amount)]


@pytest.mark.parametrize("year", [2024, LATEST])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("account", ["drift", "investering", "balanse"])
def test_more_per_inhabitant_than_anyone_could_have(
    tmp_path: Path, account: str, form: str, year: int
) -> None:
    region = FORMS[form]
    of = BALANCE_FORM[form] if account == "balanse" else form
    most = int(bound(of, account, "hoeyst") * people(region, year))
    for amount, fires in ((most, set()), (most + 1, {"E11"})):
        extra = in_records(large(account, form, amount))
        fired = found(tmp_path / str(amount), *extra, form=form, year=year, region=region)
        assert fired == fires, (account, form, amount)


@pytest.mark.parametrize("form", FORMS)
def test_less_per_inhabitant_than_anyone_could_have(tmp_path: Path, form: str) -> None:
    """Of a whole account; of one with fewer lines than a whole one has, nothing is said."""
    region, fewest = FORMS[form], int(E11["minste_antall"].drop_nulls().unique().item())
    least = bound(form, "drift", "minst") * people(region, 2024)
    service = "520" if form in ("0C", "0P") else "222"
    own = [post for post in sound(form) if post[0] == "drift"]
    for missing, short, fires in ((0, 1, True), (0, -1, False), (1, 1, False)):
        spread = fewest - missing - len(own)
        each = int(least) - short - 1050 - (spread - 1)
        posts = [*sound(form), ("drift", "800", "870", 1050 - int(least) + short)]
        posts += [("drift", service, "100", 1)] * (spread - 2) + [
            ("drift", service, "110", each + 1)
        ]
        folder = tmp_path / f"{missing}{short}"
        text = lines(posts, form=form, region=region)
        rows = accounts.control_years(deliver(folder, text), [2024], "", "leverte")[2024].kontroll
        assert ("E11" in set(rows["kontroll"])) is fires, (form, missing, short)


def test_accounts_in_kroner_are_kept_out_of_the_numbers(tmp_path: Path) -> None:
    """A thousandfold of the least that a municipality has had is beyond the bound, whatever its size."""
    for region in ("115100", "110300", "460100"):  # of 219 inhabitants, and of the largest
        ordinary = 78 * people(region, 2024)
        for times, fires in ((1, set()), (1000, {"E11"})):
            posts = in_records(large("drift", "0A", times * ordinary))
            assert found(tmp_path / f"{region} {times}", *posts, region=region) == fires


def two_years(folder: Path, now: list[Post], before: list[Post], **where: str) -> set[str]:
    """Return what fires in 2024 on accounts that stood otherwise in 2023."""
    form, region = where.get("form", "0A"), where.get("region", MUNICIPALITY)
    for year, posts, number in (
        (2023, before, where.get("region_before", region)),
        (2024, now, region),
    ):
        deliver(folder, lines(posts, form=form, year=year, region=number), year=year)
    of_years = accounts.control_years(folder, [2023, 2024], "", "leverte")
    return set(of_years[2024].kontroll["kontroll"])


def scaled(posts: list[Post], percent: int, *, but: int = 0) -> list[Post]:
    """Return posts with other amounts, the first `but` of each account as they were."""
    seen = dict.fromkeys(("drift", "investering", "balanse"), 0)
    result = []
    for account, place, kind, amount in posts:
        seen[account] += 1
        same = seen[account] <= but
        result.append((account, place, kind, amount if same else amount * percent // 100))
    return result


@pytest.mark.parametrize("form", FORMS)
def test_last_years_accounts_again(tmp_path: Path, form: str) -> None:
    region = FORMS[form]
    same = two_years(tmp_path / "a", sound(form), sound(form), form=form, region=region)
    other = two_years(
        tmp_path / "b", scaled(sound(form), 110), sound(form), form=form, region=region
    )
    assert (same, other) == ({"E12"}, set())


def test_half_of_them_is_too_many_and_fewer_are_not(tmp_path: Path) -> None:
    """Twelve accounts in 0A and four in 0B: six and two in the first."""
    before = sound()
    for alike, fires in ((6, True), (5, False)):
        drift = [post for post in before if post[0] != "balanse"]
        balance = [post for post in before if post[0] == "balanse"]
        now = [*drift[:alike], *scaled(drift[alike:], 110), *scaled(balance, 110)]
        fired = two_years(tmp_path / str(alike), now, before)
        assert ("E12" in fired) is fires


def test_last_years_balance_sheet_beside_new_accounts(tmp_path: Path) -> None:
    now = [post for post in scaled(sound(), 110) if post[0] != "balanse"]
    balance = [post for post in sound() if post[0] == "balanse"]
    assert two_years(tmp_path, [*now, *balance], sound()) == {"E12"}


def test_last_years_accounts_under_a_new_number(tmp_path: Path) -> None:
    """Drammen was 3005 until 2023."""
    where = {"region": "330100", "region_before": "300500"}
    assert two_years(tmp_path, sound(), sound(), **where) == {"E12"}


@pytest.mark.parametrize(
    ("percent", "fires"), [(50, set()), (49, {"E13"}), (200, set()), (201, {"E13"})]
)
def test_a_level_far_from_the_year_before(tmp_path: Path, percent: int, fires: set[str]) -> None:
    before = [(*post[:3], post[3] * 100) for post in sound()]
    assert two_years(tmp_path, scaled(before, percent), before) == fires


def test_a_part_that_did_not_deliver_makes_no_jump(tmp_path: Path) -> None:
    """Ålesund (1507) was split in 2024 into 1508 and 1580: without the second nothing is said of the first."""
    where = {"region": "150800", "region_before": "150700"}
    tenfold = [(*post[:3], post[3] * 10) for post in sound()]
    assert "E13" not in two_years(tmp_path, sound(), tenfold, **where)


def test_bounds_let_through_what_real_municipalities_have_had() -> None:
    """SSB's open figures of all: per inhabitant, and in percent of the year before."""
    levels = tables.read("controls").filter(pl.col("kontroll") == "E13").row(0, named=True)
    tried = 0
    for year in range(2022, 2026):
        survey = open_survey(year=year, source="ssb", scope="konsern")
        rows = survey.indikatorer.filter(pl.col("tjenesteomraade").is_null())
        for kind, form in (("kommune", "0A"), ("fylkeskommune", "0C")):
            own = (
                rows.filter((pl.col("aar") == year) & (pl.col("type").cast(pl.String) == kind))
                .join(units.inhabitants(year), on="region")
                .with_columns(hver=pl.col("belop") / pl.col("folkemengde"))
            )
            for concept, account in (
                ("brutto_driftsutgifter", "drift"),
                ("brutto_investeringsutgifter", "investering"),
            ):
                each = own.filter(pl.col("begrep") == concept)["hver"].drop_nulls()
                if each.is_empty():
                    continue
                tried += len(each)
                assert float(each.max()) < bound(form, account, "hoeyst") / 9  # type: ignore[arg-type]
                if account == "drift":
                    assert float(each.min()) > bound(form, account, "minst") * 9  # type: ignore[arg-type]
        for concept in ("brutto_driftsutgifter", "brutto_driftsinntekter"):
            of = rows.filter(pl.col("begrep") == concept)
            key = ["kobling"]
            now, then = (
                of.filter(pl.col("aar") == each).group_by(key).agg(pl.col("belop").sum())
                for each in (year, year - 1)
            )
            both = now.join(then, on=key, suffix="_foer").filter(pl.col("belop_foer") > 0)
            percent = 100 * both["belop"] / both["belop_foer"]
            assert percent.is_between(levels["minst"], levels["hoeyst"]).all()
            tried += len(both)
    assert tried > 5_000
