"""Makes a report: the executed notebooks, the page, the tables, the editions and the manifest."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import ParamSpec, TypeVar

import polars as pl

from kommuneregnskap.display.notebook import warning
from kommuneregnskap.estimates import kept
from kommuneregnskap.notebooks.files import keep_of_one
from kommuneregnskap.notebooks.run import run_notebooks
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report import citation, editions, manifest, resources
from kommuneregnskap.report.beside import write_table
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
from kommuneregnskap.sensitivity.specification import specifications
from kommuneregnskap.sensitivity.switch import switched
from kommuneregnskap.support import paths, spent
from kommuneregnskap.support.files import publishing
from kommuneregnskap.support.memory import give_back
from kommuneregnskap.survey.reconciled import reconciled
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import choices, sections, written
from kommuneregnskap.verdicts import brackets, judgement

Progress = Callable[[str, str], None]
P = ParamSpec("P")
Result = TypeVar("Result")
PAGES = "pages"


def make(
    survey: Survey,
    parameters: Mapping[str, object],
    folder: Path,
    made_of: manifest.Basis,
    before: manifest.Former | None,
    wanted: Collection[str],
    *,
    jobs: int,
    engine: str,
    tell: Progress,
) -> None:
    """Make the report of a survey in its folder.

    made_of: `manifest.basis`. before: the report that stands there; its executed notebooks are taken over where nothing
    changed for them. wanted: the editions. jobs, engine: see `run_notebooks`. tell
    gets a notebook's name and `start`, `done` or `kept`. Nothing of a former report is touched before everything is
    ready. Raises DataError where the system refuses to write, NotebookError when a notebook fails.
    """
    sources = [paths.notebooks() / name for name in made_of[manifest.NOTEBOOKS]]
    titles = sections.titles_of_one()
    pages: dict[str, Future[Section]] = {}
    drawn: list[Future[None]] = []
    cited = citation.of(survey, manifest.checksum(made_of))
    files = f"{figures.FOLDER}/" if figures.EDITION.name in wanted else ""
    with publishing(folder) as draft, ThreadPoolExecutor(max_workers=1) as aside:
        tell("Computing under every choice", "start")
        prepare(survey)
        # What can be done while the kernels work is done beside them.
        computed = _submit(aside, _computed, survey)
        about = _submit(
            aside,
            spent.stage(PAGES)(export_definitions),
            survey,
            sources,
            draft / PAGE,
            banner=warning(survey) or None,
        )

        def told(name: str, state: str) -> None:
            if state in ("done", manifest.KEPT):
                executed_one = draft / "notebooks" / f"{name}.ipynb"
                if survey.alone:
                    keep_of_one(executed_one, titles[name])
                on_page = spent.stage(PAGES)(section)
                pages[name] = _submit(aside, on_page, executed_one, files=files, cited=cited)
                drawn.append(_submit(aside, editions.draw, executed_one, draft, wanted))
            tell(name, state)

        with spent.stage("notebooks"):
            taken = before.executed(made_of, survey) if before is not None else {}
            read: dict[str, dict[str, str] | None] = {name: own for name, (_, own) in taken.items()}
            _take_over({name: path for name, (path, _) in taken.items()}, draft / "notebooks", told)
            if jobs == 1:  # little memory: each thing at a time
                computed.result()
                about.result()
                give_back()
            run_notebooks(
                # The last ones take the most memory: they run while this process has drawn little.
                [path for path in reversed(sources) if path.name not in taken],
                parameters,
                draft / "notebooks",
                jobs=jobs,
                engine=engine,
                progress=told,
                read=read.__setitem__,
            )
            executed = [draft / "notebooks" / path.name for path in sources]
        tell("Writing the page and its files", "start")
        with spent.stage("pages and files"):
            walks, trails = computed.result()
            tall, vurdering = walks.tall, walks.vurdering
            material = editions.Material(executed, survey, tall, vurdering)
            made = _submit(aside, editions.write, material, draft, wanted)
            write_tables(tall, vurdering, survey, draft)
            avstemming = reconciled(survey)
            _write_controls(survey, avstemming, draft)
            for done in (*drawn, about, made):
                done.result()
            of_one = Made(walks, by_name(executed, files), "", manifest.checksum(made_of))
            own_pages = {name: page.result() for name, page in pages.items()}
            downloads = editions.downloads(draft)
            with spent.stage(PAGES):
                export_pages(of_one, own_pages, trails, avstemming, draft, downloads=downloads)
            manifest.write(made_of, survey, read, draft)


def _write_controls(survey: Survey, avstemming: pl.DataFrame, draft: Path) -> None:
    """Write what the controls found, of open figures how they are reconciled."""
    if survey.gives.controls:
        whose = resources.origin(survey)
        write_findings(survey.kontroll, survey.accounts, draft / "kontroll.csv", whose)
    else:
        write_reconciled(avstemming, survey, survey.accounts, draft / "avstemming.csv")


def _submit(
    aside: ThreadPoolExecutor, work: Callable[P, Result], *given: P.args, **named: P.kwargs
) -> Future[Result]:
    """Have something done aside, by the tables that are held here (`reader.held`)."""
    here = copy_context()
    return aside.submit(lambda: here.run(work, *given, **named))


@spent.stage("numbers under other choices")
def prepare(survey: Survey) -> None:
    """Compute what the notebooks ask for, and keep it: once, before they do."""
    kept.of(survey)
    brackets.of(survey)
    specifications(survey)
    if survey.synthetic and survey.gives.respondents:  # section 9 asks what all of the panel have
        kept.truth(survey.year)


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
