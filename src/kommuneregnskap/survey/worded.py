"""Texts of respondents as they must read for a survey that has none, or that is of one municipality alone."""

from __future__ import annotations

import re
from collections.abc import Callable

from kommuneregnskap.support.outside import visible
from kommuneregnskap.survey.survey import Survey

# On open figures nobody has answered: what is said of respondents is said of those who are in it.
WORDED = {
    "har svart": "er med",
    "som svarte": "som er med",
    "Sum av svarene": "Sum av dem som er med",
    "uten svar": "som ikke er med",
    "Svart": "Med",
    "Svar etter": "Hvor mange som er med, etter",
}

# One municipality's own accounts are no survey: what is said of those who answered is said of it. In this order.
WORDED_ALONE = {
    r"\bKommunene som har svart, (?=\w)": "{navn} ",
    r"\b[Kk]ommunene som har svart\b": "{navn}",
    r"[;,] (?:endring for |vekst for )?(?:de )?samme kommune(?:ne|r) begge år\b": "",
    r"[Dd]e samme kommunene begge år\b": "{navn}",
    r", (?:de samme kommunene|summen av kommunene)\b": "",
    r" i (?:de samme kommunene|kommunene som svarte)\b": "",
    r"\bde samme kommunene investerte for i (?=\d)": "i ",
    r"\bde samme kommunene\b": "{navn}",
    r"\bDe samme kommunene\b": "Kommunen",
    r"\bkommunene (?=i\?$)": "{navn} ",
    r"(?<![\d\u202f])0,0 milliarder kroner\b": "0 kroner",
    r"^Fondene er til sammen på\b": "Disposisjonsfondet er på",
}


def worded(text: str, survey: Survey) -> str:
    """Return a text of respondents as it must read for the survey: on open figures, of those in it.

    Of one municipality's own accounts it is of that municipality.
    """
    if survey.alone:
        name = whole_name(survey)
        for said, instead in WORDED_ALONE.items():
            text = re.sub(said, _always(instead.replace("{navn}", name)), text)
    if not survey.gives.respondents:
        for said, instead in WORDED.items():
            text = text.replace(said, instead)
    return text


def whole_name(survey: Survey) -> str:
    """Return the name of the one municipality whose accounts these are, such as `Haugesund kommune`."""
    assert survey.alone is not None
    return f"{visible(survey.alone['navn'])} kommune"


def _always(text: str) -> Callable[[re.Match[str]], str]:
    """Return what puts a text in place of a match as it stands: a name is no pattern."""
    return lambda _: text
