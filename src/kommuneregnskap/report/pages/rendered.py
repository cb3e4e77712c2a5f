"""Pages from templates: every text is text, and the browser is told what the page carries and may do."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.files import packed
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.support.outside import visible


def _shown(value: object) -> object:
    """Return what a template is given as a page shows it: text without signs that hide or turn others."""
    return visible(value, "\n\t") if type(value) is str else value


TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=select_autoescape(["html", "j2"]),
    finalize=_shown,
)
TEMPLATES.filters["typed"] = typed
TEMPLATES.filters["size"] = lambda size: f"{number(size / 1000)} kB"
# The page's own styles are the first of its text: nothing from outside stands before them but the title, as text.
STYLES = re.compile(r"<style>(.*?)</style>", re.DOTALL)
POLICY = "<!-- policy -->"


def html_page(template: str, *, script: str = "", library: str = "", **content: object) -> str:
    """Return a page: a template with its content, and the policy that says what the browser may run and load.

    script: what the page runs, as it is to run; library: what the script runs when it first needs it (page.js), which
    the page carries packed. Same content, same bytes.
    """
    module = Markup(f'<script type="module">{script}</script>') if script else ""
    carried = Markup(_carried(library)) if library else ""
    page = TEMPLATES.get_template(template).render(script=carried + module, **content)
    styles = STYLES.search(page)
    assert styles is not None, "a page has the styles of base.html.j2"
    return page.replace(POLICY, policy(styles.group(1), script, library), 1).rstrip() + "\n"


@lru_cache(maxsize=1)
def _carried(library: str) -> str:
    """Return a script that few readers come to need as a block of data: smaller, and nothing that a browser reads."""
    block = b64encode(packed(library.encode())).decode()
    return f'<script type="application/gzip" id="tegner">{block}</script>\n'


def policy(styles: str, *scripts: str) -> str:
    """Return the content security policy of a page: its own scripts and styles by their hashes, and nothing else.

    No request to anywhere, no other script, no form, no frame. Styles within a tag are allowed, since tables
    (great-tables) and drawings have them: without requests they can change how a page looks and nothing more.
    """
    rules = {
        "default-src": "'none'",
        "script-src": " ".join(_hash(each) for each in scripts if each) or "'none'",
        "style-src": _hash(styles),
        "style-src-attr": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    text = "; ".join(f"{name} {value}" for name, value in rules.items())
    return f'<meta http-equiv="Content-Security-Policy" content="{text}">'


@lru_cache(maxsize=4)
def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
