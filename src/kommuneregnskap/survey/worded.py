"""Texts of respondents as they must read for a survey that has none."""

from __future__ import annotations

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


def worded(text: str, survey: Survey) -> str:
    """Return a text of respondents as it must read for the survey: on open figures, of those in it."""
    if not survey.gives.respondents:
        for said, instead in WORDED.items():
            text = text.replace(said, instead)
    return text
