"""Norwegian municipal accounts, from KOSTRA files to published numbers with verdicts.

For notebooks: `import kommuneregnskap as kr`. What a notebook needs; loaded when first used.
"""

from __future__ import annotations

from kommuneregnskap.support.face import lazily

__getattr__, __dir__ = lazily(
    __name__,
    {
        "open_survey": "display.opening",
        "parameters": "display.opening",
        # what a section shows
        "banner": "display.notebook",
        "data_note": "display.notebook",
        "prose": "display.notebook",
        "table": "display.notebook",
        "figure": "display.notebook",
        "sheet": "display.sheet",
        "net_costs_by_area": "display.net_costs",
        # the method, and what it says of the published numbers
        "definition": "display.method",
        "assumptions": "display.method",
        "judge": "display.method",
        "check": "display.method",
        "card": "display.method",
        "trail": "display.follow",
        # to look for oneself
        "overview": "display.tour",
        "tidy": "display.tidy_frame",
        "unit": "display.explored",
        "concept": "display.explored",
        "per_inhabitant": "display.measured",
        "fixed_prices": "display.measured",
        "share": "display.measured",
        "join": "display.own_table",
        "sql": "display.sql_door",
        "save": "display.saved",
        "number": "support.norwegian",
        "percent": "indicators.evaluate",
        "total": "indicators.evaluate",
        # the way of a number
        "tables": "tables",
        "estimates": "estimates",
        "numbers": "numbers",
        "verdicts": "verdicts",
        "sensitivity": "sensitivity",
        "charts": "charts",
    },
)
