"""How Altair charts leave a notebook: as Vega-Lite that JupyterLab draws without a network."""

from __future__ import annotations

from typing import Any

import altair as alt

MIME = "application/vnd.vegalite.v5+json"  # the newest that JupyterLab 4 draws by itself
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.20.1.json"
NAME = "kommuneregnskap"


def enable_renderer() -> None:
    """Let charts show as Vega-Lite 5 with their text alternative, in JupyterLab and in reports.

    Altair's own mimetype renderer names a Vega-Lite that JupyterLab 4 does not know, its default one
    fetches scripts from the network.
    """
    alt.renderers.register(NAME, _bundle)
    alt.renderers.enable(NAME)


def _bundle(spec: dict[str, Any], **_options: object) -> dict[str, Any]:
    return {MIME: {**spec, "$schema": SCHEMA}, "text/plain": str(spec.get("description", "Figur"))}
