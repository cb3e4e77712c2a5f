"""By which licences the project and the figures it builds on may be passed on (data/README.md says of what)."""

from __future__ import annotations

from dataclasses import dataclass

from kommuneregnskap.survey.survey import Survey


@dataclass(frozen=True)
class Licence:
    """A licence: what SPDX and Open Definition call it, its name and its text's address."""

    name: str
    title: str
    address: str


MIT = Licence("MIT", "MIT License", "https://spdx.org/licenses/MIT.html")
CC_BY = Licence(
    "CC-BY-4.0",
    "Creative Commons Attribution 4.0 International",
    "https://creativecommons.org/licenses/by/4.0/",
)


def of(survey: Survey) -> tuple[Licence, ...]:
    """Return the licences of what is made of a survey: on open figures also that of SSB, whose figures they are."""
    return (MIT, CC_BY) if survey.gives.snapshots else (MIT,)
