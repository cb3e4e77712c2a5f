"""The demo panel: accounts that close for every unit and year, with codes valid in the year."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.helpers import demo_accounts
from tests.helpers.demo_accounts import PROJECT, SERVICE, YEARS, arts, between

UNITS = [("A", "B"), ("C", "D"), ("M", "N"), ("P", "Q")]
COUNTY = {"C", "D", "P", "Q"}
EVERY = pytest.mark.parametrize(("income", "sheet"), UNITS, ids=["0A0B", "0C0D", "0M0N", "0P0Q"])
TAX = ("871", "872", "873", "874", "875", "876", "878", "879")


def _zero(frame: pl.DataFrame, what: pl.Expr | None = None) -> None:
    """Every unit's amounts (of `what`) sum to exactly zero."""
    rows = frame if what is None else frame.filter(what)
    sums = rows.group_by("region").agg(pl.col("belop").sum()).filter(pl.col("belop") != 0)
    assert sums.is_empty(), sums.head(3)


def _none(frame: pl.DataFrame, what: pl.Expr) -> None:
    assert frame.filter(what).is_empty(), frame.filter(what).head(3)


def _sums(frame: pl.DataFrame, what: pl.Expr, *, year: int, county: bool) -> pl.DataFrame:
    """Return the sum by unit under the number that goes on: divided units under their former one."""
    former = demo_accounts.former_numbers("fylke_endring" if county else "kommune_endring")
    return (
        frame.with_columns(pl.col("region").replace(former) if year >= 2024 else pl.col("region"))
        .group_by("region")
        .agg(pl.col("belop").filter(what).sum())
    )


@EVERY
def test_operating_account_closes(demo_panel: Path, income: str, sheet: str) -> None:
    for year in YEARS:
        rows = demo_accounts.drift(demo_panel, year, income)
        _zero(rows)
        _zero(rows, arts("590", "990"))
        _zero(rows, pl.col("funksjon").is_in(["290", "465"]))
        sides = rows.group_by("region").agg(
            netto=-pl.col("belop").filter(demo_accounts.NET_RESULT).sum(),
            disponert=pl.col("belop").filter(demo_accounts.DISPOSAL).sum(),
        )
        assert (sides["netto"] == sides["disponert"]).all()
        assert rows.filter(~(demo_accounts.NET_RESULT | demo_accounts.DISPOSAL)).is_empty()
        for low, high, sign in (("010", "599", 1), ("600", "999", -1)):
            side = rows.filter(between(low, high)).group_by("region").agg(pl.col("belop").sum())
            assert (side["belop"] * sign > 0).all()


@EVERY
def test_investment_account_closes(demo_panel: Path, income: str, sheet: str) -> None:
    for year in YEARS:
        rows = demo_accounts.investering(demo_panel, year, income)
        _zero(rows)
        both = pl.concat([rows, demo_accounts.drift(demo_panel, year, income)])
        _zero(both.filter(arts("570", "970")))
        _zero(rows, arts("429", "729"))
        for low, high, sign in (("010", "599", 1), ("600", "999", -1)):
            side = rows.filter(between(low, high)).group_by("region").agg(pl.col("belop").sum())
            assert (side["belop"] * sign > 0).all()


@EVERY
def test_balance_closes(demo_panel: Path, income: str, sheet: str) -> None:
    memo = pl.col("funksjon").str.starts_with("9")
    assets = pl.col("funksjon").str.slice(0, 1).is_in(["1", "2"])
    for year in YEARS:
        rows = demo_accounts.balanse(demo_panel, year, sheet)
        _zero(rows, ~memo)
        _zero(rows, memo)
        _none(rows, assets & (pl.col("belop") < 0))
        _none(rows, ~assets & ~memo & (pl.col("funksjon") != "5900") & (pl.col("belop") > 0))
        _none(rows, (pl.col("funksjon") == "5900") & (pl.col("belop") < 0))
        assert rows.filter(pl.col("funksjon") == "9100")["belop"].min() > 0  # type: ignore[operator]


@EVERY
def test_funds_roll_forward(demo_panel: Path, income: str, sheet: str) -> None:
    """Closing = closing of the year before + allocation − use, for each fund and the deficit."""
    rolls = [
        ("51", "drift", ("550", "950"), -1),
        ("56", "drift", ("540", "940"), -1),
        ("53", "investering", ("540", "940"), -1),
        ("55", "investering", ("550", "950"), -1),
        ("5900", "drift", ("530", "980"), -1),
    ]
    county = income in COUNTY
    for chapter, account, moves, sign in rolls:
        for year in YEARS[1:]:
            read = demo_accounts.drift if account == "drift" else demo_accounts.investering
            changed = _sums(read(demo_panel, year, income), arts(*moves), year=year, county=county)
            of = pl.col("funksjon") == chapter
            closing = _sums(
                demo_accounts.balanse(demo_panel, year, sheet), of, year=year, county=county
            )
            opening = _sums(
                demo_accounts.balanse(demo_panel, year - 1, sheet), of, year=year - 1, county=county
            )
            joined = closing.join(opening, on="region", suffix="_aapning").join(
                changed, on="region", suffix="_endring"
            )
            assert joined.height == opening.height == closing.height
            off = joined.filter(
                pl.col("belop") != pl.col("belop_aapning") + sign * pl.col("belop_endring")
            )
            assert off.is_empty(), (chapter, year, off.head(3))


def test_funds_are_used_only_as_far_as_they_reach(demo_panel: Path) -> None:
    for year in YEARS[1:]:
        used = _sums(demo_accounts.drift(demo_panel, year), arts("940"), year=year, county=False)
        fund = _sums(
            demo_accounts.balanse(demo_panel, year - 1),
            pl.col("funksjon") == "56",
            year=year - 1,
            county=False,
        )
        joined = used.join(fund, on="region", suffix="_fond")
        assert joined.filter(pl.col("belop") < pl.col("belop_fond")).is_empty(), year


@EVERY
def test_control_rules(demo_panel: Path, income: str, sheet: str) -> None:
    """The checks of the control program for account files that name functions and arts."""
    function = pl.col("funksjon")
    for year in YEARS:
        drift = demo_accounts.drift(demo_panel, year, income)
        invest = demo_accounts.investering(demo_panel, year, income)
        _none(drift, function == "841")
        blocked = ("280", "512", "521", "522", "529", "670", "910", "911", "912", "921", "922")
        _none(drift, arts(*blocked, "929", "970"))
        _none(invest, function.is_in(["800", "840", "850", "860"]))
        _none(invest, function.is_in(["100", "110", "121", "170", "171", "400", "410", "421"]))
        _none(invest, arts("070", "080", "110", "114", "240", "509", "570", "590", "600", "629"))
        _none(invest, arts("630", "640", "800", "877", "909", "990", *TAX))
        _none(invest, arts("729") & (function != "841"))
        both = pl.concat([drift, invest])
        _none(both, arts("589", "980", "989") != (function == "899"))
        _none(both, arts("530") & (function != "880"))
        _none(both, arts(*TAX, "870") & (function != "800"))
        _none(both, arts("800") & (function != "840"))
        _none(drift, (function == "850") & ~arts("450", "810"))
        _none(drift, arts("590") & ~SERVICE)
        _none(drift, arts("990") & (function != "860"))
        for code, art in (("800", "870"), ("840", "800")):
            paid = (
                drift.filter((function == code) & arts(art))
                .group_by("region")
                .agg(pl.col("belop").sum())
            )
            assert paid.height == drift["region"].n_unique()
            assert (paid["belop"] < 0).all()


@EVERY
def test_codes_hold_in_their_year(demo_panel: Path, income: str, sheet: str) -> None:
    level = "fylkeskommune" if income in COUNTY else "kommune"
    for year in YEARS:
        functions = _valid("funksjon", year).filter(pl.col("nivaa").is_in([level, "felles"]))
        allowed = _valid("art", year).filter(
            pl.col("nivaa").is_in(["alle"] if income in COUNTY else ["alle", "kommune"])
        )
        for rows in (
            demo_accounts.drift(demo_panel, year, income),
            demo_accounts.investering(demo_panel, year, income),
        ):
            assert set(rows["funksjon"].unique()) <= set(functions["funksjon"])
            assert set(rows["art"].unique()) <= set(allowed["art"])
        balance = demo_accounts.balanse(demo_panel, year, sheet)
        assert set(balance["funksjon"].unique()) <= set(_valid("kapittel", year)["kapittel"])
        assert set(balance["art"].unique()) <= set(_valid("sektor", year)["sektor"])


def _valid(table: str, year: int) -> pl.DataFrame:
    return pl.read_csv(PROJECT / "data/codes" / f"{table}.csv", infer_schema=False).filter(
        (pl.col("gyldig_fra").cast(pl.Int32) <= year)
        & (pl.col("gyldig_til").is_null() | (pl.col("gyldig_til").cast(pl.Int32) >= year))
    )


@EVERY
def test_keys_are_unique_and_amounts_not_zero(demo_panel: Path, income: str, sheet: str) -> None:
    for year in YEARS:
        for form in (income, sheet):
            rows = demo_accounts.records(demo_panel, year, f"0{form}")
            assert rows.select("region", "klasse", "funksjon", "art").is_unique().all()
            assert (rows["belop"] != 0).all()


def test_files_are_as_long_as_real_ones(demo_panel: Path) -> None:
    for year in YEARS:
        count = demo_accounts.records(demo_panel, year, "0A").group_by("region").len()["len"]
        assert 900 <= count.mean() <= 1_400  # type: ignore[operator]
        assert 600 < count.min() < count.max() < 2_000  # type: ignore[operator]
        sheet = demo_accounts.records(demo_panel, year, "0B").group_by("region").len()["len"]
        assert 40 <= sheet.mean() <= 50  # type: ignore[operator]


def test_renewed_codes_are_used_only_in_their_years(demo_panel: Path) -> None:
    for year in YEARS:
        functions = set(demo_accounts.drift(demo_panel, year)["funksjon"].unique())
        assert ("254" in functions) == (year < 2024)
        assert ({"257", "258"} <= functions) == (year >= 2024)
        chapters = set(demo_accounts.balanse(demo_panel, year)["funksjon"].unique())
        assert ("45" in chapters) == (year < 2024)
        assert ("451" in chapters) == (year >= 2024)


def test_consolidated_accounts_add_enterprises_to_some_units(demo_panel: Path) -> None:
    """Their revenue, results, investments and funds are others, by as much as real ones differ.

    Randaberg 2025, SSB's table 12137: 15 percent more investments, a result 0.06 percentage points higher.
    """
    for year in YEARS:
        both = demo_accounts.totals(demo_panel, year).join(
            demo_accounts.totals(demo_panel, year, scope="MN"), on="region", suffix="_alt"
        )
        more = both.filter(pl.col("inntekt_alt") != pl.col("inntekt"))
        assert 30 < more.height < both.height / 3
        with_none = both.join(more, on="region", how="anti")
        for name in ("utgift", "netto", "investert", "fond"):
            assert (more[f"{name}_alt"] != more[name]).mean() > 0.9, name  # type: ignore[operator]
            assert (with_none[f"{name}_alt"] == with_none[name]).all(), name
        invested = more["investert_alt"] / more["investert"] - 1
        assert 0.03 < invested.min() < invested.max() < 0.2  # type: ignore[operator]
        points = 100 * (more["netto_alt"] / more["inntekt_alt"] - more["netto"] / more["inntekt"])
        assert 0.03 < points.abs().median() < points.abs().max() < 1  # type: ignore[operator]
        assert points.min() < 0 < points.max()  # type: ignore[operator]
        assert (more["fond_alt"] >= more["fond"]).all()


def test_one_altered_amount_is_noticed(demo_panel: Path, tmp_path: Path) -> None:
    """Proof that the checks above can fail: one amount of one county municipality 1000 kr higher."""
    for year in YEARS:
        (tmp_path / str(year)).mkdir()
        for path in (demo_panel / str(year)).iterdir():
            (tmp_path / str(year) / path.name).symlink_to(path)
    for form, check in (
        ("0C", test_operating_account_closes),
        ("0D", test_balance_closes),
        ("0D", test_funds_roll_forward),
    ):
        altered = tmp_path / "2024" / f"{form}_2024_SYNTETISK.txt"
        lines = (demo_panel / "2024" / altered.name).read_text("ascii").splitlines()
        place = next(i for i, line in enumerate(lines) if line[31:36] in ("1722 ", "256  "))
        lines[place] = f"{lines[place][:39]}{int(lines[place][39:]) + 1:>9}"
        altered.unlink()
        altered.write_text("\n".join(lines) + "\n", "ascii")
        demo_accounts.records.cache_clear()
        with pytest.raises(AssertionError):
            check(tmp_path, "C", "D")
        altered.unlink()
        altered.symlink_to(demo_panel / "2024" / altered.name)
    demo_accounts.records.cache_clear()
    test_balance_closes(tmp_path, "C", "D")
