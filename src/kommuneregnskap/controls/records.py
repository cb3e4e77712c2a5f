"""Controls 001-016: is every line a record, and does every field hold what it may?

Method: Statistics Norway's control program for account files, see `kilde` in controls.csv. Every
function returns its breaches, one row each (`rules.BREACH`); empty is good.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.controls.rules import ACCOUNT, Case, Rule, control
from kommuneregnskap.tables import units
from kommuneregnskap.tables.register import WHOLE_UNIT, regions_of

PLACE = ("skjema", "region", "fil", "linje")


def _field(case: Case, rule: Rule, field: str, bad: pl.Expr) -> pl.LazyFrame:
    """Return the records that a rule is about whose `field` is bad; those of zero are ignored, as SSB does."""
    # Few are bad, if any: whether the rule is about them is only asked of those.
    return _shown(case.posted.where(bad).filter(rule.concerns()), field)


def _shown(rows: pl.LazyFrame, field: str, found: pl.Expr | None = None) -> pl.LazyFrame:
    """Return bad records with the value found in `field`."""
    value = pl.col(field) if found is None else found
    return rows.select(*PLACE, felt=pl.lit(field), funnet=value.cast(pl.String).fill_null(""))


@control("001")
def kontroll_001(case: Case, _rule: Rule) -> pl.LazyFrame:
    """Every line has 48 characters and no tab, or is a line of a ledger as CSV. Fatal for every unit in the file."""
    return (
        case.delivery.odd.lazy()
        .join(case.delivery.broken.lazy(), on="fil", how="inner")
        .select("region", "fil", "linje", felt=pl.lit("linje"), funnet=_shape_in_norwegian())
    )


def _shape_in_norwegian() -> pl.Expr:
    """Return what is odd about a line, in the reader's language; of a ledger it is said so already."""
    words = {
        "holds a tab": "tabulator",
        "holds a NUL byte": "tegnet NUL",
        "holds a lone carriage return": "vognretur uten linjeskift",
        "begins with a UTF-8 byte-order mark": "byterekkefølgemerke fra UTF-8",
        "holds a control character": "styretegn",
    }
    length = pl.format("{} tegn", pl.col("record").str.len_chars())
    return (
        pl.col("problem")
        .replace_strict(words, default=None, return_dtype=pl.String)
        .fill_null(
            pl.when(pl.col("problem").str.starts_with("has ")).then(length).otherwise("problem")
        )
    )


@control("003")
def kontroll_003(case: Case, rule: Rule) -> pl.LazyFrame:
    """The form is one of those of annual accounts."""
    return _shown(case.posted.of_accounts(~rule.of_forms()), "skjema")


@control("004")
def kontroll_004(case: Case, rule: Rule) -> pl.LazyFrame:
    """The year is that of the folder."""
    return _field(case, rule, "aar", pl.col("aar") != str(case.delivery.year))


@control("005")
def kontroll_005(case: Case, rule: Rule) -> pl.LazyFrame:
    """The quarter is blank: the survey is of annual accounts."""
    return _field(case, rule, "kvartal", pl.col("kvartal") != "")


@control("006")
def kontroll_006(case: Case, rule: Rule) -> pl.LazyFrame:
    """The region is in the register of the year; a number that has changed is named with the new one.

    Where all other lines of the file are of one region, that region is stopped as well: the odd lines
    may be its own.
    """
    register = regions_of(case.delivery.year, oppdiktet=case.delivery.invented)
    kinds = tables.read("skjema").select("skjema", pl.col("enhetstype").cast(pl.String)).unique()
    known = register.join(kinds, on="enhetstype").select("skjema", "region")
    changed = units.renumbered(case.delivery.year)
    told = (
        pl.when(pl.col("endret").is_not_null())
        .then(pl.format("{} ({})", "region", "endret"))
        .otherwise("region")
    )
    who = case.posted.units.lazy().filter(rule.concerns())
    alone = (
        who.join(known.lazy(), on=["skjema", "region"], how="semi", maintain_order="left")
        .group_by("fil")
        .agg(pl.col("region").unique(), pl.col("skjema").first())
        .filter(pl.col("region").list.len() == 1)
        .with_columns(pl.col("region").list.first())
    )
    strange = who.join(known.lazy(), on=["skjema", "region"], how="anti").collect()["hvem"]
    odd = _shown(
        case.posted.where(pl.col("hvem").is_in(strange.implode()))
        .with_columns(nummer=pl.col("region").str.strip_suffix(WHOLE_UNIT))
        .join(changed.lazy(), on="nummer", how="left", maintain_order="left"),
        "region",
        told,
    )
    return pl.concat(
        [
            odd,
            odd.drop("skjema", "region").join(alone, on="fil").select(*PLACE, "felt", "funnet"),
        ]
    )


@control("007")
def kontroll_007(case: Case, rule: Rule) -> pl.LazyFrame:
    """The organisation number is blank in the accounts of municipalities and counties."""
    return _field(case, rule, "orgnr", pl.col("orgnr") != "")


@control("008")
def kontroll_008(case: Case, rule: Rule) -> pl.LazyFrame:
    """The enterprise number is blank."""
    return _field(case, rule, "foretaksnr", pl.col("foretaksnr") != "")


@control("009")
def kontroll_009(case: Case, rule: Rule) -> pl.LazyFrame:
    """The account class belongs to the form."""
    unknown = case.posted.of_accounts(rule.of_forms() & pl.col("regnskap").is_null())
    return _shown(unknown.filter(rule.concerns()), "kontoklasse")


@control("010")
def kontroll_010(case: Case, rule: Rule) -> pl.LazyFrame:
    """The function is in the list of the year, for the form's kind of unit."""
    return _not_in_list(case, rule, "funksjon", "funksjon_kapittel")


@control("011")
def kontroll_011(case: Case, rule: Rule) -> pl.LazyFrame:
    """The chapter is in the list of the year."""
    return _not_in_list(case, rule, "kapittel", "funksjon_kapittel")


@control("012")
def kontroll_012(case: Case, rule: Rule) -> pl.LazyFrame:
    """The art is in the list of the year, for the form's kind of unit."""
    return _not_in_list(case, rule, "art", "art_sektor")


@control("013")
def kontroll_013(case: Case, rule: Rule) -> pl.LazyFrame:
    """The sector is in the list of the year."""
    return _not_in_list(case, rule, "sektor", "art_sektor")


def _not_in_list(case: Case, rule: Rule, table: str, field: str) -> pl.LazyFrame:
    codes = tables.valid(table, case.delivery.year)
    value = pl.col(field)
    if "nivaa" not in codes.columns:
        good = value.is_in(codes[table].to_list())
    else:
        level = codes.select(table, pl.col("nivaa").cast(pl.String))
        good = pl.any_horizontal(
            _may_use(name, case.delivery.year)
            & value.is_in(level.filter(pl.col("nivaa") == name)[table].to_list())
            for name in level["nivaa"].unique().sort()
        )
    # Of codes that nobody else may use either, or only Oslo, the records are looked at.
    elsewhere = case.posted.accounts.with_columns(region=pl.lit("")).filter(rule.of_forms() & ~good)
    rows = case.posted.of_accounts(pl.col("konto").is_in(elsewhere["konto"].implode()))
    return _shown(rows.filter(rule.concerns() & ~good), field)


def _may_use(level: str, year: int) -> pl.Expr:
    """Return which records may use codes of a level; Oslo, its own county, may use all but its districts' own."""
    region = pl.col("region")
    capital = region.str.slice(0, 4).is_in(units.oslo(year))
    if level in ("felles", "alle"):
        return pl.lit(value=True)
    if level == "bydel":
        return capital & ~region.str.ends_with(WHOLE_UNIT)
    return capital if level == "oslo" else capital | (pl.col("enhetstype") == level)


@control("014")
def kontroll_014(case: Case, rule: Rule) -> pl.LazyFrame:
    """The amount is blanks, an optional minus and digits."""
    rows = case.posted.where(pl.col("belop").is_null())
    return _shown(rows.filter(rule.concerns()), "belop", pl.col("belop_tekst"))


@control("015")
def kontroll_015(case: Case, rule: Rule) -> pl.LazyFrame:
    """Each account stands once; amounts on the same account are summed."""
    account = pl.concat_str(ACCOUNT[2:], separator=" ")
    several = case.entries.several.lazy().filter(rule.concerns())
    return several.select(*PLACE, felt=pl.lit("konto"), funnet=account)


@control("016")
def kontroll_016(case: Case, rule: Rule) -> pl.LazyFrame:
    """Chapters that hold a shortfall are not negative (1000 kr)."""
    rows = case.posted.of_accounts(rule.of_forms() & rule.within())
    return rows.filter(rule.concerns() & (pl.col("belop") < 0)).select(
        *PLACE,
        felt=pl.lit("belop"),
        funnet=pl.format("{} på kapittel {}", "belop", "funksjon_kapittel"),
        differanse="belop",
    )
