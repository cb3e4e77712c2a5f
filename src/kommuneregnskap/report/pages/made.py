"""The report of one source, as a front shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from kommuneregnskap.report import citation
from kommuneregnskap.report.citation import Cited
from kommuneregnskap.report.pages.figures import Spec
from kommuneregnskap.report.pages.walk import Walks
from kommuneregnskap.survey.notes import SCOPES
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.survey.worded import whole_name


@dataclass(frozen=True)
class Made:
    """The report of one source: its numbers and what they are asked for, its charts by name.

    address: of its folder from the page, with a slash at the end; empty for a page in that folder. checksum: of what it
    was made from (`manifest.checksum`).
    """

    walks: Walks
    figures: Mapping[str, Spec]
    address: str
    checksum: str = ""

    @property
    def survey(self) -> Survey:
        """Return the survey."""
        return self.walks.survey

    @cached_property
    def cited(self) -> Cited:
        """Return what all citations of it say alike."""
        return citation.of(self.survey, self.checksum)

    @property
    def tall(self) -> pl.DataFrame:
        """Return its section numbers (`frames.Tall`)."""
        return self.walks.tall

    @property
    def vurdering(self) -> pl.DataFrame:
        """Return its verdicts (`judgement.judge`)."""
        return self.walks.vurdering

    @property
    def column(self) -> str:
        """Return what the source is called at the head of its column."""
        if self.survey.synthetic:
            return "Syntetisk panel"
        if self.survey.alone:
            return whole_name(self.survey)
        return "SSBs åpne tall" if self.survey.gives.snapshots else "Egne kontofiler"

    @property
    def whose(self) -> str:
        """Return the source with the scope of its accounts."""
        more = "viser bare metoden" if self.survey.synthetic else SCOPES[self.survey.scope]
        more = f"egne filer, {more}" if self.survey.alone else more
        return f"{self.column}, {more}"
