"""One survey: the accounts of those who answered in a year, ready for the sections."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import TypeVar

import polars as pl

from kommuneregnskap import sources
from kommuneregnskap.controls import findings, touching
from kommuneregnskap.indicators import evaluate
from kommuneregnskap.sources.source import INVENTED, Gives, Source
from kommuneregnskap.support.cache import Kept
from kommuneregnskap.survey import coverage, frames, matching
from kommuneregnskap.survey import notes as survey_notes
from kommuneregnskap.survey.open_figures import OpenData
from kommuneregnskap.survey.request import Request
from kommuneregnskap.tables import choices, hashes, units
from kommuneregnskap.tables import coverage as limits
from kommuneregnskap.tables.choices import Choices
from kommuneregnskap.tables.reads import Memo, Reads, once

IN_THE_YEAR = "i_aaret"
Made = TypeVar("Made")
PRINTED = {"aar": pl.Int32, "region": pl.String, "begrep": pl.String, "verdi": pl.Float64}


@dataclass(frozen=True)
class Survey:
    """The accounts of one survey year with the years before it. It does not change; another is made of it.

    year, source, scope: what was asked for; years: accounting years that have accounts.
    enheter: `frames.Enheter` of the survey year.
    indikatorer: `frames.LinkedIndikatorer` of all years for all units.
    poster, balanse: the ledger behind it (lazy). inputs: sha256 per file read. synthetic: whether
    the accounts are invented. notes: what is missing and why, in bokmål, for the reader.
    kontroll: what the controls found (`controls.findings.FINDING`). utelatt: the units they stopped
    (`findings.stopped`), and whether they are counted all the same because not one unit passed.
    rettelser: the corrections used. linjer: what became of every delivered line, by file, and forbigaatt: what
    was passed over as a whole (`kostra.tally`; nothing on open figures). svart_foer: who answered the
    surveys of the years before (aar, region). kept: the frames as the cache has them, of those left out as well;
    None of open figures. open: what is known of Statistics Norway's open figures
    where they are the source, else None. request: what was asked for, of open figures with the
    snapshot that was the newest then. choices: those of the
    open choices that are not made as usual. regions: of whom alone the numbers are (`of_regions`). reads: the
    tables that it was opened by.
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
    kontroll: pl.DataFrame
    utelatt: pl.DataFrame
    rettelser: pl.DataFrame
    request: Request
    svart_foer: pl.DataFrame = field(default_factory=matching.nobody)
    linjer: pl.DataFrame = field(default_factory=pl.DataFrame)
    forbigaatt: pl.DataFrame = field(default_factory=pl.DataFrame)
    open: OpenData | None = None
    kept: Kept | None = None
    choices: Choices = ()
    regions: frozenset[str] | None = None
    reads: Reads = field(default_factory=Reads, repr=False, compare=False)
    # What every section asks for: pairs of years, totals, numbers (`once`); not carried over to a changed copy.
    _known: Memo = field(default_factory=dict, init=False, repr=False, compare=False)
    # The survey with other sizes and size groups, by the choices that say so.
    _resized: dict[tuple[object, ...], Survey] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    # What follows from the accounts alone, whoever answered and whatever is chosen: carried over where they are.
    _of_accounts: Memo = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def synthetic(self) -> bool:
        """Whether the figures are invented: the bundled demo panel, or a server that says so."""
        return self.origin.synthetic or (self.open is not None and self.open.synthetic)

    @property
    def origin(self) -> Source:
        """The source that was asked for: its words, and what it gives."""
        return sources.named(self.source)

    @property
    def gives(self) -> Gives:
        """What the source gives: rows, respondents, controls (`source.Gives`)."""
        return self.origin.gives

    @property
    def figures(self) -> OpenData:
        """What is known of the snapshot behind a survey that gives snapshots; asking another is a mistake."""
        if self.open is None:
            raise ValueError(f"a survey on {self.source} has no snapshot")
        return self.open

    @property
    def panel_name(self) -> str:
        """The panel of open figures that was asked for; empty where the source has none."""
        return self.open.panel if self.open is not None else ""

    @property
    def whose(self) -> dict[str, str]:
        """What every row of a table says of where its number comes from: column → text."""
        snapshot = (
            {"uttrekk": self.open.snapshot, "vintage": self.open.vintage}
            if self.open is not None
            else {}
        )
        return {"regnskaper": self.accounts} | snapshot

    @property
    def fingerprint(self) -> str:
        """Name what the numbers of this survey are computed from: who answered, what they have, choices."""
        frames = (self.enheter, self.indikatorer, self.svart_foer)
        sums = [str(frame.hash_rows().sum()) for frame in frames]
        return "-".join([*sums, choices.text(self.choices)])

    @property
    def made_from(self) -> dict[str, object]:
        """What is computed of this survey is kept by, besides code and tables (`tables.kept`)."""
        return {
            "inputs": self.inputs,
            "source": [self.source, self.request.data_dir],
            "scope": self.scope,
            "panel": self.panel_name,
            "survey": self.fingerprint,
        }

    @property
    def accounts(self) -> str:
        """What every row of a table says of where its number comes from: `source.Source.accounts`."""
        return INVENTED if self.synthetic else self.origin.accounts

    def of_regions(self, regions: Collection[str]) -> Survey:
        """Return the survey as if only these regions (four digits), of those with figures, had answered."""
        among = pl.col("region").is_in(list(regions))
        answered = self.enheter.with_columns(svart=pl.col("har_drift") & among)
        other = replace(self, enheter=answered, regions=frozenset(regions))
        object.__setattr__(other, "_of_accounts", self._of_accounts)
        return other

    def said_of(self, kind: str = "kommune") -> pl.DataFrame:
        """Return the units that numbers are said of, whether or not the source has all they need: rows of `enheter`."""
        return coverage.said_of(self.enheter, self.year, kind, self.panel_name, self.regions)

    def said_of_both(self, year: int, kind: str = "kommune", *, whose: str = "") -> pl.DataFrame:
        """Return the units that comparisons of `year` and the year before are said of: kobling. See `compared`."""
        parts = self.comparable(year, kind).parts
        if (whose or self.setting("fjoraar")) != matching.SAME:
            parts = parts.clear()
        return coverage.compared(self.enheter, self.said_of(kind), self.year, parts, kind)

    def known(self, *columns: str | pl.Expr) -> pl.Expr:
        """Return who has every one of these amounts: whom a number made of them is computed from.

        Of accounts in which an amount that is not there is nothing: everybody.
        """
        if self.gives.whole:
            return pl.lit(value=True)
        named = [pl.col(each) if isinstance(each, str) else each for each in columns]
        return pl.all_horizontal(each.is_not_null() for each in named)

    def needed(self, kind: str = "kommune", *, compared: int | None = None) -> int:
        """Return how many must have an amount before it is summed for all, for `kr.total`.

        One, where what is not there is nothing; else as many of those that numbers are said of as coverage.csv asks
        for. compared: the later of two years, of sums over `Survey.compared` of it.
        """
        if self.gives.whole:
            return 1
        whose = self.said_of(kind) if compared is None else self.said_of_both(compared, kind)
        return limits.needed(limits.AMOUNTS, len(whose))

    @property
    def notes(self) -> list[str]:
        """Return, in bokmål, what the accounts are and are not, what cannot be computed and why."""
        of_year = [*survey_notes.carried(self.year), *survey_notes.waiting(self.year)]
        if not self.gives.snapshots:
            return [*of_year, *self.gaps]
        return [
            *of_year,
            *survey_notes.who(self.enheter, self.figures),
            *survey_notes.lacking(self.year, self.scope, self.indikatorer, self.figures),
            *survey_notes.partly(self.enheter, self.panel(), self.year),
            *self._missing,
        ]

    @property
    def gaps(self) -> list[str]:
        """Return, in bokmål, what cannot be computed and why: what stands where a number is missing."""
        absent = [survey_notes.absent(self.scope)] if self.gives.snapshots else []
        return [*absent, *self._missing]

    @property
    def _missing(self) -> list[str]:
        return survey_notes.missing(
            self.year,
            self.years,
            self.enheter,
            self.utelatt,
            self.rettelser,
            self.open,
        )

    @property
    def unpassed(self) -> bool:
        """Whether not one unit passed the controls, so that those stopped are counted all the same."""
        return bool(self.utelatt["regnet_med"].any())

    @property
    def touched(self) -> dict[str, frozenset[str]]:
        """The concepts that errors bear on in accounts that are counted all the same: by control.

        Empty where those who are counted passed the controls.
        """
        if not self.unpassed:
            return {}

        def found() -> dict[str, frozenset[str]]:
            counted = self.utelatt.filter("regnet_med")
            own = findings.with_scope(self.kontroll).filter(
                pl.col("omfang").is_in(["", self.scope])
            )
            own = own.join(counted, on=["aar", "region"], how="semi").drop("omfang")
            among = pl.col("region").is_in(counted["region"].str.slice(0, 4).to_list())
            result: dict[str, frozenset[str]] = {}
            for year in counted["aar"].unique().sort():
                of_year = among & (pl.col("aar") == year)
                poster, balanse = (
                    frame.filter(of_year).collect() for frame in (self.poster, self.balanse)
                )
                for number, concepts in touching.touched(own, poster, balanse, year).items():
                    result[number] = result.get(number, frozenset()) | concepts
            return result

        return self.of_accounts(("touched",), found)

    @property
    def alone(self) -> dict[str, str] | None:
        """The one municipality whose accounts these are: region, navn, fylke; None where more are in, or a county is.

        A report of its own files speaks of it, not of a survey. None of invented accounts; who was left out is counted.
        """
        answered = self.enheter.filter("svart")
        if self.synthetic or not self.gives.respondents or answered.height != 1:
            return None
        row = answered.row(0, named=True)
        own = pl.col("region").str.slice(0, 4) == row["region"]
        others = self.utelatt.filter((pl.col("aar") == self.year) & ~own)
        if row["type"] != "kommune" or len(others):
            return None
        return {name: row[name] for name in ("region", "navn", "fylke")}

    def with_left_out(self) -> Survey:
        """Return the survey as it would be with the units that were left out and can be added up.

        For showing what the controls change; never for a verdict.
        """
        if self.kept is None:
            raise ValueError(f"a survey on {self.source} leaves nobody out")
        apart = {
            name: self.kept.frame(f"utelatt_{name}")
            for name in ("enheter", "poster", "balanse", "indikatorer")
        }
        return replace(
            self,
            enheter=apart["enheter"],
            indikatorer=pl.concat([self.indikatorer, apart["indikatorer"]]),
            poster=pl.concat([self.poster, apart["poster"].lazy()]),
            balanse=pl.concat([self.balanse, apart["balanse"].lazy()]),
        )

    def panel(self, kind: str = "kommune") -> pl.DataFrame:
        """Return the totals of those who answered, a row per unit of the survey year.

        Out: aar, region, kobling, folkemengde (persons), stoerrelsesgruppe, then one column per
        concept (1000 kr; empty where the source does not give it). `kind`: `kommune` or
        `fylkeskommune`.
        """
        return self.of_answers(("totals", kind), lambda: self._totals(kind))

    def _totals(self, kind: str) -> pl.DataFrame:
        answered = self.enheter.filter(pl.col("svart") & (pl.col("type") == kind))
        own = self.indikatorer.filter(pl.col("aar") == self.year)
        return answered.select("aar", "region", "kobling", "folkemengde", "stoerrelsesgruppe").join(
            evaluate.completed(evaluate.wide(own, "region"), self.year),
            on="region",
            # Open figures may give percentages only; who has no accounts is nobody to count.
            how="inner" if self.gives.whole else "left",
            maintain_order="left",
        )

    def everyone(self, kind: str = "kommune") -> pl.DataFrame:
        """Return all units of the survey year, a row each, whether they answered or not.

        Out: aar, region, navn, fylke, type, folkemengde (persons), stoerrelsesgruppe, kobling, har_drift,
        har_balanse (Bool: the source has their accounts), svart (Bool: they answered), oslo (Bool).
        """
        return frames.listed(self.enheter, self.year, kind)

    def areas(self, concept: str, kind: str = "kommune") -> pl.DataFrame:
        """Return what a concept comes to by service area, a row for each unit that answered and each area.

        Out: region, kobling, folkemengde (persons), stoerrelsesgruppe, tjenesteomraade, belop (1000 kr; 0 where
        nothing is posted in account files, empty where the source does not give it), foert (Bool: whether the unit
        has posted anything there). All areas of the survey year, the other ways to draw their lines too: of
        `oppdeling` hoved there is no overlap. An area that a choice makes of another area's functions has those.
        """
        rows = self.indikatorer.filter(
            (pl.col("aar") == self.year) & (pl.col("begrep") == concept) & (pl.col("type") == kind)
        )
        made_of = frames.areas(self.year, kind, self.choices)
        return frames.by_area(self.panel(kind), rows, made_of, whole=self.gives.whole)

    def compared(
        self, year: int | None = None, kind: str = "kommune", *, whose: str = ""
    ) -> pl.DataFrame:
        """Return the same units in a year, usually the survey year, and the year before, a row each.

        Who is compared with whom: `matched`. Out: kobling (the unit, with all that was merged into it or split
        from it), folkemengde (persons of the survey year), stoerrelsesgruppe, then for each concept `<concept>` and
        `<concept>_foer` (1000 kr; empty where the source does not give it); no rows where it lacks either year.
        """
        year = self.year if year is None else year
        people = frames.inhabitants(self.enheter, kind, self.choices)
        matched = self.matched(year, kind, whose=whose)
        return frames.side_by_side(matched, year, people, self.year)

    def compared_areas(self, concept: str, year: int | None = None) -> pl.DataFrame:
        """Return the same municipalities in two years by service area, a row for each of them and each area.

        Out: kobling, folkemengde, stoerrelsesgruppe, tjenesteomraade, naa, foer (1000 kr in the year and in the
        year before it). Units and years as `compared`, areas and what is empty as `areas`.
        """
        year = self.year if year is None else year
        return frames.areas_side_by_side(
            self.matched(year).filter(pl.col("begrep") == concept),
            year,
            frames.inhabitants(self.enheter, "kommune", self.choices),
            frames.areas(self.year, "kommune", self.choices),
            whole=self.gives.whole,
        )

    def printed(self, begrep: str) -> pl.DataFrame:
        """Return a percentage that the source prints per unit: region, trykt (percent); mostly none."""
        own = (pl.col("aar") == self.year) & (pl.col("begrep") == begrep)
        return self.all_printed.filter(own).select("region", trykt="verdi")

    @property
    def all_printed(self) -> pl.DataFrame:
        """The percentages that the source prints per unit: aar, region, begrep, verdi (percent); mostly none."""
        return self.open.prosent if self.open is not None else pl.DataFrame(schema=PRINTED)

    def matched(self, year: int, kind: str = "kommune", *, whose: str = "") -> pl.DataFrame:
        """Return the indicators of `year` and the year before for the same respondents.

        Who is compared with whom: `matching.pairs`, as the choices of the survey have it (`fjoraar` and
        `delte`; `whose` puts another in place of the first). Out: `aar`, `kobling`, `begrep`,
        `tjenesteomraade`, `belop` (1000 kr), empty where the source lacks either year.
        """
        whose = whose or self.setting("fjoraar")
        split = self.setting("delte") if kind == "kommune" else matching.BOTH
        return self.of_answers(
            ("matched", year, kind, whose, split),
            lambda: (
                matching.answered(self._accounts, self.comparable(year, kind), kind)
                if whose == matching.SAME
                else matching.pairs(self._accounts, year, kind, whose=whose, split=split)
            ),
        )

    def comparable(self, year: int, kind: str = "kommune") -> matching.Everyone:
        """Return the indicators of `year` and the year before of all that can be compared, whoever answered."""
        split = self.setting("delte") if kind == "kommune" else matching.BOTH

        def found() -> matching.Everyone:
            return matching.everyone(self._accounts, year, kind, split)

        return self.of_accounts(("comparable", year, kind, split), found)

    @property
    def _accounts(self) -> matching.Accounts:
        return matching.Accounts(
            self.year,
            self.years,
            self.enheter,
            self.indikatorer,
            self.svart_foer,
            not self.gives.whole,
        )

    def of_accounts(self, key: tuple[object, ...], make: Callable[[], Made]) -> Made:
        """Return what `make` makes of the accounts alone, once for all panels and choices of the same accounts."""
        return once(self._of_accounts, key, make)

    def once(self, key: tuple[object, ...], make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Return the frame that `make` makes of the survey: made once for a key, under choices and tables as they are.

        Made anew as soon as a table under data/ is another, by its content. Whoever asks may change the frame in
        place; those who ask later do not see it.
        """
        whole = (*key, choices.text(self.choices), hashes.as_they_stand())
        return self.of_answers(whole, make)

    def of_answers(self, key: tuple[object, ...], make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Return the frame that `make` makes of those who answered, once for all choices that leave them as they are.

        key: what it is, and all that choices change in it.
        """
        return once(self._known, key, make).clone()

    def setting(self, name: str) -> str:
        """Return what the choices of the survey make of a setting: see `choices.setting`."""
        return choices.setting(self.choices, name)

    def under(self, made: Choices) -> Survey:
        """Return the survey under other choices than the usual ones, those it has already included.

        What it has to be read anew for (another scope) is for `open_survey`. See `choices`.
        """
        merged = choices.parse(choices.text(tuple((dict(self.choices) | dict(made)).items())))
        sizes = choices.setting(merged, "folkedato"), tuple(choices.groups(merged).items())
        own = self.setting("folkedato"), tuple(choices.groups(self.choices).items())
        if sizes == own:
            return self._sharing(replace(self, choices=merged), self)
        if sizes not in self._resized:
            people = units.known(self.year, in_the_year=sizes[0] == IN_THE_YEAR)
            group = pl.col("stoerrelsesgruppe").replace(choices.groups(merged))
            sized = people.select("region", "folkemengde", group)
            enheter = self.enheter.drop("folkemengde", "stoerrelsesgruppe").join(
                sized, on="region", how="left", maintain_order="left"
            )
            resized = replace(self, enheter=enheter.select(self.enheter.columns), choices=merged)
            object.__setattr__(resized, "_of_accounts", self._of_accounts)
            self._resized[sizes] = resized
        other = self._resized[sizes]
        return self._sharing(replace(other, choices=merged), other)

    @staticmethod
    def _sharing(other: Survey, own: Survey) -> Survey:
        """Return a survey of the same units under other choices, with the memo of the first: keys hold what differs."""
        for memo in ("_known", "_resized", "_of_accounts"):
            object.__setattr__(other, memo, getattr(own, memo))
        return other
