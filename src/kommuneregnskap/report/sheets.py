"""A sheet for every municipality: made in parallel, each on its own, taken up again where a run stopped.

A sheet carries a seal of what it is made from and of its own bytes (`one_sheet.is_of`); one whose seal is right, and
whose bytes are those of the manifest where that says any, is not made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import polars as pl

from kommuneregnskap.display.notebook import warning
from kommuneregnskap.notebooks.errors import one_line
from kommuneregnskap.numbers import unit_sheet
from kommuneregnskap.report import manifest, one_sheet
from kommuneregnskap.report.pages.definitions import PAGE, export_definitions
from kommuneregnskap.report.pages.rendered import html_page
from kommuneregnskap.support.errors import UsageError, shown_path
from kommuneregnskap.support.files import alone, file_hash, is_own_file, remove, replacing, writing
from kommuneregnskap.support.norwegian import number
from kommuneregnskap.support.processes import Workers, done, hired
from kommuneregnskap.survey.opening import opened
from kommuneregnskap.survey.request import Request
from kommuneregnskap.survey.survey import Survey

INDEX, MANIFEST = "index.html", "manifest.json"
TEMPLATE = "sheets.html.j2"
READY, FAILED, STALE, ABSENT = "ferdig", "feilet", "foreldet", "ikke laget"
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Sheets:
    """What a run did: the folder, how many sheets it made and kept as they were, and who failed with why."""

    folder: Path
    made: int
    kept: int
    failed: dict[str, str]


def make_sheets(
    request: Request,
    *,
    units: str = "",
    jobs: int = 2,
    scheduler: str = "",
    progress: Progress | None = None,
) -> Sheets:
    """Make the sheets of a year into reports/<year>/<source>-ark/, with an index and a manifest.

    units: numbers of sheets, separated by commas; empty: all. jobs: processes of this machine; scheduler: the
    address of a dask scheduler, whose workers are used instead. `progress` gets how
    many are done, of how many, and the last one's name. A unit that fails is listed and does not stop the others.
    What is finished when the run is stopped is kept, and the next run goes on from there.

    Raises UsageError and DataError for requests and files that do not hold, for a scheduler that does not answer
    and for workers that have other files.
    """
    survey = opened(request)
    parameters, folder = survey.request.parameters, survey.request.folder("ark")
    asked = _asked(survey, units)
    busy = f"another run is making {shown_path(folder)}; wait for it, or stop it, and try again"
    with writing(folder), alone(folder.parent, f".{folder.name}.lock", busy, folder):
        folder.mkdir(parents=True, exist_ok=True)
        run = _Run(survey, parameters, one_sheet.basis(survey, parameters), folder)
        return run.make(asked, jobs, scheduler, progress or (lambda _done, _of, _name: None))


def _asked(survey: Survey, units: str) -> list[str]:
    """Return the sheets asked for, each once. Raises UsageError for one that is not there."""
    named = [text.strip() for text in units.split(",") if text.strip()]
    if not named:
        return unit_sheet.sheets(survey)["ark"].to_list()
    return sorted({unit_sheet.sheet(survey, ark)["ark"] for ark in named})


class _Run:
    """One run: what is there, what is to be made, what came of it."""

    def __init__(
        self,
        survey: Survey,
        parameters: Mapping[str, str | int],
        basis: Mapping[str, str],
        folder: Path,
    ) -> None:
        self.survey, self.parameters, self.basis, self.folder = survey, parameters, basis, folder
        self.known = unit_sheet.sheets(survey)
        self.names = dict(self.known.select("ark", "tittel").iter_rows())
        self._clear()
        self.sums, self.reasons = self._before()

    def file(self, ark: str) -> Path:
        return self.folder / f"{ark}.html"

    def is_ready(self, ark: str) -> bool:
        """Return whether the sheet in the folder is the one that would be made now, as it was written."""
        try:
            page = self.file(ark).read_bytes()
        except OSError:
            return False
        written = self.sums.get(ark, own := sha256(page).hexdigest()) == own
        return written and one_sheet.is_of(page, one_sheet.key(self.basis, ark))

    def make(self, asked: list[str], jobs: int, scheduler: str, progress: Progress) -> Sheets:
        """Make what is missing or stale of the sheets asked for; then the index, whatever happened."""
        todo = [ark for ark in asked if not self.is_ready(ark)]
        finished = len(asked) - len(todo)
        progress(finished, len(asked), "")
        try:
            if todo:
                tasks = [one_sheet.Task(ark, self.parameters, self.basis) for ark in todo]
                with closing(hired(scheduler, min(jobs, len(todo)))) as workers:
                    for ark in self._each(workers, tasks):
                        finished += 1
                        progress(finished, len(asked), self.names[ark])
        finally:
            self._write_index()
        failed = {ark: self.reasons[ark] for ark in asked if ark in self.reasons}
        return Sheets(self.folder, len(todo) - len(failed), len(asked) - len(todo), failed)

    def _each(self, workers: Workers, tasks: list[one_sheet.Task]) -> Iterator[str]:
        """Write each sheet as it comes, and say which it was."""
        for task, found in done(workers, one_sheet.make, tasks):
            result = (
                found
                if isinstance(found, one_sheet.Outcome)
                else one_sheet.Outcome(error=_reason(found))
            )
            if result.differs:
                raise UsageError(
                    f"a worker has other files than this machine ({result.differs}); give it the same "
                    "project folder (KOMMUNEREGNSKAP_ROOT) and environment, and start it again"
                )
            self.reasons.pop(task.ark, None)
            self.sums.pop(task.ark, None)
            if result.error:
                self.reasons[task.ark] = result.error
                # What stands there is of other accounts.
                self.file(task.ark).unlink(missing_ok=True)
            else:
                _write(self.file(task.ark), result.page)
            yield task.ark

    def _before(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return the hashes of the run before and who failed in it, where that was made from the same."""
        before = manifest.read(self.folder / MANIFEST) or {}
        rows = before["ark"] if before.get("grunnlag_sha256") == dict(self.basis) else []
        sums = {row["ark"]: row["sha256"] for row in rows if row["status"] == READY}
        return sums, {row["ark"]: row["grunn"] for row in rows if row["status"] == FAILED}

    def _clear(self) -> None:
        """Remove sheets of units that no longer have accounts, what a killed run left half-written, and no files."""
        own = {self.file(ark).name for ark in self.known["ark"]} | {INDEX, PAGE, MANIFEST}
        for path in self.folder.iterdir():
            if (path.name in own and not is_own_file(path)) or (
                path.name not in own and path.is_file()
            ):
                remove(path)

    def _rows(self) -> list[dict[str, str]]:
        return [
            {
                "ark": row["ark"],
                "tittel": row["tittel"],
                "gruppe": row["gruppe"],
                "fylke": row["fylke"],
                "status": (status := self._status(row["ark"])),
                "grunn": self.reasons.get(row["ark"], "") if status == FAILED else "",
                "fil": self.file(row["ark"]).name if self.file(row["ark"]).is_file() else "",
            }
            for row in self.known.iter_rows(named=True)
        ]

    def _status(self, ark: str) -> str:
        if self.is_ready(ark):
            return READY
        if ark in self.reasons:
            return FAILED
        return STALE if self.file(ark).is_file() else ABSENT

    def _write_index(self) -> None:
        """Write the index, the definition cards and the manifest: the same state, the same bytes."""
        rows = self._rows()
        states = pl.Series([row["status"] for row in rows], dtype=pl.String)
        survey, banner = self.survey, warning(self.survey) or None
        page = html_page(
            TEMPLATE,
            title=f"Enhetsark {survey.year}",
            banner=banner,
            about=f"Ett ark for hver av de {number(len(rows))} kommunene som har regnskap for {survey.year}.",
            counts=[
                (state, number(int((states == state).sum())))
                for state in (READY, FAILED, STALE, ABSENT)
                if state == READY or (states == state).any()
            ],
            rows=rows,
        )
        _write(self.folder / INDEX, page)
        with replacing(self.folder / PAGE) as cards:
            export_definitions(survey, [one_sheet.notebook()], cards, banner=banner)
        content = {
            "rapport": dict(self.parameters),
            "syntetisk": survey.synthetic,
            "grunnlag_sha256": dict(self.basis),
            "ark": [
                {name: row[name] for name in ("ark", "status", "grunn", "fil")}
                | ({"sha256": file_hash(self.folder / row["fil"])} if row["fil"] else {})
                for row in rows
            ],
        }
        _write(self.folder / MANIFEST, manifest.text(content))


def _reason(error: BaseException) -> str:
    return one_line(str(error)) or type(error).__name__


def _write(file: Path, text: str) -> None:
    with replacing(file) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
