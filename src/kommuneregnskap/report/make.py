"""Makes a report: the executed notebooks, the page, the tables, the editions and the manifest."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import polars as pl

from kommuneregnskap.display.notebook import warning
from kommuneregnskap.estimates import kept
from kommuneregnskap.notebooks.files import keep_of_one
from kommuneregnskap.notebooks.run import run_notebooks
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report import citation, editions, manifest, resources
from kommuneregnskap.report.beside import write_table
from kommuneregnskap.report.citation import Cited
from kommuneregnskap.report.editions import figures
from kommuneregnskap.report.pages.control import write_findings
from kommuneregnskap.report.pages.definitions import PAGE, export_definitions
from kommuneregnskap.report.pages.figures import by_name
from kommuneregnskap.report.pages.html import Section, section
from kommuneregnskap.report.pages.made import Made
from kommuneregnskap.report.pages.reconciled import write_reconciled
from kommuneregnskap.report.pages.trail import trails_html
from kommuneregnskap.report.pages.walk import Walks
from kommuneregnskap.report.pages.whole import export_pages
from kommuneregnskap.report.workshop import NOTEBOOKS, Workshop
from kommuneregnskap.sensitivity.nonresponse import strength
from kommuneregnskap.sensitivity.specification import specifications
from kommuneregnskap.sensitivity.switch import switched
from kommuneregnskap.support import paths, spent
from kommuneregnskap.support.files import publishing, writing
from kommuneregnskap.support.memory import give_back
from kommuneregnskap.support.processes import ended
from kommuneregnskap.survey.reconciled import reconciled
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, sections, written
from kommuneregnskap.verdicts import brackets, judgement

Progress = Callable[[str, str], None]
PAGES = "pages"


def make(
    survey: Survey,
    parameters: Mapping[str, object],
    folder: Path,
    made_of: manifest.Basis,
    before: manifest.Former | None,
    wanted: Collection[str],
    workshop: Workshop,
    tell: Progress,
) -> Callable[[], None]:
    """Run the notebooks of a survey's report, and return what writes the report, to be called once.

    made_of: `manifest.basis`. before: the report that stands there; its executed notebooks are taken over where nothing
    changed for them. wanted: the editions. workshop: who works on it. tell gets a notebook's name and `start`, `done`
    or `kept`. Nothing of a former report is touched before everything is ready. Raises DataError where the system
    refuses to write, NotebookError when a notebook fails.
    """
    draft, complete = workshop.draft(publishing(folder))
    tell("Computing under every choice", "start")
    with writing(folder, draft):
        prepare(survey)
        begun = _Begun(survey, made_of, wanted, draft, workshop)
        with spent.stage(NOTEBOOKS):
            _run(begun, parameters, before, tell)

    def write() -> None:
        tell("Writing the page and its files", "start")
        with spent.stage("pages and files"):
            with writing(folder, draft):
                begun.write()
            complete()

    return partial(copy_context().run, write)


@dataclass
class _Begun:
    """A report that is being made, and what is done for it beside its notebooks as these come.

    executed: the notebooks in order, as they will be. read: which tables each read, by file name.
    """

    survey: Survey
    made_of: manifest.Basis
    wanted: Collection[str]
    draft: Path
    workshop: Workshop
    sections: dict[str, Future[Section]] = field(default_factory=dict)
    read: dict[str, dict[str, str] | None] = field(default_factory=dict)

    @property
    def executed(self) -> list[Path]:
        return [self.draft / "notebooks" / name for name in self.made_of[manifest.NOTEBOOKS]]

    @cached_property
    def computed(self) -> Future[tuple[Walks, dict[str, str]]]:
        return self.workshop.beside(_computed, self.survey)

    @cached_property
    def about(self) -> Future[None]:
        return self.workshop.beside(
            spent.stage(PAGES)(export_definitions),
            self.survey,
            [paths.notebooks() / path.name for path in self.executed],
            self.draft / PAGE,
            banner=warning(self.survey) or None,
        )

    @cached_property
    def files(self) -> str:
        """Where its figures stand beside the page; empty where it has none."""
        return f"{figures.FOLDER}/" if figures.EDITION.name in self.wanted else ""

    @cached_property
    def checksum(self) -> str:
        return manifest.checksum(self.made_of)

    def came(self, name: str) -> None:
        """Draw a notebook that was executed, and make its section of the page."""
        path = self.draft / "notebooks" / f"{name}.ipynb"
        if self.survey.alone:
            keep_of_one(path, sections.titles_of_one()[name])
        cited = citation.of(self.survey, self.checksum)
        shown = (path, self.draft, self.files, cited, self.wanted)
        self.sections[name] = self.workshop.beside(_drawn, *shown)

    def write(self) -> None:
        """Write everything but the notebooks to the draft."""
        walks, trails = ended(self.computed).result()
        material = editions.Material(self.executed, self.survey, walks.tall, walks.vurdering)
        made = self.workshop.beside(editions.write, material, self.draft, self.wanted)
        write_tables(walks.tall, walks.vurdering, self.survey, self.draft)
        avstemming = reconciled(self.survey)
        _write_controls(self.survey, avstemming, self.draft)
        own_pages = {name: ended(page).result() for name, page in self.sections.items()}
        for done in (self.about, made):
            ended(done).result()
        of_one = Made(walks, by_name(self.executed, self.files), "", self.checksum)
        downloads = editions.downloads(self.draft)
        with spent.stage(PAGES):
            export_pages(of_one, own_pages, trails, avstemming, self.draft, downloads=downloads)
        manifest.write(self.made_of, self.survey, self.read, self.draft)


def _drawn(path: Path, draft: Path, files: str, cited: Cited, wanted: Collection[str]) -> Section:
    """Write what the editions draw of an executed notebook, and return its section of the page."""
    editions.draw(path, draft, wanted)
    with spent.stage(PAGES):
        return section(path, files=files, cited=cited)


def _run(
    begun: _Begun,
    parameters: Mapping[str, object],
    before: manifest.Former | None,
    tell: Progress,
) -> None:
    """Take over the notebooks that nothing changed for, and run the others."""
    # What can be done while the notebooks run is done beside them.
    of_them_all: tuple[Future[Any], ...] = (begun.computed, begun.about)

    def told(name: str, state: str) -> None:
        if state in ("done", manifest.KEPT):
            begun.came(name)
        tell(name, state)

    taken = before.executed(begun.made_of, begun.survey) if before is not None else {}
    begun.read.update({name: own for name, (_, own) in taken.items()})
    _take_over({name: path for name, (path, _) in taken.items()}, begun.draft / "notebooks", told)
    if begun.workshop.jobs == 1:  # little memory: each thing at a time
        for each in of_them_all:
            ended(each).result()
        give_back()
    names = [path.name for path in begun.executed if path.name not in taken]
    run_notebooks(
        # The last ones take the most memory: they run while this process has drawn little.
        [paths.notebooks() / name for name in reversed(names)],
        parameters,
        begun.draft / "notebooks",
        jobs=begun.workshop.jobs,
        engine=begun.workshop.engine,
        # With one job they leave when the notebooks have run, and give back what these took.
        workers=None if begun.workshop.jobs == 1 else begun.workshop.workers,
        progress=told,
        read=begun.read.__setitem__,
    )


def _write_controls(survey: Survey, avstemming: pl.DataFrame, draft: Path) -> None:
    """Write what the controls found, of open figures how they are reconciled."""
    if survey.gives.controls:
        whose = resources.origin(survey)
        write_findings(survey.kontroll, survey.accounts, draft / "kontroll.csv", whose)
    else:
        write_reconciled(avstemming, survey, survey.accounts, draft / "avstemming.csv")


@spent.stage("numbers under other choices")
def prepare(survey: Survey) -> None:
    """Compute what the notebooks ask for, and keep it: once, before they do."""
    kept.of(survey)
    brackets.of(survey)
    specifications(survey)
    if survey.synthetic and survey.gives.respondents:  # section 9 asks what all of the panel have
        kept.truth(survey.year)
    strength.curve(survey)


def _take_over(standing: Mapping[str, Path], folder: Path, told: Progress) -> None:
    """Copy executed notebooks of a former report, by file name, that nothing changed for."""
    for name, path in standing.items():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / name)
        told(path.stem, manifest.KEPT)


@spent.stage("numbers and trails")
def _computed(survey: Survey) -> tuple[Walks, dict[str, str]]:
    """Return the numbers of the report, what they are asked for, and their trails by section.

    What each choice makes of the published numbers is kept for the front.
    """
    tall = compute(survey)
    walks = Walks(survey, tall, judgement.judge(judgement.read(survey.year), tall, survey))
    if survey.choices or survey.alone:
        return walks, {}
    switched(survey)
    return walks, trails_html(walks)


@spent.stage("tables")
def write_tables(tall: pl.DataFrame, vurdering: pl.DataFrame, survey: Survey, folder: Path) -> None:
    """Write tall.csv and vurdering.csv, and each as a workbook and as parquet, with what it is.

    The column `regnskaper` says in every row whether the accounts are invented or delivered, on open
    figures `uttrekk` and `vintage` which they are, so that a row that is cut out and passed on still says so.
    """
    whose = {column: pl.lit(text) for column, text in survey.whose.items()}
    if survey.choices:
        whose |= {"valg": pl.lit(choices.text(survey.choices))}
    origin = resources.origin(survey)
    year = survey.year
    of_numbers = resources.About(
        f"Alle tall i rapporten for {year}",
        origin,
        "Hvert tall som delene av rapporten handler om, med enheten og hvor mange kommuner det er av.",
        schema=written.Tall,
    )
    of_published = resources.About(
        f"De publiserte tallene for {year}, med vurdering",
        resources.with_published(origin),
        "Hvert tall som er publisert for året, holdt mot tallet som er regnet ut av disse regnskapene.",
        schema=written.Vurdering,
    )
    write_table(tall.with_columns(**whose), folder / "tall.csv", of_numbers)
    write_table(
        vurdering.drop("inne").with_columns(**whose), folder / "vurdering.csv", of_published
    )
