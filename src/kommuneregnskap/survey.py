"""One survey: the accounts of those who answered in a year, ready for the sections.

Evaluated accounts are kept in a cache folder under the hash of everything they depend on (account
files, code tables, definitions, this package), so six notebooks read what was evaluated once.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kommuneregnskap import demo, indicators, ledger, paths, tables, units
from kommuneregnskap.errors import UsageError

YEARS_BEFORE = (
    3  # growth of the year and the two before it needs the accounts of three earlier years
)
CACHED_SURVEYS = 24  # a few megabytes each; the oldest go first


@dataclass(frozen=True)
class Survey:
    """The accounts of one survey year with the years before it.

    year, source, scope: what was asked for; years: accounting years that have accounts.
    enheter: `frames.Enheter` of the survey year and `kobling`, `har_drift`, `har_balanse`.
    indikatorer: `frames.Indikatorer` of all years for all units, with `kobling` and `type`.
    poster, balanse: the ledger behind it (lazy). inputs: sha256 per file read. synthetic: whether
    the accounts are invented. notes: what is missing and why, in bokmål, for the reader.
    """

    year: int
    source: str
    scope: str
    years: tuple[int, ...]
    enheter: pl.DataFrame
    indikatorer: pl.DataFrame
    poster: pl.LazyFrame
    balanse: pl.LazyFrame
    inputs: dict[str, str]

    @property
    def synthetic(self) -> bool:
        """Whether the accounts are invented (the bundled demo panel)."""
        return self.source == "demo"

    @property
    def notes(self) -> list[str]:
        """Return, in bokmål, what cannot be computed and why."""
        result = []
        missing = [
            year for year in range(self.year - YEARS_BEFORE, self.year) if year not in self.years
        ]
        if self.year - 1 in missing:
            result.append(
                f"Vekst og endring fra {self.year - 1} er ikke beregnet: kilden har ingen regnskaper "
                f"for {self.year - 1}."
            )
        elif missing:
            result.append(
                "Vekst i tidligere år er ikke beregnet: kilden har ingen regnskaper for "
                + ", ".join(str(year) for year in missing)
                + "."
            )
        answered = self.enheter.filter("svart")
        without_balance = answered.filter(~pl.col("har_balanse")).height
        if without_balance:
            result.append(
                f"{without_balance} enheter har levert bevilgningsregnskap uten balanse og er ikke "
                "med i tallene om fond."
            )
        return result

    def panel(self, kind: str = "kommune") -> pl.DataFrame:
        """Return the totals of those who answered, a row per unit of the survey year.

        Out: aar, region, kobling, folkemengde (persons), stoerrelsesgruppe, then one column per
        concept (1000 kr). `kind`: `kommune` or `fylkeskommune`.
        """
        answered = self.enheter.filter(pl.col("svart") & (pl.col("type") == kind))
        own = self.indikatorer.filter(pl.col("aar") == self.year)
        return answered.select("aar", "region", "kobling", "folkemengde", "stoerrelsesgruppe").join(
            indicators.wide(own, "region"), on="region", how="inner", maintain_order="left"
        )

    def matched(self, year: int, kind: str = "kommune") -> pl.DataFrame:
        """Return the indicators of `year` and the year before for the same respondents.

        The same respondents: units of the survey year that answered, tied across renumberings and
        splits (`units.links`), all of whose parts have accounts in both years. Out: `aar`,
        `kobling`, `begrep`, `tjenesteomraade`, `belop` (1000 kr), empty where the source lacks
        either year.
        """
        of_kind = self.enheter.filter(pl.col("type") == kind)
        whole = (
            of_kind.group_by("kobling").agg(pl.col("svart").all()).filter("svart").select("kobling")
        )
        rows = self.indikatorer.filter(
            pl.col("aar").is_in([year - 1, year]) & (pl.col("type") == kind)
        ).join(whole, on="kobling", how="semi")
        complete = self._complete(year, kind)
        return (
            rows.join(complete, on="kobling", how="semi")
            .group_by("aar", "kobling", "begrep", "tjenesteomraade")
            .agg(pl.col("belop").sum())
            .sort("aar", "kobling", "begrep", "tjenesteomraade")
        )

    def _complete(self, year: int, kind: str) -> pl.DataFrame:
        """Return the `kobling`s all of whose parts have accounts in `year` and the year before."""
        have = (
            self.indikatorer.filter(pl.col("type") == kind)
            .select("aar", "region")
            .unique()
            .with_columns(har=pl.lit(value=True))
        )
        parts = pl.concat(
            [
                units.with_link(
                    units.frame(each).filter(pl.col("type") == kind).select("aar", "region"),
                    *_span(self.year),
                ).collect()
                for each in (year - 1, year)
                if each in self.years
            ]
            or [pl.DataFrame(schema={"aar": pl.Int32, "region": pl.String, "kobling": pl.String})]
        )
        return (
            parts.join(have, on=["aar", "region"], how="left")
            .group_by("kobling")
            .agg(
                hele=pl.col("har").fill_null(value=False).all(),
                aar=pl.col("aar").n_unique(),
            )
            .filter(pl.col("hele") & (pl.col("aar") == 2))
            .select("kobling")
        )


def _span(year: int) -> tuple[int, int]:
    return year - YEARS_BEFORE, year


def open_survey(
    *, year: int, source: str = "demo", scope: str = "kasse", data_dir: str = ""
) -> Survey:
    """Open the survey of accounting year `year`.

    source: `demo` (the bundled synthetic panel, built when missing) or `kostra` (account files in
    `data_dir`, else in data/raw). scope: `kasse` or `konsolidert`. Reads the survey year and the
    three before it, as far as the source has them.

    Raises UsageError for a year, source or scope that is not there (naming those that are), and
    DataError for a file or table that is not as it must be.
    """
    folder = ledger.source_folder(source, data_dir)
    if source == "demo":
        demo.ensure_panel(folder)
    available = ledger.years_available(source, data_dir)
    if year not in available:
        raise UsageError(_no_year(year, source, folder, available))
    years = [each for each in range(year - YEARS_BEFORE, year + 1) if each in available]
    inputs = ledger.content_hashes(folder, years)
    store = paths.cache() / _key(inputs, year, scope)
    if not store.is_dir():
        _evaluate_into(store, folder, years, year, scope)
    return Survey(
        year=year,
        source=source,
        scope=scope,
        years=tuple(years),
        enheter=pl.read_parquet(store / "enheter.parquet"),
        indikatorer=pl.read_parquet(store / "indikatorer.parquet"),
        poster=pl.scan_parquet(store / "poster.parquet"),
        balanse=pl.scan_parquet(store / "balanse.parquet"),
        inputs=inputs,
    )


def _no_year(year: int, source: str, folder: Path, available: list[int]) -> str:
    if not available:
        return (
            f"no account files in {folder}; put KOSTRA files there (or in a folder per year), or "
            "give their folder with DATA=folder"
        )
    years = ", ".join(str(each) for each in available)
    return f"YEAR is {year}; the source {source} has accounts for: {years}"


def definition_hashes() -> dict[str, str]:
    """Return sha256 of every table that the evaluation depends on: name → hash."""
    names = [
        *tables.KEYS,
        "skjema",
        "kommune_endring",
        "fylke_endring",
        "folkemengde",
        "stoerrelsesgruppe",
    ]
    return {name: ledger.file_hash(tables.file_of(name)) for name in sorted(names)}


def code_hash() -> str:
    """Return the sha256 of this package's Python files."""
    digest = hashlib.sha256()
    for path in sorted(paths.source_code().rglob("*.py")):
        digest.update(str(path.relative_to(paths.source_code())).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _key(inputs: dict[str, str], year: int, scope: str) -> str:
    """Name everything that evaluated accounts depend on."""
    content = {
        "inputs": inputs,
        "definitions": definition_hashes(),
        "code": code_hash(),
        "polars": pl.__version__,
        "year": year,
        "scope": scope,
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"{year}-{scope}-{digest[:20]}"


def evaluate_years(
    poster: pl.LazyFrame, balanse: pl.LazyFrame, years: Sequence[int]
) -> pl.DataFrame:
    """Evaluate all definitions for the years of a survey, the survey year last.

    In: `frames.Poster` and `frames.Balanse`. Out: `frames.Indikatorer` with `kobling` (who is who
    across renumberings, see `units.links`) and `type`. Amounts in 1000 kr.
    """
    evaluated = pl.concat([indicators.evaluate(poster, balanse, year) for year in years])
    kinds = pl.concat([units.frame(year) for year in years]).select("aar", "region", "type")
    return (
        units.with_link(evaluated, *_span(years[-1]))
        .join(kinds.lazy(), on=["aar", "region"], how="left", maintain_order="left")
        .collect()
    )


def _evaluate_into(store: Path, folder: Path, years: list[int], year: int, scope: str) -> None:
    """Read and evaluate, write under a temporary name, rename; clean out older entries of the kind."""
    accounts = ledger.load(folder, years, year, scope)
    poster, balanse = pl.collect_all([accounts.poster, accounts.balanse])
    indikatorer = evaluate_years(poster.lazy(), balanse.lazy(), years)
    enheter = _enheter(year, accounts)
    if enheter.filter("svart").is_empty():
        raise UsageError(
            f"no unit has delivered {scope} accounts for {year} in {folder}; other scope: "
            + ", ".join(name for name in ledger.SCOPES if name != scope)
        )
    store.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".part-", dir=store.parent))
    try:
        enheter.write_parquet(temporary / "enheter.parquet")
        indikatorer.write_parquet(temporary / "indikatorer.parquet")
        poster.write_parquet(temporary / "poster.parquet")
        balanse.write_parquet(temporary / "balanse.parquet")
        _publish(temporary, store)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _publish(temporary: Path, store: Path) -> None:
    try:
        temporary.replace(store)
    except OSError:
        if not store.is_dir():  # else another process was quicker with the same content
            raise
    entries = sorted(store.parent.glob("2*"), key=lambda path: path.stat().st_mtime_ns)
    for path in entries[:-CACHED_SURVEYS]:
        shutil.rmtree(path, ignore_errors=True)


def _enheter(year: int, accounts: ledger.Ledger) -> pl.DataFrame:
    """Return the frame of the survey year with who answered and what they delivered."""
    delivered = accounts.delivered.filter(pl.col("aar") == year).drop("aar")
    listed = accounts.respondents
    answered = pl.col("har_drift")
    if listed is not None:
        answered = answered & pl.col("region").is_in(listed.to_list())
    return (
        units.with_link(units.frame(year), *_span(year))
        .join(delivered.lazy(), on="region", how="left", maintain_order="left")
        .with_columns(pl.col("har_drift", "har_balanse").fill_null(value=False))
        .with_columns(svart=answered)
        .collect()
    )
