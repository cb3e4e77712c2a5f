"""Controls E01-E03, E05, E07-E10: was everything delivered, once, whole, and by those it should be?

What this project asks beyond Statistics Norway's control program, see controls.csv.
"""

from __future__ import annotations

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.controls.rules import ACCOUNT, BREACH, Case, Rule, control, entries, posted
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
    "is no CSV": "er ikke CSV",
    "is no ledger": "er ingen hovedbok; ingen av overskriftene er kjent",
    "has an unknown heading": "har en ukjent overskrift",
    "has letters that are not in one encoding": "har ikke alle tegn i ett tegnsett",
    "has two columns for one field": "har to kolonner for samme felt",
    "lacks a column": "mangler en kolonne",
    "has amounts without a unit": "har beløp uten enhet",
    "has no column of the year": "har ingen kolonne for året, og ligger ikke i mappen for et år",
}
MONTHS = 12  # entries that are the same every month are none too many


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


@control("E02")
def kontroll_e02(case: Case, rule: Rule) -> pl.LazyFrame:
    """No account of a form comes in two files, nor the lines of most of them several times in one.

    A form may come in parts: several files without an account in common.
    """
    lines = posted(case).filter(rule.concerns())
    forms = ["skjema", "region"]
    # Only these are gathered account by account.
    in_parts = lines.select(*forms, "fil").unique().group_by(forms).len().filter(pl.col("len") > 1)
    in_files = (
        lines.join(in_parts, on=forms, how="semi", nulls_equal=True)
        .group_by(ACCOUNT)
        .agg(pl.col("fil").unique().sort())
        .filter(pl.col("fil").list.len() > 1)
        .group_by(forms)
        .agg(pl.col("fil").explode().unique().sort().str.join(", "), konti=pl.len())
        .select(
            "skjema",
            "region",
            "fil",
            felt=pl.lit("fil"),
            funnet=pl.format("{} konti står i flere filer", "konti"),
        )
    )
    within = (
        _copied(entries(case).filter(rule.concerns()))
        .filter(
            (pl.col("dobbelt") >= rule.fewest)
            & (100 * pl.col("dobbelt") >= rule.least * pl.col("konti"))
        )
        .select(
            "skjema",
            "region",
            "fil",
            felt=pl.lit("fil"),
            funnet=pl.format(
                "{} av {} konti står flere ganger med samme beløp", "dobbelt", "konti"
            ),
        )
    )
    return pl.concat([in_files, within])


def _copied(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Return how many accounts of a form in a file (konti) have lines that came several times (dobbelt).

    Forms in files where no line has its like are left out.
    Several lines on an account are allowed (control 015), and so are equal ones. What tells a delivery that
    was appended to another:

    - An account stands several times with one and the same amount, or each of its amounts an even number
      of times (or one that three divides). In a ledger of entries, those of one account seldom are so, and
      those of most accounts never; but for entries that are the same every month: twelve times does not count.
    - All lines, in the order of the file, are a block of lines and the same again (so all accounts count),
      but for a block that stands twelve times. So twelve equal entries a month are seen as well when they
      were appended to themselves.
    """
    unit = ["skjema", "region", "fil"]
    times = pl.col("ganger")
    # Few files have equal lines; hashes tell which cannot, and two lines that share one by chance do no harm.
    alike = pl.struct("fil", *ACCOUNT, "ore").hash().is_duplicated()
    candidates = lines.filter(alike).select(unit).unique()
    lines = lines.join(candidates, on=unit, how="semi", nulls_equal=True)
    amounts = lines.group_by("fil", *ACCOUNT, "ore").agg(ganger=pl.len())
    one_amount = (pl.len() == 1) & (times.first() > 1)
    again = one_amount | (times % 2 == 0).all() | (times % 3 == 0).all()
    accounts = amounts.group_by("fil", *ACCOUNT).agg(
        dobbelt=again & ~(times % MONTHS == 0).all(), alle=(times > 1).all()
    )
    units = accounts.group_by(unit).agg(
        pl.col("dobbelt").sum(), konti=pl.len(), alle=pl.col("alle").all()
    )
    # Only where each line has its like are they compared in their order.
    blocks = (
        lines.join(units.filter("alle"), on=unit, how="semi")
        .with_columns(hva=pl.concat_str(*ACCOUNT[2:], "ore", separator=" ").fill_null(""))
        .group_by(unit)
        .agg(pl.col("hva").sort_by("linje"))
        .select(*unit, ganger=pl.col("hva").map_elements(_repeats, return_dtype=pl.Int64))
    )
    repeated = (times > 1) & (times != MONTHS)
    return units.join(blocks, on=unit, how="left").with_columns(
        dobbelt=pl.when(repeated).then("konti").otherwise("dobbelt")
    )


def _repeats(lines: pl.Series) -> int:
    """Return how many times a block of lines stands, one after the other, where it is all there is."""
    found = lines.to_list()
    # How many of the first lines the lines up to each one end with.
    ends = [0] * len(found)
    for at in range(1, len(found)):
        length = ends[at - 1]
        while length and found[at] != found[length]:
            length = ends[length - 1]
        ends[at] = length + (found[at] == found[length])
    block = len(found) - ends[-1]
    return len(found) // block if len(found) % block == 0 else 1


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
    there = posted(case).filter(rule.concerns()).select("skjema", "region", "fil")
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
        posted(case)
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
    there = case.delivery.records.lazy().filter(rule.concerns())
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
        posted(case)
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
        posted(case)
        .filter(rule.concerns() & (pl.col("regnskap") == "drift"))
        .select("region")
        .unique()
    )
