"""One report: the executed notebooks, the page, the tables and the manifest of a year and source."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import polars as pl

from kommuneregnskap import brackets, choices, claims, open_data, paths
from kommuneregnskap.choices import Choices
from kommuneregnskap.controls import findings
from kommuneregnskap.delivery import SCOPES, file_hash, source_folder
from kommuneregnskap.display import warning
from kommuneregnskap.errors import DataError, UsageError
from kommuneregnskap.estimates import kept, simulated
from kommuneregnskap.evaluation import code_hash, table_hashes
from kommuneregnskap.export import editions, opening
from kommuneregnskap.export.control import write_findings
from kommuneregnskap.export.definitions import PAGE, export_definitions
from kommuneregnskap.export.figure_html import by_name
from kommuneregnskap.export.front import front_html
from kommuneregnskap.export.html import Section, export_html, section
from kommuneregnskap.export.reconciled import reconciled, write_reconciled
from kommuneregnskap.export.trail_html import trails_html
from kommuneregnskap.report import ENGINES, WARM, publishing, run_notebooks
from kommuneregnskap.sections import all_numbers
from kommuneregnskap.specification import specifications
from kommuneregnskap.statbank_schemas import SCOPES as OPEN_SCOPES
from kommuneregnskap.survey import OPEN, Survey
from kommuneregnskap.survey_opening import open_survey

# Packages whose version can change a number, a figure or a page.
PACKAGES = (
    "polars",
    "altair",
    "great-tables",
    "jinja2",
    "mistune",
    "numpy",
    "pygments",
    "vl-convert-python",
    "papermill",
    "nbconvert",
    "svy",
    "typst",
    "xlsxwriter",
    "python-docx",
)
NUMBER_DECIMALS = 6
# Where the published numbers of a section are judged, and so followed to their rows.
SECTION_NOTEBOOKS = {
    "investering": "1_investments",
    "resultat": "2_results",
    "sektor": "3_sector_costs",
    "fond": "4_funds",
    "svar": "5_respondents",
    "kontekst": "6_published_numbers",
}
Progress = Callable[[str, str], None]


def section_notebooks() -> list[Path]:
    """Return the notebooks of the report, in order: those whose name begins with a digit."""
    return sorted(paths.notebooks().glob("[0-9]_*.ipynb"))


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
    parts = [stem, "" if usual else scope, "" if panel == open_data.WITHOUT_OSLO else panel]
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
    progress: Progress | None = None,
) -> tuple[Path, pl.DataFrame]:
    """Make the report of a year and return its folder and the verdicts.

    Writes notebooks/*.ipynb (executed), index.html, definisjoner.html, tall.csv, vurdering.csv, kontroll.csv (of open
    figures avstemming.csv instead), manifest.json and, unless `only` names fewer, the editions: print, workbook,
    figures and the draft of a release (`export.editions`). Nothing of a former report is touched before
    everything is ready. `engine`: see `report.run_notebooks`.
    `assume`: choices made otherwise than usual, see `choices.parse`. `strict` stops at
    the first unit that the controls keep out. Raises UsageError and DataError for requests and files that
    do not hold, NotebookError when a notebook fails.
    """
    wanted = editions.parse(only)
    if engine not in ENGINES:
        raise UsageError(f"ENGINE is {engine!r}; allowed: {', '.join(ENGINES)}")
    survey, parameters = asked_for(
        year, source=source, scope=scope, data_dir=data_dir, panel=panel, assume=assume
    )
    folder = report_folder(year, source, str(parameters["scope"]), panel, choices.parse(assume))
    if strict and len(survey.utelatt):
        raise _gravest(survey, source_folder(source, str(parameters["data_dir"])))
    published = claims.read(year)
    pages: dict[str, Future[Section]] = {}
    drawn: list[Future[None]] = []
    with publishing(folder) as draft, ThreadPoolExecutor(max_workers=1) as aside:
        if progress is not None:
            progress("Computing under every choice", "start")
        kept.of(survey)  # once, before the kernels ask for it
        brackets.of(survey)
        specifications(survey)
        # What can be done while the kernels work is done beside them.
        computed = aside.submit(_computed, survey, published)

        def told(name: str, state: str) -> None:
            if state == "done":
                executed_one = draft / "notebooks" / f"{name}.ipynb"
                pages[name] = aside.submit(section, executed_one)
                drawn.append(aside.submit(editions.draw, executed_one, draft, wanted))
            if progress is not None:
                progress(name, state)

        executed = run_notebooks(
            section_notebooks(),
            parameters,
            draft / "notebooks",
            jobs=jobs,
            engine=engine,
            progress=told,
        )
        tall, vurdering, trails = computed.result()
        made = aside.submit(
            editions.write_editions, executed, survey, tall, vurdering, draft, wanted
        )
        write_tables(tall, vurdering, survey, draft)
        avstemming = reconciled(survey)
        if survey.open is None:
            write_findings(survey.kontroll, survey.accounts, draft / "kontroll.csv")
        else:
            file = draft / "avstemming.csv"
            write_reconciled(avstemming, survey, survey.accounts, file)
        for done in (*drawn, made):
            done.result()
        export_html(
            [_with_trails(pages[path.stem].result(), path, trails) for path in executed],
            draft / "index.html",
            title=opening.title(survey),
            front_html=front_html(survey, tall, vurdering, avstemming, by_name(executed)),
            banner=warning(survey) or None,
            downloads=editions.downloads(draft),
        )
        export_definitions(year, section_notebooks(), draft / PAGE, banner=warning(survey) or None)
        write_manifest(survey, parameters, draft)
    return folder, vurdering


def _computed(
    survey: Survey, published: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, str]]:
    """Return the section numbers, the verdicts, and the trails of the published numbers by section."""
    tall = all_numbers(survey)
    vurdering = claims.judge(published, tall, survey)
    # The table of recipes (utregning.csv) says how numbers come about under the usual choices.
    trails = {} if survey.choices else trails_html(survey, tall, vurdering)
    return tall, vurdering, trails


def _with_trails(page: Section, path: Path, trails: dict[str, str]) -> Section:
    """Return a section of the page with the trails of the published numbers that it judges."""
    own = [text for name, text in trails.items() if SECTION_NOTEBOOKS[name] == path.stem]
    return replace(page, trails="\n".join(own))


def _gravest(survey: Survey, folder: Path) -> DataError:
    """Return the gravest finding that keeps a unit out, of the survey year first."""
    grave = findings.blocking(survey.kontroll).join(
        survey.utelatt, on=["aar", "region"], how="semi", maintain_order="left"
    )
    latest = grave.filter(pl.col("aar") == pl.col("aar").max())
    return findings.error_of(latest.row(0, named=True), folder)


def write_tables(tall: pl.DataFrame, vurdering: pl.DataFrame, survey: Survey, folder: Path) -> None:
    """Write tall.csv and vurdering.csv with a fixed number of decimals.

    The column `regnskaper` says in every row whether the accounts are invented or delivered, on open
    figures `uttrekk` and `vintage` which they are, so that a row that is cut out and passed on still says so.
    """
    whose = {"regnskaper": pl.lit(survey.accounts)}
    if survey.open is not None:
        whose |= {
            "uttrekk": pl.lit(survey.open.snapshot),
            "vintage": pl.lit(survey.open.vintage),
        }
    if survey.choices:
        whose |= {"valg": pl.lit(choices.text(survey.choices))}
    for name, frame in (("tall", tall), ("vurdering", vurdering.drop("inne"))):
        frame.with_columns(pl.col(pl.Float64).round(NUMBER_DECIMALS), **whose).write_csv(
            folder / f"{name}.csv", float_precision=NUMBER_DECIMALS
        )


def _open(survey: Survey) -> dict[str, object] | None:
    """Return which open figures a report is made of; None for account files."""
    if survey.open is None:
        return None
    names = ("snapshot", "vintage", "updated", "panel", "official")
    return {name: getattr(survey.open, name) for name in names}


def write_manifest(survey: Survey, parameters: Mapping[str, object], folder: Path) -> None:
    """Write manifest.json: what the report was made from and with. No time, no path of a machine."""
    content = {
        "rapport": dict(parameters),
        "syntetisk": survey.synthetic,
        "aar_med_regnskap": list(survey.years),
        "aapne_tall": _open(survey),
        "utelatt": survey.utelatt.to_dicts(),
        "rettelser": survey.rettelser.drop("linje").to_dicts(),
        "regnskapsfiler_sha256": survey.inputs,
        "tabeller_sha256": table_hashes(),
        "simulering_sha256": {path.name: file_hash(path) for path in simulated.files(survey.year)},
        "notatboeker_sha256": {path.name: file_hash(path) for path in section_notebooks()},
        "kode": {"versjon": version("kommuneregnskap"), "sha256": code_hash()},
        "pakker": {name: version(name) for name in PACKAGES},
        "resultat_sha256": {
            path.relative_to(folder).as_posix(): file_hash(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        },
    }
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
