"""Makes one sheet: what a worker does, in a process of its own, on any machine with the same files."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from kommuneregnskap.display.notebook import warning
from kommuneregnskap.display.sheet import heading
from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.notebooks.errors import one_line
from kommuneregnskap.notebooks.run import execute
from kommuneregnskap.numbers import unit_sheet
from kommuneregnskap.report.manifest import PACKAGES
from kommuneregnskap.report.pages.html import section
from kommuneregnskap.report.pages.rendered import html_page
from kommuneregnskap.support import paths
from kommuneregnskap.support.cache import digest
from kommuneregnskap.support.code import code_hash
from kommuneregnskap.support.errors import KommuneregnskapError
from kommuneregnskap.support.files import file_hash
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables.hashes import table_hashes

NOTEBOOK = "municipality"
TEMPLATE = "sheet.html.j2"
SEAL = re.compile(rb'data-innhold="([0-9a-f]{64})"')
BLANK = 'data-innhold=""'  # in its place where the seal is made
# Of what this process has loaded: the files may be others by the time a sheet is made.
CODE = code_hash()


@dataclass(frozen=True)
class Task:
    """One sheet to make: what it is called, the parameters of the run, what it must be made from."""

    ark: str
    parameters: Mapping[str, str | int]
    basis: Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    """A sheet that was made (`page`), or why it was not (`error`); `differs`: what the worker has otherwise."""

    page: str = ""
    error: str = ""
    differs: str = ""


def notebook() -> Path:
    """Return the notebook of a sheet."""
    return paths.notebooks() / f"{NOTEBOOK}.ipynb"


def basis(survey: Survey, parameters: Mapping[str, str | int]) -> dict[str, str]:
    """Return what every sheet of a run is made from, each by its sha256: the same basis, the same bytes."""
    parts: dict[str, object] = {
        "account files": survey.inputs,
        "tables": table_hashes(),
        "notebook": file_hash(notebook()),
        "code": CODE,
        "packages": {name: version(name) for name in PACKAGES},
        "parameters": dict(parameters),
    }
    return {name: _hash(part) for name, part in parts.items()}


def key(basis: Mapping[str, str], ark: str) -> str:
    """Return the name of what one sheet is made from."""
    return _hash({"basis": dict(basis), "ark": ark})


def is_of(page: bytes, key: str) -> bool:
    """Return whether a page is the sheet that was made from what `key` names, to the last byte."""
    found = SEAL.search(page)
    if found is None:
        return False
    blank = page[: found.start()] + BLANK.encode() + page[found.end() :]
    return found[1].decode() == _seal(blank, key)


def _sealed(page: str, key: str) -> str:
    """Return a page with its seal: by it the sheet is known again, also where a run was stopped before its manifest."""
    return page.replace(BLANK, f'data-innhold="{_seal(page.encode(), key)}"', 1)


def _seal(blank: bytes, key: str) -> str:
    return hashlib.sha256(f"{key}\n".encode() + blank).hexdigest()


def _hash(content: object) -> str:
    return digest(content)


def make(task: Task) -> Outcome:
    """Make a sheet in this process, which keeps the survey open for the next one.

    Nothing is raised but what ends a process: an error is told in one line, and is that of this sheet alone.
    """
    try:
        opening.keep_open(_hash(dict(task.basis)))
        survey = opening.open_survey(**task.parameters)
        differs = _differences(survey, task)
    except Exception as error:  # not this sheet's fault, but this worker's
        return Outcome(differs=one_line(str(error)))
    if differs:
        return Outcome(differs=differs)
    try:
        return Outcome(page=page(survey, task))
    except KommuneregnskapError as error:
        return Outcome(error=one_line(str(error)))
    except Exception as error:  # a fault of ours in one sheet must not stop the others
        return Outcome(error=one_line(f"{type(error).__name__}: {error}"))


_checked: set[str] = set()


def _differences(survey: Survey, task: Task) -> str:
    """Say what this process has otherwise than the one that asks; looked at once."""
    asked = _hash(dict(task.basis))
    if asked in _checked:
        return ""
    own = basis(survey, task.parameters)
    differing = [name for name, value in own.items() if value != task.basis[name]]
    if not differing:
        _checked.add(asked)
    return ", ".join(differing)


def page(survey: Survey, task: Task) -> str:
    """Return the sheet as a page: the executed notebook, without a kernel of its own. Same task, same bytes."""
    executed = execute(notebook(), {**task.parameters, "unit": task.ark})
    return rendered(executed, survey, task)


def rendered(executed: notebooks.Notebook, survey: Survey, task: Task) -> str:
    """Return an executed notebook as the page of a sheet."""
    own = unit_sheet.sheet(survey, task.ark)
    with tempfile.TemporaryDirectory(prefix="kr-") as folder:
        file = Path(folder) / f"{NOTEBOOK}.ipynb"
        notebooks.write(executed, file)
        body = section(file, alive=False, folded=False).body
    text = html_page(
        TEMPLATE,
        title=f"{heading(own)}, {survey.year}",
        banner=warning(survey) or None,
        body=body,
        key="",
    )
    return _sealed(text, key(task.basis, task.ark))
