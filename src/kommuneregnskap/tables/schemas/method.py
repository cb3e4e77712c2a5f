"""Schemas of the tables of the method: definitions, areas, bands, choices, findings."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import (
    IDENTIFIER,
    YES_NO,
    Dated,
    Table,
    one_of,
    order_column,
    remark_column,
    source_column,
    text_column,
    unit,
)


class Tjenesteomraade(Dated):
    """A service area, as a set of functions, in a period."""

    key = ("tjenesteomraade",)
    bears_on_accounts = True

    tjenesteomraade = dy.String(regex=IDENTIFIER, description="Its id")
    navn = text_column("Its name")
    ssb_kode = text_column("SSB's code of it, where it has one", nullable=True)
    oppdeling = one_of(
        "hoved",
        "alternativ",
        "fylke",
        description=(
            "`hoved`: the areas partition the municipal service functions; `alternativ`: other "
            "cuts; `fylke`: of county municipalities"
        ),
    )
    rangeres = one_of(*YES_NO, description="Whether the area takes part in ranks, see A25")
    funksjoner = text_column("Its functions, as a code set: `010..480, 520`")
    merknad = remark_column()


class Indikator(Dated):
    """One term of a definition."""

    key = ("begrep", "ledd")
    bears_on_accounts = True

    begrep = dy.String(regex=IDENTIFIER, description="The concept that is defined")
    ledd = dy.Int64(min=1, description="Number of the term; terms are added")
    ssb_kode = text_column("SSB's code of the concept (KLASS 277), where it has one", nullable=True)
    navn = text_column("The concept's name")
    enhet = one_of("1000 kr", "prosent", description="The concept's unit")
    fortegn = dy.Int64(
        is_in=[-1, 1], description="Turns the sign of the file into the natural sign"
    )
    regnskap = one_of(
        "drift",
        "investering",
        "balanse",
        "begrep",
        "prosent",
        description=(
            "Which account is summed; `begrep`: another concept; `prosent`: a ratio of two concepts"
        ),
    )
    funksjoner = text_column(
        "Code set as SSB writes it (`010..480, 520 uten 298`); empty: all", nullable=True
    )
    arter = text_column("The same of arts", nullable=True)
    kapitler = text_column("The same of chapters", nullable=True)
    begreper = text_column("The concepts it is made of", nullable=True)
    omraader = one_of(*YES_NO, description="Whether it is also evaluated by service area")
    omfang = one_of(
        "kasse",
        "konsolidert",
        "konsern",
        nullable=True,
        description=(
            "The one scope it is defined for: accounts of another have no such amount; empty: all"
        ),
    )
    sikkerhet = text_column(
        "How sure the definition is; `sammenlikning`: a variant for the definition cards, "
        "outside control E06"
    )
    merknad = remark_column()

    @dy.rule()
    def terms_of_one_omfang(cls) -> pl.Expr:
        """All terms of a concept are defined for the same accounts."""
        return pl.col("omfang").cast(pl.String).fill_null("").n_unique().over("begrep") == 1


class Fondsbaand(Table):
    """A band of the discretionary fund."""

    baand = dy.String(primary_key=True, regex=IDENTIFIER, description="Its id")
    navn = text_column("Its name")
    fra = dy.Float64(
        nullable=True,
        description="From this share of operating revenue, included; empty: no bound",
        metadata=unit("prosent"),
    )
    til = dy.Float64(
        nullable=True,
        description="Up to this share, not included; empty: no bound",
        metadata=unit("prosent"),
    )
    rekkefoelge = order_column("Place in the order, the lowest first")
    kilde = source_column()


class Nivaa(Table):
    """A level that someone holds a percentage against: recommended, or a range that they give a name.

    The report shows what is measured beside it; no verdict rests on a level.
    """

    nivaa = dy.String(primary_key=True, regex=IDENTIFIER, description="Its id")
    rekkefoelge = order_column()
    begrep = dy.String(regex=IDENTIFIER, description="The percentage it is of, of `indicators.csv`")
    enhetstype = one_of(
        "kommune",
        "fylkeskommune",
        "sektor",
        description="Whose percentage it is meant for; `sektor`: both together",
    )
    hvem = text_column("Who says so")
    navn = text_column("What the level is")
    fra = dy.Float64(
        nullable=True,
        description="From this percentage, included; empty: no bound",
        metadata=unit("prosent"),
    )
    til = dy.Float64(
        nullable=True,
        description="Up to this percentage, not included; empty: no bound",
        metadata=unit("prosent"),
    )
    gjelder_fra = dy.Int32(
        nullable=True, description="The first accounting year it is meant for; empty: no first"
    )
    gjelder_til = dy.Int32(nullable=True, description="The last one, included; empty: still said")
    kilde = source_column()
    merknad = remark_column()

    @dy.rule()
    def fra_or_til(cls) -> pl.Expr:
        """A level has a bound, and an upper one lies above the lower one."""
        bound = pl.col("fra").is_not_null() | pl.col("til").is_not_null()
        return bound & (pl.col("fra") < pl.col("til")).fill_null(value=True)


class Hovedtall(Table):
    """A finding that the report opens with, in order."""

    rekkefoelge = order_column()
    tall_id = dy.String(
        primary_key=True, regex=r"^[a-z]+(\.[a-z0-9_]+)+$", description="The section number"
    )
    tekst = text_column("What the number is")
    setning = text_column("The finding; placeholders: see `src/kommuneregnskap/tables/wording.py`")
    figur = dy.String(
        regex=r"^[a-z_]+$",
        description=(
            "The chart beside it, a function of `src/kommuneregnskap/charts/` that a notebook draws"
        ),
    )
    kilde = source_column()


class Antakelse(Table):
    """A choice that a release leaves open."""

    id = dy.String(
        primary_key=True, regex=r"^A[0-9]{2}_[a-z0-9_]+$", description="Its id: A, a number, a name"
    )
    spoersmaal = text_column("What is left open")
    alternativer = text_column("What may be chosen, separated by ` | `")
    valgt = text_column("What is chosen")
    begrunnelse = text_column("Why")
    beroerer = text_column(
        "Ids of section numbers it bears on; `*` for all that begin so", nullable=True
    )
    kilde = source_column()


class Kvalifikator(Table):
    """A qualifying word, and what it does to the interval of a printed number.

    An exact count is met by few panels even where it lies in their midst, so one in twenty bears a printed number
    out, and one in a hundred leaves it open. Where only one end or a direction is said, nearly all panels meet it if
    it holds: there nineteen in twenty bear it out, and fewer than one in twenty rule it out.
    """

    kvalifikator = dy.String(primary_key=True, regex=IDENTIFIER, description="Its id")
    ord = text_column("The words")
    nedre_enheter = dy.Float64(
        nullable=True,
        description="How far the interval goes down; empty: no bound",
        metadata=unit("siste trykte siffer"),
    )
    oevre_enheter = dy.Float64(
        nullable=True,
        description="How far it goes up; empty: no bound",
        metadata=unit("siste trykte siffer"),
    )
    nedre_inkludert = one_of(*YES_NO, description="Whether the lower end is in it")
    oevre_inkludert = one_of(*YES_NO, description="Whether the upper end is in it")
    forenlig_fra_pst = dy.Float64(
        min=0,
        max=100,
        description="Of panels drawn from open figures, how many must lie in it for `forenlig`",
        metadata=unit("prosent"),
    )
    avvik_under_pst = dy.Float64(
        min=0,
        max=100,
        description="Fewer of them than this are `avvik`; between the two it is `uavklart`",
        metadata=unit("prosent"),
    )
    begrunnelse = text_column("Why so")

    @dy.rule()
    def avvik_below_forenlig(cls) -> pl.Expr:
        """What is too few for the one verdict is not enough for the other."""
        return pl.col("avvik_under_pst") <= pl.col("forenlig_fra_pst")


AMOUNTS, OTHERS = "beloep", "andre"


class Dekning(Table):
    """How many must have all that a number needs, where a source may lack single figures: else it is not told.

    `beloep`: sums and changes in kroner; under the limit they are missing. `andre`: all other numbers; under the limit
    they stand in the table with how many they are of, get no verdict and are in no sentence.
    """

    tall = one_of(AMOUNTS, OTHERS, primary_key=True, description="Which numbers")
    minst_pst = dy.Float64(
        min=0,
        max=100,
        description="The least share of the municipalities, or county municipalities",
        metadata=unit("prosent"),
    )
    begrunnelse = text_column("Why so")
    kilde = source_column()


TABLES: dict[str, type[Table]] = {
    "tjenesteomraade": Tjenesteomraade,
    "indicators": Indikator,
    "fund_bands": Fondsbaand,
    "levels": Nivaa,
    "headlines": Hovedtall,
    "assumptions": Antakelse,
    "qualifiers": Kvalifikator,
    "coverage": Dekning,
}
