"""One report: what is asked for, where it stands, and whether it has to be made again (`making`)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import polars as pl

from kommuneregnskap.controls import findings
from kommuneregnskap.notebooks.engines import ENGINES, WARM
from kommuneregnskap.report import manifest
from kommuneregnskap.report.editions.wanted import parse
from kommuneregnskap.sources.kostra.delivery import SCOPES, source_folder
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import DataError, UsageError
from kommuneregnskap.survey import open_figures
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.survey import OPEN, Survey
from kommuneregnskap.tables import choices, sections
from kommuneregnskap.tables.choices import Choices
from kommuneregnskap.tables.schemas.statbank import SCOPES as OPEN_SCOPES

UNCHANGED = "unchanged"
Progress = Callable[[str, str], None]


def section_notebooks() -> list[Path]:
    """Return the notebooks of the report, in order: data/definitions/sections.csv."""
    return sections.notebooks()


def usual_scope(source: str) -> str:
    """Return the scope of a source when none is asked for: kasse, of open figures konsern."""
    return OPEN_SCOPES[0] if source == OPEN else SCOPES[0]


def report_folder(
    year: int, source: str, scope: str, panel: str = "", assume: Choices = ()
) -> Path:
    """Return the folder of a report: reports/<year>/<source>, other scopes, panels and choices beside it."""
    return paths.report(year, folder_name(source, source, scope, panel, assume))


def folder_name(stem: str, source: str, scope: str, panel: str, assume: Choices = ()) -> str:
    """Return the name of a folder: `stem`, with what is not as usual: scope, panel, choices."""
    usual = scope == usual_scope(source)
    parts = [stem, "" if usual else scope, "" if panel == open_figures.WITHOUT_OSLO else panel]
    parts += [f"{valg}_{alternative}" for valg, alternative in assume]
    return "-".join(part for part in parts if part)


def portable(data_dir: str) -> str:
    """Return a data folder relative to the project, so that no output names a machine's folders."""
    if not data_dir:
        return ""
    folder = Path(data_dir)
    if not folder.is_dir():
        raise UsageError(
            f"DATA is {data_dir!r}, which is no folder; give the folder of the account files"
        )
    return Path(os.path.relpath(folder.resolve(), paths.root().resolve())).as_posix()


def asked_for(
    year: int, *, source: str, scope: str, data_dir: str, panel: str, assume: str
) -> tuple[Survey, dict[str, str | int]]:
    """Open the survey that a command asks for, and return it with the parameters that its notebooks get.

    Folders in the parameters are relative to the project; a snapshot has its name. Raises as `open_survey`.
    """
    parameters: dict[str, str | int] = {
        "year": year,
        "source": source,
        "scope": scope or usual_scope(source),
        "data_dir": data_dir if source == OPEN else portable(data_dir),
        "panel": panel,
        "assume": choices.text(choices.parse(assume)),
    }
    survey = open_survey(**parameters)  # type: ignore[arg-type]
    if survey.open is not None:
        parameters["data_dir"] = survey.open.snapshot
    return survey, parameters


def publish(
    year: int,
    *,
    source: str = "demo",
    scope: str = "",
    data_dir: str = "",
    panel: str = "",
    assume: str = "",
    jobs: int = 3,
    strict: bool = False,
    only: str = "",
    engine: str = WARM,
    force: bool = False,
    progress: Progress | None = None,
) -> tuple[Path, pl.DataFrame]:
    """Make the report of a year and return its folder and the verdicts (vurdering.csv, as text).

    Writes notebooks/*.ipynb (executed), index.html, definisjoner.html, tall.csv, vurdering.csv, kontroll.csv (of open
    figures avstemming.csv instead), manifest.json and, unless `only` names fewer, the editions: print, workbook,
    figures and the draft of a release (`export.editions`). Nothing of a former report is touched before
    everything is ready. What stands there already from the same (`manifest`) is not made again, unless `force`: the
    whole report, or those of its notebooks that nothing changed for. `progress` gets a notebook's name and `start`,
    `done` or `kept`; for a report that stands its folder's name and `unchanged`. `engine`: see `report.run_notebooks`.
    `assume`: choices made otherwise than usual, see `choices.parse`. `strict` stops at
    the first unit that the controls keep out. Raises UsageError and DataError for requests and files that
    do not hold, NotebookError when a notebook fails.
    """
    wanted = parse(only)
    if engine not in ENGINES:
        raise UsageError(f"ENGINE is {engine!r}; allowed: {', '.join(ENGINES)}")
    survey, parameters = asked_for(
        year, source=source, scope=scope, data_dir=data_dir, panel=panel, assume=assume
    )
    folder = report_folder(year, source, str(parameters["scope"]), panel, choices.parse(assume))
    if strict and len(survey.utelatt):
        raise _gravest(survey, source_folder(source, str(parameters["data_dir"])))
    tell = progress or (lambda _name, _state: None)
    made_of = manifest.basis(survey, parameters, section_notebooks(), wanted)
    before = None if force else manifest.former(folder)
    if before is not None and before.is_made_from(made_of):
        tell(folder.name, UNCHANGED)
        return folder, pl.read_csv(folder / manifest.VERDICTS, infer_schema=False)
    keys = manifest.keys(made_of, survey)
    from kommuneregnskap.report.make import make  # noqa: PLC0415 (what draws and typesets takes a second to import)

    make(
        survey,
        parameters,
        folder,
        made_of,
        keys,
        before,
        wanted,
        jobs=jobs,
        engine=engine,
        tell=tell,
    )
    return folder, pl.read_csv(folder / manifest.VERDICTS, infer_schema=False)


def _gravest(survey: Survey, folder: Path) -> DataError:
    """Return the gravest finding that keeps a unit out, of the survey year first."""
    grave = findings.blocking(survey.kontroll).join(
        survey.utelatt, on=["aar", "region"], how="semi", maintain_order="left"
    )
    latest = grave.filter(pl.col("aar") == pl.col("aar").max())
    return findings.error_of(latest.row(0, named=True), folder)
