"""Schema of the table that says how every section number comes about."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from kommuneregnskap.tables.schemas.columns import (
    ENHETER,
    IDENTIFIER,
    YES_NO,
    Table,
    one_of,
    remark_column,
    source_column,
    text_column,
)

EXTREMES = ("lavest", "hoeyest")
SUMS = ("sum", "forhold", "endring", "vekst", "endringsandel", *EXTREMES)
RANKS = ("rang_hoeyest", "rang_lavest")
FIXED_PRICES = "fast_pris"
LOOKED_UP = "prisvekst"  # made of nothing: it stands in a table
RUN = "rekke"  # of years
DIRECTION = "retning"  # unit of a number of which only the sign counts
OF_NUMBERS = (
    *("differanse", "sum_av_tall", "forhold_av_tall", "likt", *RANKS, RUN),
    *(FIXED_PRICES, LOOKED_UP),
)
ESTIMATE, LOWER_END, UPPER_END = ESTIMATES = ("anslag", "anslag_nedre", "anslag_oevre")
SLAG = (*SUMS, *OF_NUMBERS, *ESTIMATES)
TWO_PARTS = (
    *("forhold", "endringsandel", "lavest", "hoeyest"),
    *("differanse", "sum_av_tall", "forhold_av_tall", FIXED_PRICES),
)
DEFLATOR = "deflator"
ANSWERED, OUTSIDE_OSLO = "svart", "svart_utenom_oslo"
SAME, SAME_NEGATIVE = "samme", "fjorandel"  # by the choices `fjoraar` and `fjorandel`
FRAME, FRAME_WITH_OSLO, OSLO = "ramme", "ramme_med_oslo", "oslo"
UTVALG = (ANSWERED, OUTSIDE_OSLO, SAME, SAME_NEGATIVE, FRAME, FRAME_WITH_OSLO, OSLO)
NOW, BEFORE, EVERY = AAR = ("naa", "foer", "hvert")
NUMBER = r"^[a-z]+(\.([a-z0-9_]+|\{[a-z]+\}))+$"


class Tall(Table):
    """How a section number comes about: all that is said of it, in one row."""

    tall_id = dy.String(
        primary_key=True,
        regex=NUMBER,
        description=(
            "The section number; a word in braces stands for any service area, size group or "
            "fund band"
        ),
    )
    navn = text_column("Its name")
    seksjon = dy.String(regex=IDENTIFIER, description="The section that shows it")
    slag = one_of(*SLAG, description="The kind, see below")
    teller = text_column(
        "A begrep, with `:` and a service area where it is of one, `{valg.x}` where the choice "
        "`x` says which; `enheter` or `innbyggere`; for kinds made of numbers, and estimates, "
        "another section number; for `prisvekst` the table that it stands in"
    )
    teller_vilkaar = text_column("Which units are counted in the first part", nullable=True)
    nevner = text_column("The second part, where the kind has one", nullable=True)
    nevner_vilkaar = text_column("Which units are counted in it", nullable=True)
    vilkaar = text_column("Which units are counted in both", nullable=True)
    enhetstype = one_of("kommune", "fylkeskommune", description="Which kind of unit")
    utvalg = one_of(*UTVALG, description="Whose, see below")
    aar = one_of(
        *AAR,
        description=(
            "`naa`; `foer`: amounts of the year before; `hvert`: also the two years before, where "
            "the source has them"
        ),
    )
    enhet = one_of(*ENHETER, description="The unit of the number")
    vektes = one_of(
        *YES_NO,
        description="Whether it is a mean of the units' own where the choice `vekting` says so",
    )
    vises = one_of(*YES_NO, description="Whether it is in the report; else a step to one that is")
    anslaas_som = dy.String(
        nullable=True,
        regex=r"^[a-z0-9_]+(\{[a-z]+\})?$",
        description="Its name as a quantity that is estimated for all municipalities; empty: it is not",
    )
    simuleres = one_of(*YES_NO, description="Whether `make simulate` tries its estimate")
    samme_omfang = one_of(
        *YES_NO,
        description=(
            "`ja`: accounts of another scope have something else in it, so that a published number is "
            "shown beside theirs and not judged; amounts in kroner never are"
        ),
    )
    kilde = source_column()
    merknad = remark_column()

    @dy.rule()
    def two_parts_where_the_kind_has_two(cls) -> pl.Expr:
        """A ratio and a difference have a second part, other kinds have none."""
        return pl.col("slag").cast(pl.String).is_in(TWO_PARTS) == pl.col("nevner").is_not_null()

    @dy.rule()
    def what_is_looked_up_stands_in_its_table(cls) -> pl.Expr:
        """Prices are looked up in one table, `deflator.csv`."""
        looked_up = pl.col("slag").cast(pl.String) == LOOKED_UP
        return ~looked_up | (pl.col("teller") == DEFLATOR)

    @dy.rule()
    def conditions_are_of_units(cls) -> pl.Expr:
        """What is made of other numbers counts no units of its own."""
        names = ("teller_vilkaar", "nevner_vilkaar", "vilkaar")
        plain = pl.all_horizontal(pl.col(name).is_null() for name in names)
        return pl.col("slag").cast(pl.String).is_in(SUMS) | plain

    @dy.rule()
    def only_what_is_estimated_is_simulated(cls) -> pl.Expr:
        """A simulation tries estimates."""
        return (pl.col("simuleres").cast(pl.String) == "nei") | pl.col("anslaas_som").is_not_null()


TABLES: dict[str, type[Table]] = {"numbers": Tall}
