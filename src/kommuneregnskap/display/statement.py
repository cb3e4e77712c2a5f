"""How the SQL of a number is shown: a fold, on the page, in a notebook and on a definition card."""

from __future__ import annotations

from html import escape

COMPUTE = "Regn selv"
WITH = "Setningen regner tallet av kr.tidy(survey), som en tabell med navnet tidy, i DuckDB eller SQLite."


def sql_fold(text: str, summary: str = COMPUTE) -> str:
    """Return a statement of SQL, or the comment that says why there is none, as a fold of HTML."""
    how = f'<p class="kilde">{escape(WITH)}</p>\n' if computes(text) else ""
    return (
        f'<details class="sql"><summary>{escape(summary)}</summary>\n{how}'
        f'<pre class="kode"><code>{escape(text, quote=False)}</code></pre></details>'
    )


def computes(text: str) -> bool:
    """Whether a text of SQL is a statement, and not only the comment that says why there is none."""
    return "\n" in text


def number_of(text: str) -> str:
    """Return which number a statement is of, in words: its first line says it."""
    return f"{text.partition(':')[0].removeprefix('-- ')} i SQL"
