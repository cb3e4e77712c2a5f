"""The printed report: the finding, the four sections, how the published numbers held, and the method."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import polars as pl

from kommuneregnskap import tables
from kommuneregnskap.display.notebook import MISSING_NUMBERS, data_lines
from kommuneregnskap.display.table import NUMBER, TEXT
from kommuneregnskap.notebooks.files import FALLBACK_TAG, FRONT_TAG, METHOD_TAG, PRINT_TAG
from kommuneregnskap.report import headlines, of_one, sentences
from kommuneregnskap.report.contents import Chapter, Figure, Part, Table, Text
from kommuneregnskap.report.editions import Material
from kommuneregnskap.report.editions.pdf.names import APPENDIX
from kommuneregnskap.report.editions.pdf.typeset import document, drawing, table, without_note
from kommuneregnskap.report.editions.pdf.typst_text import call, markup, quoted
from kommuneregnskap.report.editions.release.draft import release
from kommuneregnskap.report.editions.workbook import FILE as WORKBOOK
from kommuneregnskap.support.norwegian import MISSING, interval
from kommuneregnskap.survey.notes import SCOPES
from kommuneregnskap.tables import sections
from kommuneregnskap.verdicts import evidence, judgement
from kommuneregnskap.verdicts.arithmetic import HOLDS, OPEN, arithmetic
from kommuneregnskap.verdicts.decide import SURVEY_SECTION, UNTRIED

Kind = TypeVar("Kind", Text, Figure, Table)
REST = (
    f"Alle tabeller, figurer, valg og forutsetninger står i vedlegget ({APPENDIX}). De viktigste tabellene ligger som "
    f"regneark i {WORKBOOK}."
)
DEMONSTRATED = "Slik virker metoden, vist på oppdiktede regnskaper"
MOST_TABLES, MOST_FIGURES = 2, 2  # of a section, beside its published numbers
HEADING = re.compile(r"^#+ .*\n+", re.MULTILINE)
LEFT_OPEN = ("avvik", "uavklart")
TRIED = "kontekst"  # the section whose notebook tries all published numbers
FEWEST_ROWS = 2  # of a table that shows more than a sentence says
FEW = 4  # findings with a published number beside them, to which the first page adds the release's paragraphs


def source(material: Material) -> str:
    """Return the report as Typst source; figures are named as files beside it.

    Raises ValueError for what has no place in print.
    """
    alone = material.survey.alone
    title, front = _front_of_one(material) if alone else _front(material)
    own = sections.of_one()
    parts = [_section(each, own[name], material) for name, each in _of_sections(material)]
    body = [front, *parts, "" if alone else _evidence(material), _method(material)]
    return document(material.survey, title, "\n".join(body))


def _of_sections(material: Material) -> list[tuple[str, Chapter]]:
    """Return the chapters that are a section of their own, by their notebooks, in order."""
    own = sections.of_one()
    return [(name, chapter) for name, chapter in _by_name(material).items() if name in own]


def _by_name(material: Material) -> dict[str, Chapter]:
    """Return the chapters by their notebooks; on invented accounts every page says that they are."""
    return {
        path.stem: replace(each, parts=without_note(each.parts, material.survey))
        for path, each in zip(material.executed, material.chapters, strict=True)
    }


def _front(material: Material) -> tuple[str, str]:
    """Return the title of the report and its first page: of real accounts the release's finding and lead."""
    survey = material.survey
    told = release(survey, material.tall)
    demonstrated = headlines.demonstration(survey)
    title = headlines.title(survey)
    findings = [
        [row["setning"], row["publisert"] or MISSING, judgement.VERDICTS.get(row["dom"], "")]
        for row in headlines.findings(survey, material.tall, material.vurdering)
    ]
    every = [each for chapter in material.chapters for each in chapter.parts]
    figure = next((e for e in every if isinstance(e, Figure) and FRONT_TAG in e.tags), None)
    shown = call(
        "front",
        kicker=DEMONSTRATED if demonstrated else title,
        lead=demonstrated or told.lead,
        findings=findings,
        points=[
            [each.heading, each.paragraphs[0]]
            for each in told.passages
            if each.heading and not demonstrated and len(findings) <= FEW
        ],
        note=headlines.tried(material.vurdering),
        rest=REST,
        **({"figure": {"source": f"{figure.name}.svg", "alt": figure.alt}} if figure else {}),
    )
    return (title if demonstrated else told.title), shown


def _front_of_one(material: Material) -> tuple[str, str]:
    """Return the title of one municipality's report and its first pages: what its year was, and its place."""
    survey = material.survey
    beside = of_one.beside(survey)
    named = {row["seksjon"]: row["kort"] for row in sections.of_one_municipality().to_dicts()}
    told: dict[str, list[str]] = {}
    for each in beside.measures:
        told.setdefault(named.get(each["section"], each["name"]), []).append(
            " ".join(filter(None, (each["sentence"], each["warning"])))
        )
    shown = call(
        "front",
        kicker=f"Egne kontofiler, {SCOPES[survey.scope]}",
        lead=" ".join(sentences.of_one(survey, material.tall)),
        points=[[heading, " ".join(texts)] for heading, texts in told.items()],
        rest=REST,
    )
    return headlines.title(survey), shown + _places(beside)


def _places(beside: of_one.Beside) -> str:
    """Return the table of one municipality's places; empty where there is nobody to stand beside."""
    if not beside.groups:
        return ""
    heads = ["Mål", "Egne filer", "SSBs åpne tall", *beside.groups]
    rows = [
        [f"{each['name']}, {each['unit']}", each["value"], each["open"]]
        + [f"{cell['place']} (median {cell['median']})" for cell in each["places"]]
        for each in beside.measures
    ]
    columns = [{"navn": name, "slag": TEXT, "desimaler": 0} for name in heads]
    shown = Table("", "", "", beside.basis, columns, rows)
    return f"#heading(level: 1)[Blant andre kommuner]\n{table(shown, 'Plass blant alle, og medianen av de andre')}"


def _section(chapter: Chapter, section: str, material: Material) -> str:
    """Return a section: what the year was, its main figure, its published numbers, one or two tables."""
    told = [each for each in _chosen(chapter.parts, Text, 9) if not _lacks(each)]
    parts = [
        f"#heading(level: 1)[#{quoted(_title(chapter))};]\n",
        *(markup(each.markdown) for each in told),
        *(drawing(each, floats=True) for each in _chosen(chapter.parts, Figure, MOST_FIGURES)),
        _published(material, section),
        *(table(each, each.title) for each in _chosen(chapter.parts, Table, MOST_TABLES)),
    ]
    return "\n".join(parts)


def _chosen(parts: Sequence[Part], kind: type[Kind], most: int) -> list[Kind]:
    """Return the parts of a kind that stand in print, those first that stand there in any case."""
    own = [each for tag in (PRINT_TAG, FALLBACK_TAG) for each in parts if tag in each.tags]
    told = [each.without_gaps() if isinstance(each, Table) else each for each in own]
    return [
        each
        for each in told
        if isinstance(each, kind) and not (isinstance(each, Table) and len(each.rows) < FEWEST_ROWS)
    ][:most]


def _lacks(text: Text) -> bool:
    """Return whether a cell only says that the source has no numbers for it."""
    return MISSING_NUMBERS.lower() in text.markdown.lower()


def _published(material: Material, section: str) -> str:
    """Return the published numbers of a section with what was computed and how they hold; empty for none."""
    if material.survey.alone:  # what was published is not of it
        return ""
    rows = _with_claims(material).filter(
        (pl.col("seksjon") == section) & (pl.col("dom") != "kontekst")
    )
    if rows.is_empty():
        return ""
    bracketed = rows["klamme_nedre"].is_not_null().any()
    columns = {"maaler": "Publisert tall", "publisert": "Publisert", "beregnet": ""}
    columns["beregnet"] = _computed(material)
    columns |= {"klamme": "I utvalg som likner KS'"} if bracketed else {}
    shown = _frame_table(rows, columns | {"vurdering": "Vurdering"}, note=_reasons(rows))
    return table(shown, "Publiserte tall og hvordan de holder")


def _computed(material: Material) -> str:
    """Return what a column of computed numbers is called: by whose accounts they are of."""
    if material.survey.gives.snapshots:
        return "Åpne tall"
    return "Panelet" if material.survey.synthetic else "Regnskapene"


def _with_claims(material: Material) -> pl.DataFrame:
    """Return the verdicts with who published each number, its value and its bracket apart, and words for all."""
    claims = judgement.read(material.survey.year).select("id", pl.col("utgiver").cast(pl.String))
    rows = material.vurdering.join(claims, on="id", how="left", maintain_order="left")
    apart = [judgement.value_and_bracket(each) for each in rows["beregnet_tekst"]]
    return rows.with_columns(
        beregnet=pl.Series([value for value, _ in apart], dtype=pl.String),
        klamme=pl.Series([ends for _, ends in apart], dtype=pl.String),
        vurdering=pl.col("dom").replace_strict(judgement.VERDICTS, return_dtype=pl.String),
    )


def _reasons(rows: pl.DataFrame) -> str:
    """Say why numbers have no verdict, each reason once."""
    why = rows.filter(pl.col("dom").is_in(UNTRIED))["hvorfor"].unique(maintain_order=True).to_list()
    return f"Ikke vurdert: {'; '.join(why)}." if why else ""


def _frame_table(rows: pl.DataFrame, columns: dict[str, str], note: str = "") -> Table:
    """Return a frame as a table; whole numbers to the right."""
    kinds = {name: NUMBER if rows.schema[name].is_integer() else TEXT for name in columns}
    heads = [{"navn": columns[n], "slag": kinds[n], "desimaler": 0} for n in columns]
    return Table("", "", "", note, heads, [list(row) for row in rows.select(list(columns)).rows()])


def _evidence(material: Material) -> str:
    """Return how the published numbers fared: counted, KS' own apart; those that do not hold; sums that fail."""
    chapter = _chapter(material, TRIED)
    rows = _with_claims(material)
    parts = [
        "#heading(level: 1)[Holder de publiserte tallene?]\n",
        f"#par({quoted(headlines.tried(material.vurdering))})\n",
        table(_counted(rows), "Slik holder de publiserte tallene") if len(rows) else "",
        _left_open(rows),
        _failing(material),
        *(drawing(each, floats=True) for each in _chosen(chapter.parts, Figure, 1)),
        *(table(each, each.title) for each in _chosen(chapter.parts, Table, 1)),
    ]
    return "\n".join(parts)


def _chapter(material: Material, section: str) -> Chapter:
    """Return the chapter in which a section is judged; an empty one where there is no such section."""
    names = dict(sections.table().select("seksjon", "notatbok").iter_rows())
    return _by_name(material).get(names.get(section, ""), Chapter("", ""))


def _title(chapter: Chapter) -> str:
    return chapter.title.removeprefix(f"{chapter.nr}. ")


def _counted(rows: pl.DataFrame) -> Table:
    """Return how many numbers got each verdict: KS' own, those of others, and what the verdict says."""
    own = pl.col("utgiver") == evidence.KS
    counted = judgement.counts(rows).filter(pl.col("antall") > 0)
    ks, others = (judgement.counts(rows.filter(each)) for each in (own, ~own))
    shown = counted.join(ks.select("dom", ks="antall"), on="dom", maintain_order="left").join(
        others.select("dom", andre="antall"), on="dom", maintain_order="left"
    )
    columns = {
        "dom_navn": "Vurdering",
        "ks": "KS' egne",
        "andre": "Andres",
        "forklaring": "Hva det betyr",
    }
    return _frame_table(shown, columns)


def _left_open(rows: pl.DataFrame) -> str:
    """Return the numbers that differ or stay open, with why; empty for none."""
    found = rows.filter(pl.col("dom").is_in(LEFT_OPEN))
    if found.is_empty():
        return ""
    columns = {
        "maaler": "Publisert tall",
        "publisert": "Publisert",
        "beregnet": "Regnet her",
        "vurdering": "Vurdering",
        "hvorfor": "Hvorfor",
    }
    return table(_frame_table(found, columns), "Tallene som avviker eller ikke lar seg avgjøre")


def _failing(material: Material) -> str:
    """Return the sums of printed numbers that do not come out, with what is wrong; empty for none."""
    year = material.survey.year
    found = arithmetic(judgement.read(year), year).filter(~pl.col("utfall").is_in([HOLDS, OPEN]))
    if found.is_empty():
        return ""
    ends = {"gir": ("nedre", "oevre"), "oppgitt": ("resultat_nedre", "resultat_oevre")}
    shown = found.with_columns(
        pl.Series(name, [interval(low, high, 1) for low, high in found.select(own).iter_rows()])
        for name, own in ends.items()
    )
    columns = {
        "regnestykke": "Regnestykke",
        "gir": "Gir",
        "oppgitt": "Oppgitt",
        "forklaring": "Forklaring",
    }
    return table(_frame_table(shown, columns), "Der de publiserte tallene ikke går opp")


def _method(material: Material) -> str:
    """Return how the numbers are made: definitions in words, who they are of, how a published number is judged."""
    about = (f"#par({quoted(line)})\n" for line in data_lines(material.survey))
    judged = [
        "#heading(level: 2)[Slik vurderes et publisert tall]\n",
        *_of_method(_chapter(material, TRIED)),
    ]
    parts = [
        "#heading(level: 1)[Slik er tallene regnet]\n",
        f"#par({quoted(REST)})\n",
        "#heading(level: 2)[Hva som måles]\n",
        *(part for _, chapter in _of_sections(material) for part in _of_method(chapter)),
        table(_terms(), "Ord som brukes i rapporten"),
        "#heading(level: 2)[Hvem tallene gjelder]\n",
        *about,
        table(_scopes(), "Hvem som er med i et regnskap"),
        *_of_method(_chapter(material, SURVEY_SECTION)),
        *([] if material.survey.alone else judged),
    ]
    return "\n".join(parts)


def _of_method(chapter: Chapter) -> Iterator[str]:
    """Give what a chapter has for the method, without its headings."""
    for each in chapter.parts:
        if METHOD_TAG in each.tags and isinstance(each, Text):
            yield markup(HEADING.sub("", each.markdown))
        elif METHOD_TAG in each.tags and isinstance(each, Table):
            yield table(each, each.title)


def _terms() -> Table:
    """Return the terms that are used here, in words: of each the first card, which is the one in use."""
    rows = tables.read("definisjonskort").unique("kort", keep="first", maintain_order=True)
    shown = rows.filter(pl.col("kort") != SCOPE)
    return _frame_table(shown, {"navn": "Ord", "definisjon": "Hva det er", "hvem": "Etter"})


SCOPE = "omfang"


def _scopes() -> Table:
    rows = tables.read("definisjonskort").filter(pl.col("kort") == SCOPE)
    return _frame_table(
        rows, {"variant": "Omfang", "definisjon": "Hva som er med", "hvem": "Brukes av"}
    )
