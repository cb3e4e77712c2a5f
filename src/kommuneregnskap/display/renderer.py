"""How charts and frames leave a notebook: Vega-Lite that needs no network, decimal commas."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl
from IPython.core.getipython import get_ipython

from kommuneregnskap.display.table import frame_bundle

MIME = "application/vnd.vegalite.v5+json"  # the newest that JupyterLab 4 draws by itself
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.20.1.json"
NAME = "kommuneregnskap"


def enable_display() -> None:
    """Let charts show as Vega-Lite 5 with their text alternative, and frames with decimal commas.

    Small frames also carry their content for print and workbook, see `display.table`.
    Altair's own mimetype renderer names a Vega-Lite that JupyterLab 4 does not know, its default one
    fetches scripts from the network.
    """
    alt.renderers.register(NAME, _bundle)
    alt.renderers.enable(NAME)
    pl.Config.set_decimal_separator(",")
    shell = get_ipython()
    if shell is not None and shell.display_formatter is not None:
        shell.display_formatter.mimebundle_formatter.for_type(pl.DataFrame, frame_bundle)


def _bundle(spec: dict[str, Any], **_options: object) -> dict[str, Any]:
    return {MIME: {**spec, "$schema": SCHEMA}, "text/plain": str(spec.get("description", "Figur"))}
