"""One report: what is asked for, where it stands, and whether it has to be made again (`making`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl

from kommuneregnskap.controls import findings
from kommuneregnskap.notebooks import ENGINES, WARM
from kommuneregnskap.report import manifest
from kommuneregnskap.report.editions import parse, refuse_invented, refuse_of_one
from kommuneregnskap.report.workshop import Workshop
from kommuneregnskap.sources import with_files
from kommuneregnskap.support import spent
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.support.processes import apart
from kommuneregnskap.survey.opening import opened
from kommuneregnskap.survey.request import Request
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import published, reader, sections

UNCHANGED = "unchanged"
EXPECTED = "expected"  # a notebook that the report is to have
Progress = Callable[[str, str], None]
Made = tuple[Path, pl.DataFrame]


def section_notebooks(survey: Survey | None = None) -> list[Path]:
    """Return the notebooks of the report, in order: data/definitions/sections.csv.

    survey: of which it is to be; of one municipality's own accounts it has fewer.
    """
    every = sections.notebooks()
    if survey is None or not survey.alone:
        return every
    own = sections.of_one_municipality()["notatbok"].to_list()
    return [path for path in every if path.stem in own]


def publish(
    request: Request,
    *,
    jobs: int = 3,
    strict: bool = False,
    only: str = "",
    engine: str = WARM,
    force: bool = False,
    progress: Progress | None = None,
) -> Made:
    """Make the report of a year and return its folder and the verdicts (vurdering.csv, as text).

    jobs, engine: see `run.run_notebooks`. All else as `begin`.
    """
    with Workshop(jobs, engine) as workshop:
        return begin(request, workshop, strict=strict, only=only, force=force, progress=progress)()


@reader.held()
def begin(
    request: Request,
    workshop: Workshop,
    *,
    strict: bool = False,
    only: str = "",
    force: bool = False,
    progress: Progress | None = None,
) -> Callable[[], Made]:
    """Run the notebooks of a report, and return what writes it and gives its folder and verdicts, to be called once.

    Writes notebooks/*.ipynb (executed), index.html, definisjoner.html, tall.csv, vurdering.csv, kontroll.csv (of open
    figures avstemming.csv instead), manifest.json and, unless `only` names fewer, the editions: print, workbook,
    figures and the draft of a release (`report.editions`). Nothing of a former report is touched before
    everything is ready. What stands there already from the same (`manifest`) is not made again, unless `force`: the
    whole report, or those of its notebooks that nothing changed for. `progress` gets a notebook's name and `expected`,
    `start`, `done` or `kept`; for a report that stands its folder's name and `unchanged`.
    `strict` stops at the first unit that the controls keep out. Raises UsageError and DataError for what is not there
    and files that do not hold, NotebookError when a notebook fails.
    """
    wanted = parse(only)
    if workshop.engine not in ENGINES:
        raise UsageError(f"ENGINE is {workshop.engine!r}; allowed: {', '.join(ENGINES)}")
    if (
        workshop.jobs == 1
    ):  # little memory: what reading, evaluating and every choice take is given back
        apart(prepared, request)
    with spent.stage("opening accounts"):
        survey = opened(request)
    if survey.synthetic and request.named:
        refuse_invented(only)
    if survey.alone:
        refuse_of_one(only)
    parameters, folder = survey.request.parameters, survey.request.folder()
    if strict and len(survey.utelatt):
        raise _gravest(survey, with_files(request.source).folder(request.data_dir))
    tell = progress or (lambda _name, _state: None)
    with spent.stage("comparing with what stands"):
        made_of = manifest.basis(survey, parameters, section_notebooks(survey), wanted)
        before = None if force else manifest.former(folder)
        stands = before is not None and before.is_made_from(made_of)
    if stands:
        tell(folder.name, UNCHANGED)
        return partial(_made, folder)
    published.read_all()  # what does not hold is refused before anything is touched
    for name in made_of[manifest.NOTEBOOKS]:
        tell(Path(name).stem, EXPECTED)
    if before is None:  # else there may be few notebooks to run, or none
        workshop.get_ready()
    with spent.stage("loading what draws"):
        from kommuneregnskap.report.make import make  # noqa: PLC0415 (takes a second to import)

    write = make(survey, parameters, folder, made_of, before, wanted, workshop, tell)
    return lambda: _made(folder, write)


def _made(folder: Path, write: Callable[[], None] | None = None) -> Made:
    if write is not None:
        write()
    return folder, pl.read_csv(folder / manifest.VERDICTS, infer_schema=False)


def prepared(request: Request) -> None:
    """Keep what a report of the request needs computed, and nothing else: for a process that ends with it."""
    from kommuneregnskap.report.make import prepare  # noqa: PLC0415

    with spent.stage("opening accounts"):
        survey = opened(request)
    prepare(survey)


def _gravest(survey: Survey, folder: Path) -> DataError:
    """Return the gravest finding that keeps a unit out, of the survey year first."""
    grave = findings.blocking(survey.kontroll).join(
        survey.utelatt, on=["aar", "region"], how="semi", maintain_order="left"
    )
    latest = grave.filter(pl.col("aar") == pl.col("aar").max())
    return findings.error_of(latest.row(0, named=True), folder)
