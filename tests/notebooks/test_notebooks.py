"""The committed notebooks: their form, what keeps them clean, and that their checks can fail."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import polars as pl
import pytest

from kommuneregnskap.notebooks import files as notebooks
from kommuneregnskap.numbers import unit_sheet
from kommuneregnskap.report import accepted
from kommuneregnskap.support import paths
from kommuneregnskap.tables import sections
from kommuneregnskap.verdicts.judgement import changed_lines
from tests.conftest import PROJECT, edit_table
from tests.helpers.computing import NOTEBOOKS
from tests.helpers.settings import personal

SECTIONS = sections.notebooks()
ALL = sorted((PROJECT / "notebooks").glob("*.ipynb"))
SHEET = PROJECT / "notebooks/municipality.ipynb"
HEADINGS = ["Spørsmål", "Data", "Definisjon", "Beregning", "Resultat", "Kontroll"]
# The check cell of a notebook that computes: a published number, the notebook's value, the table's, the verdict.
VERDICT = r"\w+( \(\w+\))?"  # with a mark behind it where published numbers do not add up
COMPUTED = r"\w+ \(.+\): publisert .+ \| her .+ \| tabellen .+ \| " + VERDICT
MAX_LINES = 15  # of a code cell: more belongs in the package


def code(path: Path) -> list[notebooks.Notebook]:
    return [cell for cell in notebooks.read(path).cells if cell.cell_type == "code"]


def tagged(path: Path, tag: str) -> list[notebooks.Notebook]:
    return [cell for cell in code(path) if tag in notebooks.tags(cell)]


def headings(path: Path) -> list[str]:
    text = "\n".join(c.source for c in notebooks.read(path).cells if c.cell_type == "markdown")
    return re.findall(r"^## (.+)$", text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    "row", list(sections.table().iter_rows(named=True)), ids=lambda r: r["seksjon"]
)
def test_a_section_has_the_title_that_the_table_says(row: dict[str, object]) -> None:
    first = notebooks.read(PROJECT / f"notebooks/{row['notatbok']}.ipynb").cells[0].source
    assert first.splitlines()[0] == f"# {row['rekkefoelge']}. {row['tittel']}"


@pytest.mark.parametrize("path", [*SECTIONS, SHEET], ids=lambda path: path.stem)
def test_a_section_is_a_short_paper(path: Path) -> None:
    assert headings(path) == HEADINGS


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_notebook_declares_its_parameters_once(path: Path) -> None:
    (cell,) = tagged(path, notebooks.PARAMETERS_TAG)
    assert re.findall(r"^(\w+): \w+ = ", cell.source, flags=re.MULTILINE) == [
        "year",
        "source",
        "scope",
        "data_dir",
        "panel",
        "assume",
        *(["unit"] if path == SHEET else []),
    ]


@pytest.mark.parametrize("path", SECTIONS, ids=lambda path: path.stem)
def test_a_section_ends_with_a_check_whose_output_is_stored(path: Path) -> None:
    """Nbval passes silently where the stored output, or the count beside it, is gone."""
    (cell,) = tagged(path, notebooks.CHECK_TAG)
    assert cell.id == code(path)[-1].id
    assert cell.execution_count is not None
    (output,) = cell.outputs
    lines = output.text.splitlines()
    assert lines
    form = COMPUTED if path.stem in NOTEBOOKS else r"\w+: publisert .+ \| beregnet .+ \| " + VERDICT
    assert all(re.fullmatch(form, line) for line in lines)


def test_a_sheet_ends_with_a_check_whose_output_is_stored() -> None:
    (cell,) = tagged(SHEET, notebooks.CHECK_TAG)
    assert cell.id == code(SHEET)[-1].id
    assert cell.execution_count is not None
    (output,) = cell.outputs
    of_open = output.text.splitlines()
    assert len(of_open) > 5
    again = r"\w+( \(vekst\))?: i arket .+ \| av {} .+ \| likt"
    assert all(re.fullmatch(again.format("SSBs beløp"), line) for line in of_open)
    measures = unit_sheet.measures("kasse")  # the panel's accounts
    lines = accepted.panel_text(SHEET.stem).read_text("utf-8").splitlines()
    assert [re.split(r" \(|:", line)[0] for line in lines] == measures["begrep"].to_list()
    assert all(re.fullmatch(again.format("radene"), line) for line in lines)


def test_the_sections_store_every_published_number_of_the_year() -> None:
    """What section 6 stores is what the others store together, and all of data/claims/2024.csv."""
    stored = {
        path.stem[0]: tagged(path, notebooks.CHECK_TAG)[0].outputs[0].text.splitlines()
        for path in SECTIONS
    }
    claims = pl.read_csv(PROJECT / "data/claims/2024.csv", infer_schema=False)
    assert [line.split(":")[0] for line in stored["6"]] == claims["id"].to_list()

    def verdicts(numbers: str, sign: str) -> set[tuple[str, str]]:
        """Return ids and verdicts in the check cells of notebooks; sign: what follows an id."""
        lines = [line for number in numbers for line in stored[number]]
        return {(line.split(sign)[0], line.rsplit(" | ", 1)[1]) for line in lines}

    everything, of_sections = verdicts("6", ":"), verdicts("12345", " (")
    assert of_sections <= everything
    assert {verdict for _, verdict in everything - of_sections} <= {"kontekst"}


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_no_output_outside_check_cells_is_committed(path: Path) -> None:
    assert notebooks.is_clean(path)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_notebook_has_no_helper_code_and_no_long_cell(path: Path) -> None:
    for cell in code(path):
        assert not re.search(r"\b(def|lambda|class)\b", cell.source)
        assert len(cell.source.splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", [*SECTIONS, SHEET], ids=lambda path: path.stem)
def test_prose_holds_no_number_that_should_have_been_computed(path: Path) -> None:
    """Numbers in Markdown are headings, or the illustration of what a printed number means."""
    prose = [c.source for c in notebooks.read(path).cells if c.cell_type == "markdown"]
    words = "\n".join(line for text in prose for line in text.splitlines() if line[:1] != "#")
    words = re.sub(r"«17 prosent» er alt som rundes til 17", "", words)
    words = re.sub(r"innenfor 30 tusen kroner|1\. januar", "", words)  # the check's margin, a date
    assert not re.search(r"\d", words)


def sample(tmp_path: Path) -> Path:
    """A notebook as it looks after someone ran it in JupyterLab."""
    v4 = nbformat.v4
    output = v4.new_output("stream", name="stdout", text="9901\n")
    cells = [
        v4.new_markdown_cell("# Prøve"),
        v4.new_code_cell("year: int = 2024", metadata={"tags": [notebooks.PARAMETERS_TAG]}),
        v4.new_code_cell("year = 2023", metadata={"tags": [notebooks.INJECTED_TAG]}),
        v4.new_code_cell("print(9901)", outputs=[output], execution_count=7),
        v4.new_code_cell(
            "print(9901)",
            outputs=[output],
            execution_count=8,
            metadata={"tags": [notebooks.CHECK_TAG], "execution": {"iopub.status.idle": "2024"}},
        ),
    ]
    notebook = v4.new_notebook(cells=cells, metadata={"papermill": {"start_time": "2024"}})
    path = tmp_path / "prøve.ipynb"
    nbformat.write(notebook, path)
    return path


def test_cleaning_keeps_the_check_and_nothing_else(tmp_path: Path) -> None:
    path = sample(tmp_path)
    assert not notebooks.is_clean(path)
    notebooks.clean_notebook(path)
    assert notebooks.is_clean(path)
    cells = notebooks.read(path).cells
    assert [len(cell.get("outputs", [])) for cell in cells] == [0, 0, 0, 1]
    assert "2024-" not in path.read_text("utf-8")
    assert "iopub" not in path.read_text("utf-8")
    before = path.read_bytes()
    notebooks.clean_notebook(path)
    assert path.read_bytes() == before


def test_accepting_stores_the_new_check_output(tmp_path: Path) -> None:
    source = sample(tmp_path)
    executed = tmp_path / "executed.ipynb"
    shutil.copy(source, executed)
    fresh = notebooks.read(executed)
    fresh.cells[-1].outputs[0].text = "9902\n"
    notebooks.write(fresh, executed)
    notebooks.store_check_outputs(source, executed)
    assert tagged(source, notebooks.CHECK_TAG)[0].outputs[0].text == "9902\n"
    assert notebooks.is_clean(source)


def test_changes_are_told_per_published_number() -> None:
    stored = "a: publisert 17 prosent | beregnet 17,2 prosent | kalibrert\nb: publisert 2 | beregnet 2 | kalibrert"
    new = "a: publisert 17 prosent | beregnet 19,4 prosent | avvik\nc: publisert 3 | beregnet 3 | kalibrert"
    assert changed_lines(stored, stored) == []
    assert changed_lines("en tekst", "en annen") == []
    assert changed_lines(stored, new) == [
        "a: publisert 17 prosent; stored: beregnet 17,2 prosent, kalibrert; "
        "new: beregnet 19,4 prosent, avvik",
        "b: publisert 2; stored: beregnet 2, kalibrert; new: no such published number",
        "c: publisert 3; stored: no such published number; new: beregnet 3, kalibrert",
    ]


def kept_on_the_panel(name: str) -> Path:
    """Return where the project keeps what a notebook's check cells say on the panel."""
    return accepted.panel_text(name).relative_to(paths.root())


def nbval(project: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Run nbval over one notebook of a project folder, as `make test` does; stored is what is kept of the panel."""
    path = project / f"notebooks/{name}.ipynb"
    notebook = notebooks.read(path)
    for cell in notebook.cells:
        if notebooks.CHECK_TAG in notebooks.tags(cell):
            cell.outputs[0].text = (PROJECT / kept_on_the_panel(name)).read_text("utf-8")
    notebooks.write(notebook, path)
    shutil.copy(PROJECT / "conftest.py", project)
    shutil.copy(PROJECT / "pyproject.toml", project)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--color=no", f"notebooks/{name}.ipynb"],
        cwd=project,
        env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )


def failed(run: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the ids of the published numbers that a run reports as changed."""
    line = r"^\s*(k\d{4}_\w+) \(.*\): .*; stored: .*; new: "
    found = re.findall(line, run.stdout, flags=re.MULTILINE)
    return list(dict.fromkeys(found))  # under CI pytest repeats the message in its summary


def test_an_untouched_notebook_passes_whatever_settings_the_user_has(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in personal(tmp_path).items():
        monkeypatch.setenv(name, value)
    run = nbval(project, "4_funds")
    assert run.returncode == 0, run.stdout
    assert " passed" in run.stdout


def test_what_is_changed_turns_exactly_the_checks_that_rest_on_it(project: Path) -> None:
    """A claim printed otherwise turns its own; an empty fund counted up to a higher limit the bands around it."""
    edit_table(
        project / "data/claims/2024.csv",
        lambda table: table.with_columns(
            pl.when(pl.col("id") == "k2024_fond_retning")
            .then(pl.lit("bygger opp fondene"))
            .otherwise("trykt")
            .alias("trykt"),
        ),
    )
    edit_table(
        project / "data/definitions/fund_bands.csv",
        lambda table: table.with_columns(
            pl.when(pl.col("baand") == "tomt").then(pl.lit("3")).otherwise("til").alias("til"),
            pl.when(pl.col("baand") == "0_5").then(pl.lit("3")).otherwise("fra").alias("fra"),
        ),
    )
    run = nbval(project, "4_funds")
    assert run.returncode == 1, run.stdout
    assert set(failed(run)) == {"k2024_fond_retning", "k2024_fond_tomme", "k2024_fond_0_5"}
    assert "avvik" in run.stdout
    assert "make accept" in run.stdout


def test_stored_output_that_is_gone_is_found(tmp_path: Path) -> None:
    """Nbval itself lets it pass; the guard above is what finds it."""
    path = tmp_path / "4_funds.ipynb"
    notebook = notebooks.read(PROJECT / "notebooks/4_funds.ipynb")
    for cell in notebook.cells:
        if notebooks.CHECK_TAG in notebooks.tags(cell):
            cell.outputs, cell.execution_count = [], None
    notebooks.write(notebook, path)
    with pytest.raises(AssertionError):
        test_a_section_ends_with_a_check_whose_output_is_stored(path)
