"""What an explorer is given: described frames, one tidy frame, files to take away, completion that works."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import kommuneregnskap as kr
from kommuneregnskap.display import tour
from kommuneregnskap.display.renderer import MIME
from kommuneregnskap.notebooks import files
from kommuneregnskap.notebooks.run import execute
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.survey import Survey
from tests.conftest import PROJECT
from tests.helpers.two_towns import delivered


def test_every_frame_is_described_column_by_column(survey_2024: Survey) -> None:
    listed = kr.overview(survey_2024)
    for name in listed["ramme"].unique(maintain_order=True):
        frame = tour.frame_of(survey_2024, name)
        schema = frame.collect_schema()
        said = listed.filter(pl.col("ramme") == name)
        assert dict(said.select("kolonne", "type").iter_rows()) == {
            column: str(dtype).split("(")[0] for column, dtype in schema.items()
        }, name
        assert said["kolonne"].to_list() == schema.names()
        assert said["rader"].unique().to_list() == [frame.lazy().select(pl.len()).collect().item()]


def test_the_tidy_frame_has_one_number_a_row(survey_2024: Survey) -> None:
    tidy = kr.tidy(survey_2024)
    assert tidy.select("aar", "region", "begrep", "tjenesteomraade").is_unique().all()
    assert tidy["verdi"].null_count() == 0
    amounts = tidy.filter(pl.col("enhet") == "1000 kr")
    assert len(amounts) == len(survey_2024.indikatorer)
    assert amounts["verdi"].sum() == survey_2024.indikatorer["belop"].sum()
    own = pl.col("region") == tidy["region"][0]
    of_unit = tidy.filter(own & (pl.col("aar") == 2024) & pl.col("tjenesteomraade").is_null())
    value = dict(of_unit.select("begrep", "verdi").iter_rows())
    assert value["disposisjonsfond_pst"] == pytest.approx(
        100 * value["disposisjonsfond"] / value["brutto_driftsinntekter"]
    )
    assert tidy["begrep_navn"].null_count() == 0
    assert set(tidy["regnskaper"]) == {"syntetiske"}
    assert tidy["vintage"].null_count() == len(tidy)


def test_groups_of_the_tidy_frame_follow_a_unit_that_got_another_number() -> None:
    """Of those split in 2024 nothing is said of the years before; inhabitants are those of each year (SSB 07459)."""
    tidy = kr.tidy(kr.open_survey(year=2024, source="ssb"))
    income = tidy.filter(pl.col("begrep") == "brutto_driftsinntekter")
    columns = ["navn", "fylke", "kostra_gruppe", "innbyggere_i_aaret"]
    rows = {
        (year, number): row
        for year, number, *row in income.select("aar", "region", *columns).rows()
    }
    assert rows[2023, "5401"] == ["Tromsø", "Troms", "EKG12", 78745]
    assert rows[2024, "5501"] == ["Tromsø", "Troms", "EKG12", 79421]
    assert rows[2023, "1507"][:3] == ["Ålesund", None, None]
    assert rows[2024, "1508"][:3] == ["Ålesund", "Møre og Romsdal", "EKG11"]
    assert set(tidy["regnskaper"]) == {"aapne tall"}
    assert set(tidy["vintage"]) == {"endelig"}


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".xlsx"])
def test_a_file_to_take_away_says_whose_accounts_it_is_of(
    survey_2024: Survey, tmp_path: Path, ending: str
) -> None:
    frame = kr.tidy(survey_2024).head(5)
    first = kr.save(frame, tmp_path / f"æøå{ending}", survey_2024)
    again = kr.save(frame, str(tmp_path / f"igjen{ending}"), survey_2024)
    assert first.read_bytes() == again.read_bytes()
    if ending != ".xlsx":
        read = pl.read_csv(first) if ending == ".csv" else pl.read_parquet(first)
        assert set(read["regnskaper"]) == {"syntetiske"}
        assert read["verdi"].to_list() == frame["verdi"].to_list()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([first.name, again.name])


def test_a_file_that_cannot_be_is_refused_in_one_line(survey_2024: Survey, tmp_path: Path) -> None:
    frame = kr.overview(survey_2024)
    with pytest.raises(UsageError, match=r"must end in \.csv, \.parquet, \.xlsx"):
        kr.save(frame, tmp_path / "tall.ods", survey_2024)
    with pytest.raises(UsageError, match="there is no folder"):
        kr.save(frame, tmp_path / "ingen" / "tall.csv", survey_2024)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("source", "words"), [("", "SSB, Statistikkbanken"), ("demo", "Syntetiske tall")]
)
def test_the_tour_runs_from_top_to_bottom_and_draws(
    demo_panel: Path, source: str, words: str
) -> None:
    """On what is at hand, SSB's open figures, and on the panel."""
    executed = execute(paths.notebooks() / "explore.ipynb", {"source": source})
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    charts = [output for output in outputs if MIME in output.get("data", {})]
    assert len(charts) == 2
    said = [output.data.get("text/markdown", "") for output in outputs if "data" in output]
    assert any(words in text for text in said)
    if source:
        assert all(words in output.data[MIME]["description"] for output in charts)
    assert outputs[-1].text == "kommuner.csv\nkommuner.parquet\nkommuner.xlsx\n"
    assert not [output for output in outputs if output.get("name") == "stderr"]
    tables = [o.data["text/html"] for o in outputs if "text/html" in o.get("data", {})]
    names = {name for table in tables for name in re.findall(r"Oppdiktet kommune \d{4}", table)}
    assert bool(names) == bool(source), "invented units are called by invented names"
    assert any("Bodø" in table for table in tables) != bool(source)


QUESTIONS = 10


def test_the_tour_is_ten_questions_answered_in_three_to_six_lines_each() -> None:
    """A heading that asks, and the first cell below it; an import is no part of an answer."""
    cells = files.read(paths.notebooks() / "explore.ipynb").cells
    asked = [n for n, cell in enumerate(cells) if re.match(r"## .+\?\n", cell.source)]
    assert len(asked) == QUESTIONS
    assert cells[asked[0]].source.startswith("## Hvordan ligger Bodø an?")
    for place in asked:
        answer = cells[place + 1]
        assert answer.cell_type == "code"
        lines = [line for line in answer.source.splitlines() if line and "import" not in line]
        assert 3 <= len(lines) <= 6, cells[place].source


def test_the_tour_runs_on_files_of_one_s_own(tmp_path: Path) -> None:
    """Bodø answers by name, and interest is found in its ledger: 400 of 20 000."""
    folder = delivered(tmp_path)
    executed = execute(
        paths.notebooks() / "explore.ipynb", {"source": "kostra", "data_dir": str(folder)}
    )
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    shown = [output.data.get("text/plain", "") for output in outputs if "data" in output]
    (interest,) = [text for text in shown if "prosent av brutto driftsinntek" in text]
    assert "Bodø" in interest
    assert "2,0" in interest


def test_what_is_mistyped_in_a_notebook_is_answered_in_one_line() -> None:
    """As IPython shows an error: no traceback."""
    shell = InteractiveShell()
    with capture_output() as said:
        shell.run_cell("import kommuneregnskap as kr\nkr.unit('Boddø')")
    assert said.stdout == (
        "UsageError: no municipality is called 'Boddø' in 2024; nearest: Bodø, Rødøy, Bømlo\n"
    )


def test_tab_completes_names_and_a_survey_s_frames() -> None:
    """IPython's own completer, as JupyterLab asks it."""
    shell = InteractiveShell()
    shell.run_cell("import kommuneregnskap as kr\nsurvey = kr.open_survey(year=2024)")
    with provisionalcompleter():
        found = {
            text: {c.text.lstrip(".") for c in shell.Completer.completions(text, len(text))}
            for text in ("kr.s", "kr.ti", "survey.indi", "kr.open_survey(ye")
        }
    assert {"sheet", "sensitivity"} <= found["kr.s"]
    assert "tidy" in found["kr.ti"]
    assert "indikatorer" in found["survey.indi"]
    assert "year=" in found["kr.open_survey(ye"]
    assert not [name for name in dir(kr) if not (getattr(kr, name).__doc__ or "").strip()]


def test_the_snippets_of_the_documents_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """README and docs/notebooks.md, each block after the one before, on a table and account files of one's own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "egen.csv").write_text("Kommunenummer;x\n301;1\n1804;2\n", "utf-8")
    folder = str(delivered(tmp_path / "regnskaper"))
    for document in ("README.md", "docs/notebooks.md"):
        text = (PROJECT / document).read_text("utf-8")
        blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        assert any("kr.unit" in block for block in blocks)
        shared: dict[str, object] = {}
        for block in blocks:
            exec(block.replace('"folder"', repr(folder)), shared)
    assert sorted(path.name for path in tmp_path.glob("*.*")) == ["bodoe.xlsx", "egen.csv"]
