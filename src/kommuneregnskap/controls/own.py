"""Controls E01, E03, E05, E07-E10: was everything delivered, whole, and by those it should be?

What this project asks beyond Statistics Norway's control program, see controls.csv.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.controls.rules import BREACH, Case, Rule, control
from kommuneregnskap.tables import units
from kommuneregnskap.tables.register import WHOLE_UNIT, regions_of

PROBLEMS = {
    "cannot be read": "kan ikke leses",
    "unpacks to more": "pakker ut til mer enn et år kan være",
    "is a link": "er en lenke ut av mappen",
    "the archive's member": "har et medlem som klatrer ut av arkivet, eller står to ganger i det",
    "has a member without a name": "har et medlem uten navn, eller med tegnet NUL i navnet",
    "has another number of members": "har et annet antall medlemmer enn det selv oppgir",
    "begins with something else": "begynner med noe annet enn sitt første medlem",
    "has no member": "har ingen fil som kan holde poster",
    "is no ordinary file": "er ingen vanlig fil",
    "the file holds no records": "har ingen linjer",
    "holds no line that begins": "har ingen poster; ingen linje begynner med skjema og årgang",
    "is a spreadsheet or another packed": "er et regneark eller et annet pakket dokument; lagre hovedboken som CSV",
    "is a spreadsheet or document of an old": "er et regneark eller dokument av gammelt slag; lagre hovedboken som CSV",
    "is a parquet file": "er en parquet-fil; lagre hovedboken som CSV",
    "is a PDF": "er en PDF; lever regnskapsfilen selv, som tekst",
    "is a picture": "er et bilde; lever regnskapsfilen selv, som tekst",
    "is an archive of another": "er et arkiv av et annet slag eller navn; pakk filene som .zip",
    "is text in UTF-16": "er tekst i UTF-16; lagre den i ISO-8859-1, én byte for hvert tegn",
    "is a web page": "er en nettside eller en annen tekst med oppmerking; lever regnskapsfilen selv, som tekst",
    "is no CSV": "er ikke CSV",
    "is no ledger": "er ingen hovedbok; ingen av overskriftene er kjent",
    "has an unknown heading": "har en ukjent overskrift",
    "has letters that are not in one encoding": "har ikke alle tegn i ett tegnsett",
    "has two columns for one field": "har to kolonner for samme felt",
    "lacks a column": "mangler en kolonne",
    "has amounts without a unit": "har beløp uten enhet",
    "has no column of the year": "har ingen kolonne for året, og ligger ikke i mappen for et år",
}


@control("E01")
def kontroll_e01(case: Case, _rule: Rule) -> pl.LazyFrame:
    """Every file can be read and holds at least one line."""
    rows = [
        {
            "region": "",
            "fil": str(error.file),
            "linje": error.line,
            "felt": "fil",
            "funnet": _in_norwegian(error.problem),
        }
        for error in case.delivery.problems
    ]
    return pl.LazyFrame(
        rows, schema={name: BREACH[name] for name in ("region", "fil", "linje", "felt", "funnet")}
    )


def _in_norwegian(problem: str | None) -> str:
    text = problem or ""
    for start, words in PROBLEMS.items():
        if text.startswith(start):
            reason = text[text.find("(") :] if "(" in text else ""
            return f"{words} {reason}".strip()
    return text


@control("E03")
def kontroll_e03(case: Case, rule: Rule) -> pl.LazyFrame:
    """Appropriation accounts and balance sheet are delivered together."""
    forms = tables.read("skjema").select(
        "skjema",
        pl.col("regnskapsomfang", "enhetstype").cast(pl.String),
        balanse=pl.col("regnskap").cast(pl.String) == "balanse",
    )
    other = forms.unique().join(
        forms.unique().select(
            "regnskapsomfang", "enhetstype", ~pl.col("balanse"), mangler="skjema"
        ),
        on=["regnskapsomfang", "enhetstype", "balanse"],
    )
    there = case.posted.units.lazy().filter(rule.concerns()).select("skjema", "region", "fil")
    wanted = there.unique(["skjema", "region"], keep="first", maintain_order=True).join(
        other.lazy().select("skjema", "mangler"), on="skjema"
    )
    return wanted.join(
        there, left_on=["mangler", "region"], right_on=["skjema", "region"], how="anti"
    ).select(
        "skjema",
        "region",
        "fil",
        felt=pl.lit("skjema"),
        funnet=pl.format("{} uten {}", "skjema", "mangler"),
    )


@control("E05")
def kontroll_e05(case: Case, rule: Rule) -> pl.LazyFrame:
    """Regions that deliver without being a unit of the survey are controlled, but not in the numbers."""
    special = tables.valid("saerregion", case.delivery.year).select("region", "navn")
    return (
        case.posted.units.lazy()
        .filter(rule.concerns())
        .unique(["skjema", "region", "fil"], maintain_order=True)
        .join(special.lazy(), on="region")
        .select("skjema", "region", "fil", felt=pl.lit("region"), funnet="navn")
    )


@control("E07")
def kontroll_e07(case: Case, rule: Rule) -> pl.LazyFrame:
    """Everyone in respondenter.csv has delivered an operating account; numbers must be of the year."""
    year = case.delivery.year
    register = regions_of(year, oppdiktet=case.delivery.invented).select(
        "region", kjent=pl.lit(value=True)
    )
    absent = (
        pl.LazyFrame({"region": _listed(case) + WHOLE_UNIT})
        .join(_answered(case, rule), on="region", how="anti")
        .join(register.lazy(), on="region", how="left")
        .with_columns(nummer=pl.col("region").str.strip_suffix(WHOLE_UNIT))
        .join(units.renumbered(year).lazy(), on="nummer", how="left")
    )
    why = (
        pl.when("kjent")
        .then(pl.lit("ingen levering"))
        .otherwise(pl.coalesce("endret", pl.lit("ukjent nummer")))
    )
    return absent.select("region", felt=pl.lit("region"), funnet=why)


@control("E08")
def kontroll_e08(case: Case, rule: Rule) -> pl.LazyFrame:
    """Appropriation accounts have an operating account."""
    there = case.posted.delivered.lazy().filter(rule.concerns())
    return (
        there.unique(["skjema", "region"], keep="first", maintain_order=True)
        .join(_answered(case, rule), on="region", how="anti")
        .select(
            "skjema", "region", "fil", felt=pl.lit("regnskap"), funnet=pl.lit("ingen beløp i drift")
        )
    )


@control("E09")
def kontroll_e09(case: Case, rule: Rule) -> pl.LazyFrame:
    """Whoever has delivered is on the list of those who answered, where there is one."""
    if case.listed is None:
        return pl.LazyFrame(schema={"skjema": pl.String, "region": pl.String})
    special = tables.valid("saerregion", case.delivery.year)["region"].to_list()
    return (
        case.posted.units.lazy()
        .filter(rule.concerns() & ~pl.col("region").is_in(special))
        .unique(["skjema", "region"], keep="first", maintain_order=True)
        .join(pl.LazyFrame({"region": _listed(case) + WHOLE_UNIT}), on="region", how="anti")
        .select("skjema", "region", "fil", felt=pl.lit("region"), funnet=pl.lit("ikke på listen"))
    )


@control("E10")
def kontroll_e10(case: Case, _rule: Rule) -> pl.LazyFrame:
    """Accounts of enterprises and others are not part of the survey, and are not read."""
    names = tables.read("andre_skjema").select("skjema", "navn")
    return (
        case.delivery.foreign.lazy()
        .join(names.lazy(), on="skjema")
        .select("skjema", "region", "fil", felt=pl.lit("skjema"), funnet="navn")
    )


def _listed(case: Case) -> pl.Series:
    listed = case.listed if case.listed is not None else pl.Series([], dtype=pl.String)
    return listed.cast(pl.String)


def _answered(case: Case, rule: Rule) -> pl.LazyFrame:
    """Return the regions with an operating account: region."""
    return (
        case.posted.units.lazy()
        .filter(rule.concerns() & (pl.col("regnskap") == "drift"))
        .select("region")
        .unique()
    )
