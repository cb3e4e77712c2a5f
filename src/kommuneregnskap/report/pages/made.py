"""The report of one source, as a front shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from kommuneregnskap.report.pages.figures import Spec
from kommuneregnskap.report.pages.walk import Walks
from kommuneregnskap.survey.notes import SCOPES
from kommuneregnskap.survey.survey import Survey


@dataclass(frozen=True)
class Made:
    """The report of one source: the survey, its section numbers and verdicts, its folder, its charts by name.

    address: of its folder from the page, with a slash at the end; empty for a page in that folder.
    """

    survey: Survey
    tall: pl.DataFrame
    vurdering: pl.DataFrame
    folder: Path
    figures: Mapping[str, Spec]
    address: str

    @cached_property
    def walks(self) -> Walks:
        """Return what its numbers are asked for."""
        return Walks(self.survey, self.tall, self.vurdering)

    @property
    def column(self) -> str:
        """Return what the source is called at the head of its column."""
        if self.survey.synthetic:
            return "Syntetisk panel"
        return "SSBs åpne tall" if self.survey.gives.snapshots else "Egne kontofiler"

    @property
    def whose(self) -> str:
        """Return the source with the scope of its accounts."""
        more = "viser bare metoden" if self.survey.synthetic else SCOPES[self.survey.scope]
        return f"{self.column}, {more}"
