"""Norwegian municipal accounts, from KOSTRA files to published numbers with verdicts.

For notebooks: `import kommuneregnskap as kr`. The names below are all a notebook needs; they are
loaded when first used, so that the command line starts fast.
"""

from __future__ import annotations

from importlib import import_module

_NAMES = {
    "open_survey": "kommuneregnskap.survey_opening",
    "all_numbers": "kommuneregnskap.sections",
    "source_line": "kommuneregnskap.chart_style",
    "specifications": "kommuneregnskap.specification",
    "enable_display": "kommuneregnskap.display_renderer",
    "wide": "kommuneregnskap.indicators",
    "percent": "kommuneregnskap.indicators",
    "number": "kommuneregnskap.norwegian",
    "with_unit": "kommuneregnskap.norwegian",
} | dict.fromkeys(
    (
        "banner",
        "data_note",
        "prose",
        "table",
        "figure",
    ),
    "kommuneregnskap.display",
)
_NAMES |= dict.fromkeys(
    (
        "definition",
        "area_definition",
        "definition_cards",
        "assumptions",
        "verdicts",
        "verdict_table",
        "check",
    ),
    "kommuneregnskap.display_method",
)
_NAMES |= dict.fromkeys(
    (
        "unit_title",
        "unit_prose",
        "unit_years",
        "unit_places",
        "unit_controls",
        "unit_check",
    ),
    "kommuneregnskap.display_units",
)
_NAMES |= dict.fromkeys(("overview", "tidy", "save"), "kommuneregnskap.tour")
_NAMES["definition_card"] = "kommuneregnskap.display_cards"
_MODULES = {
    "investments": "kommuneregnskap.sections.investments",
    "results": "kommuneregnskap.sections.results",
    "sector_costs": "kommuneregnskap.sections.sector_costs",
    "funds": "kommuneregnskap.sections.funds",
    "places": "kommuneregnskap.sections.places",
    "respondents": "kommuneregnskap.sections.respondents",
    "unit_sheet": "kommuneregnskap.unit_sheet",
    "charts": "kommuneregnskap.charts",
    "charts_groups": "kommuneregnskap.charts_groups",
    "charts_map": "kommuneregnskap.charts_map",
    "charts_units": "kommuneregnskap.charts_units",
    "charts_open": "kommuneregnskap.charts_open",
    "charts_robustness": "kommuneregnskap.charts_robustness",
    "choices": "kommuneregnskap.choices",
    "robustness": "kommuneregnskap.robustness",
    "charts_estimates": "kommuneregnskap.charts_estimates",
    "estimation": "kommuneregnskap.estimates.shown",
    "charts_nonresponse": "kommuneregnskap.charts_nonresponse",
    "nonresponse": "kommuneregnskap.nonresponse",
    "partitions": "kommuneregnskap.partitions",
    "bridge": "kommuneregnskap.bridge",
    "claims": "kommuneregnskap.claims",
    "arithmetic": "kommuneregnskap.arithmetic",
    "restatements": "kommuneregnskap.restatements",
    "history": "kommuneregnskap.history",
    "concepts": "kommuneregnskap.concepts",
    "tables": "kommuneregnskap.tables",
    "units": "kommuneregnskap.units",
}
__all__ = [*_NAMES, *_MODULES]  # noqa: PLE0604 (names of the tables above)


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name in _NAMES:
        return getattr(import_module(_NAMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
