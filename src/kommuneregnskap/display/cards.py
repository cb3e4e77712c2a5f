"""A definition card as HTML: in a notebook, and on the page with all of them."""

from __future__ import annotations

from html import escape

from IPython.display import HTML

from kommuneregnskap.display import concepts
from kommuneregnskap.display.concepts import Card, Guard, Term
from kommuneregnskap.display.statement import COMPUTE, number_of, sql_fold
from kommuneregnskap.numbers import sql
from kommuneregnskap.survey.survey import Survey

SEEN_SHOWN = 6


def definition_card(survey: Survey, begrep: str) -> HTML:
    """Return the definition card of a concept in the survey year, for a notebook.

    Raises UsageError for a name that is not defined in the year. Source: the tables that `concepts` gathers.
    """
    card = concepts.card(begrep, survey.year)
    return HTML(card_html(card, link="", statement=sql.first_of(survey, begrep)))


def card_html(card: Card, *, link: str = "#", statement: str = "") -> str:
    """Return a card; concepts that it refers to are links to their own cards where `link` is given.

    Among others it is a fold, which an address with its concept opens; alone it is open.

    statement: SQL of a number that rests on the concept; empty: there is none.
    """
    parts = [
        ("Formel i ord", _list(_in_words(term, link) for term in card.ledd)),
        ("Formel i koder", f"<code>{escape(card.formel)}</code>{_resolved(card)}"),
        ("Fortegn", " ".join(map(escape, card.fortegn))),
        ("Enhet", escape(card.enhet)),
        ("SSB-kode", escape(card.ssb_kode or "ingen egen")),
        ("Regnskap", escape(card.regnskap)),
        ("Gjelder", escape(card.gyldig)),
        ("Kilde", f"{escape(card.kilde)} ({escape(card.sikkerhet)})"),
        ("Merknad", " ".join(f"{escape(text)}." for text in card.merknader)),
        ("Brukt i tallene", ", ".join(f"<code>{escape(name)}</code>" for name in card.tall)),
        (COMPUTE, sql_fold(statement, number_of(statement)) if statement else ""),
        ("Andre mener", _list(map(_other, card.andre)) if len(card.andre) > 1 else ""),
        (
            "Åpne valg",
            _list(
                f"<strong>{escape(i)}</strong> {escape(q)} Valgt: {escape(v)}."
                for i, q, v in card.antakelser
            ),
        ),
        ("Vern", _list(map(_guard, card.vern))),
    ]
    rows = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in parts if text)
    return (
        f'<details class="begrepskort" id="{escape(card.begrep)}"{"" if link else " open"}>'
        f"<summary><h3>{escape(card.navn)}</h3></summary><dl>{rows}</dl></details>"
    )


def _list(items: object) -> str:
    texts = [str(text) for text in items]  # type: ignore[attr-defined]
    return f"<ul>{''.join(f'<li>{text}</li>' for text in texts)}</ul>" if texts else ""


def _in_words(term: Term, link: str) -> str:
    text = escape(term.ord)
    if term.begrep and link:
        text = f'<a href="{link}{escape(term.begrep)}">{text}</a>'
    return f"{escape(term.tegn)} {text}".strip()


def _resolved(card: Card) -> str:
    """Return what the concepts in the formula are made of, one level down."""
    known = [term for term in card.ledd if term.loest]
    return _list(f"{escape(term.ord)} = <code>{escape(term.loest)}</code>" for term in known)


def _other(row: tuple[str, str, str]) -> str:
    who, variant, text = map(escape, row)
    return f"<strong>{who}</strong>, {variant}: {text}"


def _guard(guard: Guard) -> str:
    seen = guard.ser.split(", ")
    more = f" og {len(seen) - SEEN_SHOWN} til" if len(seen) > SEEN_SHOWN else ""
    shown = ", ".join(seen[:SEEN_SHOWN]) + more
    kinds = ("kontroll", "identitet", "prøve")
    said = shown if guard.ser in kinds else f"feilen sees av {shown}"
    return f"<strong>{escape(guard.id)}</strong> {escape(guard.hva)} <em>({escape(said)})</em>"
