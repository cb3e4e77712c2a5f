"""The front: what the year was, the four sections with every published number, and where the depth is.

One template for a year, with a column for each source at hand, and for the report of one source alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from markupsafe import Markup

from kommuneregnskap import tables
from kommuneregnskap.charts.style import open_figures
from kommuneregnskap.display.notebook import warning
from kommuneregnskap.report import headlines, sentences
from kommuneregnskap.report.editions import Download
from kommuneregnskap.report.pages import linked_data, municipalities
from kommuneregnskap.report.pages.claims import GIVERS, background_of, claims_of
from kommuneregnskap.report.pages.figures import figure_html, library, script
from kommuneregnskap.report.pages.made import Made
from kommuneregnskap.report.pages.rendered import html_page
from kommuneregnskap.report.pages.tiles import Tile, tiles
from kommuneregnskap.support.norwegian import listing, number
from kommuneregnskap.tables import published, sections
from kommuneregnskap.verdicts import evidence
from kommuneregnskap.verdicts.arithmetic import FAILS, arithmetic
from kommuneregnskap.verdicts.decide import EXPLAINED, VERDICTS

TEMPLATE = "front.html.j2"
CARDS = "definisjoner.html"
FRONT = Path(__file__).with_name("front.js")


def export_front(
    made: Sequence[Made],
    found: pl.DataFrame,
    out_file: Path,
    *,
    downloads: Sequence[Download] = (),
    more: str = "",
    alone: Sequence[Made] = (),
) -> None:
    """Write the front of a year, or of one source.

    made: the report of each source at hand, best evidence first. found: `evidence.of`. downloads: what lies beside the
    page. more: what else the report of a source has to say, as HTML. alone: reports of one municipality's own accounts
    (`pages/one_municipality.py`), to which it leads and of which it shows nothing. What is said of the year and its
    sections is said of the best real source; of invented accounts nothing is. Same reports, same bytes.
    """
    best = next((each for each in made if not each.survey.synthetic), None)
    open_ = next((each for each in made if each.survey.gives.snapshots), None)
    of_year = bool(made[0].address)  # beside the reports, and not in the folder of one
    find = municipalities.municipalities_html(open_.survey) if open_ and of_year else ""
    parts = [_part(row, made, best, found) for row in _shown()]
    scripts = [script(), FRONT.read_text("utf-8"), municipalities.script() if find else ""]
    givers = dict(found.drop_nulls("kan_gis_av").select("tall_id", "kan_gis_av").iter_rows())
    page = html_page(
        TEMPLATE,
        title=f"Kommuneregnskap {_year(made)}" if of_year else headlines.title(made[0].survey),
        banner=warning(made[0].survey) or None,
        said=sentences.of_year(best.survey, best.tall) if best else [],
        demonstration="" if best else headlines.demonstration(made[0].survey),
        leads=[_lead(each) for each in made if best is None or not each.survey.synthetic],
        tiles=_tiles(best, givers),
        fared=_fared(found),
        limits=[_settled(found), _limits()] if best and not best.survey.gives.respondents else [],
        contradictions=_contradictions(_year(made)),
        columns=[each.column for each in made],
        parts=parts,
        others=_others(made, found),
        background=background_of(found, made),
        pages=_pages(best or made[0]),
        sources=[
            (f"{each.address}index.html", f"{each.whose}: hele rapporten")
            for each in [*alone, *made]
            if each.address
        ],
        downloads=downloads,
        more=Markup(more),
        find=find,
        linked=linked_data.of_front(made, found, downloads),
        script="\n".join(scripts),
        library=library(*(part["figure"] for part in parts)),
    )
    out_file.write_text(page, encoding="utf-8", newline="\n")


def _year(made: Sequence[Made]) -> int:
    return made[0].survey.year


def _shown() -> list[dict[str, Any]]:
    """Return the sections that have a place on the front: those with a tile."""
    return sections.table().filter(pl.col("flis").is_not_null()).to_dicts()


def _tiles(best: Made | None, givers: Mapping[str, str]) -> list[Tile]:
    words = {name: GIVERS[giver] for name, giver in givers.items()}
    return tiles(best.survey, best.tall, words) if best else []


def _lead(each: Made) -> str:
    if each.survey.gives.snapshots:
        return f"Åpne tall: {open_figures(each.survey)}"
    return f"{each.whose}: {each.survey.origin.words}."


def _fared(found: pl.DataFrame) -> list[dict[str, Any]]:
    """Return how the published numbers fared: KS' own, others', on the panel; a row for each verdict given."""
    counted = evidence.counts(found).filter(pl.col("dom") != "kontekst")
    return [
        {
            "title": title,
            "count": number(float(rows["antall"].sum())),
            "rows": [
                {**row, "antall": number(row["antall"]), "forklaring": EXPLAINED[row["dom"]]}
                for row in rows.iter_rows(named=True)
            ],
        }
        for (title,), rows in counted.group_by(["gruppe_navn"], maintain_order=True)
    ]


def _contradictions(year: int) -> list[tuple[str, str]]:
    """Return whose own numbers of the year do not add up, and what they say against each other, in words."""
    claims = published.read(year)
    whose = dict(claims.select("id", pl.col("utgiver").cast(pl.String)).iter_rows())
    failed = arithmetic(claims, year).filter(pl.col("utfall") == FAILS)
    return [(whose[name], said) for name, said in failed.select("resultat", "forklaring").rows()]


def _settled(found: pl.DataFrame) -> str:
    """Say how many of KS' numbers real figures give a verdict."""
    by_ks = pl.col("utgiver") == evidence.KS
    decided = evidence.settled(found).filter(by_ks).height
    tried = found.filter(by_ks & (pl.col("dom") != "kontekst"))["id"].n_unique()
    return f"{number(decided)} av KS' {number(tried)} tall kan vurderes av virkelige tall."


def _limits() -> str:
    """Say when open figures bear out a number that was printed of those who answered, and when they do not."""
    of_all = tables.read("qualifiers").unique(
        ["forenlig_fra_pst", "avvik_under_pst"], maintain_order=True
    )
    exact, *ends = of_all.select("forenlig_fra_pst", "avvik_under_pst").iter_rows()
    said = "; ".join(
        f"der bare en grense eller en retning er sagt, {number(low)} og {number(high)}"
        for low, high in ends
    )
    return (
        f"Åpne tall sier ikke hvem som svarte KS. Et trykt tall får «{VERDICTS['forenlig']}» når minst "
        f"{number(exact[0])} prosent av trukne utvalg som likner KS', ligger i intervallet, og «{VERDICTS['avvik']}» "
        f"når færre enn {number(exact[1])} prosent gjør det; {said}."
    )


def _part(
    row: Mapping[str, Any],
    made: Sequence[Made],
    best: Made | None,
    found: pl.DataFrame,
) -> dict[str, Any]:
    """Return a section: what is said of it, its figure, its published numbers, what is not known, where it goes on."""
    name, place = row["seksjon"], f"del-{row['rekkefoelge']}"
    shown = best or made[0]
    return {
        "place": place,
        "title": row["tittel"],
        "short": row["kort"],
        "said": sentences.of_section(best.survey, best.tall, name) if best else [],
        "figure": Markup(figure_of(name, shown, place)),
        "claims": claims_of(found.filter(pl.col("seksjon") == name), made),
        "unknown": _unknown(name, shown, found) if best else [],
        "pages": [
            {
                "words": each.whose,
                "address": f"{each.address}{row['side']}.html",
                "notebook": f"{each.address}notebooks/{row['notatbok']}.ipynb",
            }
            for each in made
        ],
    }


def figure_of(section: str, shown: Made, place: str) -> str:
    """Return the figure of the first finding of a section that was drawn; empty where none was."""
    rows = (
        tables.read("headlines")
        .sort("rekkefoelge")
        .filter(pl.col("tall_id").str.starts_with(f"{section}."))
    )
    for name in rows["figur"]:
        if name in shown.figures:
            return figure_html(shown.figures[name], f"{place}-figur", cited=shown.cited)
    return ""


def _unknown(section: str, shown: Made, found: pl.DataFrame) -> list[str]:
    """Say which findings of a section no real source at hand gives, and what would give them."""
    known = set(shown.tall.filter(pl.col("aar") == shown.survey.year).drop_nulls("verdi")["id"])
    givers = dict(found.drop_nulls("kan_gis_av").select("tall_id", "kan_gis_av").iter_rows())
    words = dict(found.drop_nulls("tall_id").select("tall_id", "maaler").reverse().iter_rows())
    gone: dict[str, list[str]] = {}
    for name in tables.read("headlines").sort("rekkefoelge")["tall_id"]:
        if name.startswith(f"{section}.") and name not in known and name in givers:
            gone.setdefault(givers[name], []).append(words[name][:1].lower() + words[name][1:])
    return [
        f"Ikke kjent fra åpne tall: {listing(names)}; {GIVERS[giver]}."
        for giver, names in gone.items()
    ]


def _others(made: Sequence[Made], found: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the published numbers of the sections that have no place of their own."""
    others = sections.table().filter(pl.col("flis").is_null())["seksjon"].to_list()
    return claims_of(found.filter(pl.col("seksjon").is_in(others)), made)


def _pages(shown: Made) -> list[tuple[str, str]]:
    """Return the pages of the other sections, and of the definitions: address, name."""
    others = sections.table().filter(pl.col("flis").is_null())
    named = [(f"{shown.address}{row['side']}.html", row["kort"]) for row in others.to_dicts()]
    return [*named, (f"{shown.address}{CARDS}", "Definisjoner")]
