"""A number followed to its rows: a trail known line by line, every published number, a broken amount."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap import tables
from kommuneregnskap.numbers import sql
from kommuneregnskap.numbers.amounts import Bench
from kommuneregnskap.numbers.table import compute
from kommuneregnskap.numbers.trail.cells import Cells
from kommuneregnskap.numbers.trail.rows import Rows
from kommuneregnskap.numbers.trail.steps import Trail, TrailError
from kommuneregnskap.numbers.trail.tracer import Tracer
from kommuneregnskap.report import trails
from kommuneregnskap.sources.kostra.records import FIELDS
from kommuneregnskap.sources.statbank import jsonstat
from kommuneregnskap.sources.statbank.snapshot import open_snapshot
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey.opening import open_survey
from kommuneregnskap.survey.request import asked
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts import judgement
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.outputs import command
from tests.helpers.statbank_national import National
from tests.helpers.steps import without_steps
from tests.numbers.test_evaluator import followed

pytestmark = pytest.mark.slow  # all of them together

YEAR = 2024
MOVED = {
    ("800", "870"): -3, ("840", "800"): 3, ("880", "540"): 3, ("880", "570"): -3, ("880", "970"): 3,
    ("841", "729"): 3, ("880", "910"): -6, ("10", "320"): 3, ("9100", "080"): 3,
    ("9999", "080"): -3,
}  # fmt: skip
SMALL, LARGE = "1106", "1103"  # the large one has all amounts of the small one threefold


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """The folder of two municipalities' sound accounts of two years, in one file a year."""
    folder = tmp_path / "to"
    for year in (YEAR - 1, YEAR):
        grown = 2 if year == YEAR else 1
        small = lines(
            [(*post[:3], post[3] * grown) for post in sound()], year=year, region="110600"
        )
        # The same sums in both years, on other accounts: those of the year before again are stopped (E12).
        moved = MOVED if year == YEAR else {}
        large = lines(
            [(*post[:3], post[3] * 3 + moved.get(post[1:3], 0)) for post in sound()], year=year
        )
        deliver(folder, [*small, *large], year=year, name="begge.txt")
    return folder


def opened(folder: Path) -> Survey:
    return open_survey(year=YEAR, source="kostra", data_dir=str(folder))


def trail_of(of: Survey, tall_id: str, folder: Path | None = None) -> Trail:
    tall = compute(of)
    verdicts = judgement.judge(judgement.read(of.year), tall, of)
    tracer = Tracer(of, tall, verdicts, Rows(Bench(of), folder))
    return tracer.follow(tall_id, of.year).checked()


def test_a_share_is_followed_to_its_lines(two: Path) -> None:
    trail = trail_of(opened(two), "investering.andel.grunnskole", two)
    assert trail.verdi == 100
    assert [each.amount.verdi for each in trail.sums] == [2500, 2500]  # 2 * 500 and 3 * 500
    part = trail.sums[0]
    assert part.ledd.select("vei", "ledd", "fortegn", "rader", "sum").rows() == [
        ("brutto_investeringsutgifter", 1, 1, 2, 2500)
    ]
    assert "område grunnskole (202, 213, 215, 222, 223)" in part.ledd["koder"][0]
    assert part.ledd["utvidet"][0].endswith("5 funksjoner")
    assert part.enheter.select("enhet", "bidrag").rows() == [
        ("1103 Stavanger", 1500),
        ("1106 Haugesund", 1000),
    ]
    # The ninth of the sixteen posts of each; those of the large one come after the small one's.
    assert part.rader.select("enhet", "konto", "motkonto", "belop", "fil", "linje").rows() == [
        ("1103 Stavanger", "222", "230", 1500, "2024/begge.txt", 25),
        ("1106 Haugesund", "222", "230", 1000, "2024/begge.txt", 9),
    ]
    assert part.resten == (0, 0)


def test_a_concept_of_concepts_is_followed_to_its_leaves(two: Path) -> None:
    """Net result per unit of the fixture: revenue 1000, expenditure 950, depreciation given back 50."""
    trail = trail_of(opened(two), "resultat.netto_pst", two)
    result, revenue = trail.sums
    assert (result.amount.verdi, revenue.amount.verdi) == (500, 5000)
    assert trail.verdi == 10
    ends = [way.split(" > ")[-1] for way in result.ledd["vei"]]
    assert ends == [
        *("brutto_driftsinntekter", "brutto_driftsutgifter", "netto_finansutgifter"),
        *("netto_driftsresultat", "motpost_avskrivninger"),
    ]
    assert result.ledd.select("rader", "sum").rows() == [
        (6, 5000),
        (4, -4750),
        (0, 0),
        (0, 0),
        (2, 250),
    ]
    top = result.rader.row(0, named=True)
    assert (top["konto"], top["motkonto"], top["belop"], top["bidrag"]) == (
        "222",
        "010",
        2700,
        -2700,
    )
    assert top["linje"] == 20


def test_growth_is_of_the_same_units_in_both_years(two: Path) -> None:
    trail = trail_of(opened(two), "investering.endring", two)
    now, before = trail.sums
    assert (now.amount.verdi, before.amount.verdi) == (2500, 2000)
    assert (now.amount.aar, before.amount.aar) == (2024, 2023)
    assert trail.verdi == 0.0005
    assert set(before.rader["fil"]) == {"2023/begge.txt"}


def test_a_count_shows_who_is_nearest_the_limit_and_the_amounts_behind(two: Path) -> None:
    trail = trail_of(opened(two), "fond.antall_tomme", two)
    assert trail.verdi == 0
    assert trail.grense.select("enhet", "verdi", "grense", "teller").rows() == [
        ("1103 Stavanger", 100.0, 0.0, "nei"),
        ("1106 Haugesund", 100.0, 0.0, "nei"),
    ]
    below = trail_of(opened(two), "fond.antall_redusert", two)
    assert below.verdi == 0
    held = trail_of(opened(two), "fond.endring_mrd", two)
    assert [each.amount.verdi for each in held.sums] == [5000, 4000]


def test_every_row_shown_stands_in_its_file_at_its_line(two: Path) -> None:
    of = opened(two)
    fields = {field.name: field for field in FIELDS}
    for tall_id in ("resultat.netto_pst", "investering.andel.grunnskole", "fond.mrd"):
        for each in trail_of(of, tall_id, two).sums:
            assert len(each.rader)
            for row in each.rader.iter_rows(named=True):
                text = (two / row["fil"]).read_text("latin-1").splitlines()[row["linje"] - 1]
                read = {
                    name: text[f.start : f.start + f.length].strip() for name, f in fields.items()
                }
                assert int(read["belop"]) == row["belop"]
                assert read["funksjon_kapittel"] == row["konto"]
                assert read["art_sektor"] == row["motkonto"]
                assert read["skjema"] == row["skjema"]
                assert row["enhet"].startswith(read["region"][:4])


@pytest.mark.heavy
@pytest.mark.parametrize("year", [pytest.param(2022, marks=pytest.mark.night), 2024])
def test_every_number_of_the_demo_adds_up(demo_panel: Path, year: int) -> None:
    of = open_survey(year=year, source="demo")
    tall = compute(of)
    tracer = Tracer(of, tall, judgement.judge(judgement.read(year), tall, of), Rows(Bench(of)))
    for tall_id in followed(of, tall):
        trail = tracer.follow(tall_id, year).checked()
        assert len(trail.kontroll), tall_id
        looked_up = tall_id == "sektor.prisvekst"  # stands in a table: no account is behind it
        assert looked_up != bool(trail.sums) or trail.verdi is None, tall_id


@pytest.mark.parametrize("tall_id", ["resultat.netto_pst", "sektor.vekst.sosial"])
def test_the_demo_is_followed_to_its_files_under_invented_names(
    survey_2024: Survey, demo_panel: Path, tall_id: str
) -> None:
    trail = trail_of(survey_2024, tall_id, demo_panel)
    shown = pl.concat([each.rader.select("enhet") for each in trail.sums])
    shown = pl.concat([shown, *(each.enheter.select("enhet") for each in trail.sums)])
    assert shown["enhet"].str.contains(r"^(\d{4}) Oppdiktet kommune \d{4}$").all()
    assert not set(shown["enhet"].str.slice(0, 4)) & set(tables.read("kommune")["kommunenummer"])
    first = trail.sums[0].rader.row(0, named=True)
    assert first["fil"] == "2024/0A_2024_SYNTETISK.txt"
    text = (demo_panel / first["fil"]).read_text("latin-1").splitlines()[first["linje"] - 1]
    assert int(text[39:48]) == first["belop"]


def _changed(frame: pl.LazyFrame, where: pl.Expr) -> pl.LazyFrame:
    """Add 1 (1000 kr) to the first amount that the condition finds."""
    rows = frame.collect()
    place = rows.select(where.arg_max()).item()
    assert rows.select(where).to_series()[place]
    amounts = rows["belop"].clone()
    amounts[place] = amounts[place] + 1
    return rows.with_columns(amounts.alias("belop")).lazy()


def test_one_changed_amount_in_the_ledger_breaks_the_trail(survey_2024: Survey) -> None:
    school = (
        (pl.col("aar") == YEAR)
        & (pl.col("regnskap") == "investering")
        & (pl.col("funksjon") == "222")
    )
    broken = replace(survey_2024, poster=_changed(survey_2024.poster, school))
    with pytest.raises(
        TrailError, match=r"investering\.andel\.grunnskole 2024 does not add up"
    ) as error:
        trail_of(broken, "investering.andel.grunnskole")
    assert "\n" not in str(error.value)
    assert trail_of(broken, "fond.mrd").kontroll["stemmer"].all()  # another number's rows are whole


def test_one_changed_indicator_breaks_the_trail(survey_2024: Survey) -> None:
    fund = (
        (pl.col("aar") == YEAR)
        & (pl.col("begrep") == "disposisjonsfond")
        & (pl.col("type") == "kommune")
    )
    changed = _changed(survey_2024.indikatorer.lazy(), fund).collect()
    broken = replace(survey_2024, indikatorer=changed)
    with pytest.raises(TrailError, match="leddene"):
        trail_of(broken, "fond.mrd")


def test_two_errors_that_cancel_out_are_found_unit_by_unit(survey_2024: Survey) -> None:
    """The sum over all is right, those of two units are not."""
    rows = survey_2024.poster.collect()
    answered = survey_2024.enheter.filter(pl.col("svart") & (pl.col("type") == "kommune"))
    school = pl.all_horizontal(
        pl.col("aar") == YEAR,
        pl.col("regnskap") == "investering",
        pl.col("funksjon") == "222",
        pl.col("art") == "230",
        pl.col("region").is_in(answered["region"].to_list()),
    )
    places = rows.select(pl.arg_where(school)).to_series().to_list()
    amounts = rows["belop"].clone()
    for place, error in ((places[0], 7), (places[-1], -7)):
        amounts[place] = amounts[place] + error
    assert rows["region"][places[0]] != rows["region"][places[-1]]
    broken = replace(survey_2024, poster=rows.with_columns(amounts.alias("belop")).lazy())
    with pytest.raises(TrailError, match="enheter der radene"):
        trail_of(broken, "investering.andel.grunnskole")


def test_a_number_that_the_source_does_not_give_says_so(two: Path) -> None:
    trail = trail_of(opened(two), "resultat.estimat_mrd", two)
    assert trail.verdi is None
    assert trail.step.verdi is None
    assert trail.kontroll["stemmer"].all()


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("scope", "panel"),
    [("konsern", "uten_oslo"), pytest.param("kasse", "pseudo", marks=pytest.mark.night)],
)
def test_every_number_of_open_figures_adds_up_to_cells(
    ssb: National, scope: str, panel: str
) -> None:
    of = open_survey(year=YEAR, source="ssb", scope=scope, panel=panel, data_dir=ssb.june)
    tall = compute(of)
    verdicts = judgement.judge(judgement.read(YEAR), tall, of)
    tracer = Tracer(of, tall, verdicts, Cells(Bench(of), open_snapshot(ssb.june)))
    for tall_id in followed(of, tall):
        tracer.follow(tall_id, YEAR).checked()


def test_a_cell_is_what_the_answer_in_the_snapshot_says(ssb: National) -> None:
    of = open_survey(year=YEAR, source="ssb", scope="konsern", data_dir=ssb.unmarked[1])
    held = open_snapshot(ssb.unmarked[1])
    tall = compute(of)
    source = Cells(Bench(of), held)
    verdicts = judgement.judge(judgement.read(YEAR), tall, of)
    trail = Tracer(of, tall, verdicts, source).follow("resultat.netto_pst", YEAR).checked()
    revenue = trail.sums[1]
    assert revenue.ledd["regnskap"][0] == "SSB 12137"
    assert revenue.ledd["koder"][0] == "AGD13 Brutto driftsinntekter i alt"
    cell = revenue.rader.row(0, named=True)
    files = cell["svar"].split(", ")
    assert all((held.folder / name).is_file() for name in files)
    found = pl.concat([_cells(held.folder / name) for name in files])
    number = cell["enhet"].split(" ")[0]
    assert found.filter(
        (pl.col("region") == number) & (pl.col("kode") == "AGD13") & (pl.col("aar") == str(YEAR))
    )["verdi"].to_list() == [float(cell["belop"])]


def test_the_terms_of_an_area_name_the_functions_whose_cells_are_added_up(ssb: National) -> None:
    of = open_survey(year=YEAR, source="ssb", scope="konsern", data_dir=ssb.unmarked[1])
    tall = compute(of)
    verdicts = judgement.judge(judgement.read(YEAR), tall, of)
    tracer = Tracer(of, tall, verdicts, Cells(Bench(of), open_snapshot(ssb.unmarked[1])))
    school = tracer.follow("investering.andel.grunnskole", YEAR).checked().sums[0]
    assert school.ledd["koder"][0] == (
        "AGI5 Brutto investeringsutgifter på funksjon/tjenesteområde for funksjon 202, 213, 215, 222, 223"
    )


def _cells(path: Path) -> pl.DataFrame:
    """Return the cells of an answer with their region, concept and year; none of what is no data."""
    empty = pl.DataFrame(
        schema={"region": pl.String, "kode": pl.String, "aar": pl.String, "verdi": pl.Float64}
    )
    answer = json.loads(path.read_bytes())
    if answer.get("class") != "dataset" or not answer.get("value"):
        return empty
    codes = {name: list(answer["dimension"][name]["category"]["index"]) for name in answer["id"]}
    frame = jsonstat.read(path.read_bytes(), codes).frame
    names = {answer["dimension"][name]["label"]: name for name in answer["id"]}
    place, kind, time = (names[label] for label in ("region", "regnskapsbegrep", "år"))
    return frame.select(region=place, kode=kind, aar=time, verdi="verdi")


def test_the_command_prints_the_trail_and_ends_with_the_workbook(spor: Path) -> None:
    ran = command(spor, "trace", "--id", "investering.grunnskole.andel")
    assert ran.returncode == 0, ran.stderr
    assert "investering.andel.grunnskole 2024 = 17,0 prosent" in ran.stdout
    assert "Synthetic accounts: they say nothing about any real municipality." in ran.stdout
    assert "0 of which do not add up" in ran.stdout
    told = sql.statement(open_survey(year=YEAR, source="demo"), "investering.andel.grunnskole")
    assert (
        f"Compute it yourself: SQL over kr.tidy(survey), a table called tidy (data/README.md)\n\n{told}\n"
        in ran.stdout
    )
    last = ran.stdout.splitlines()[-1]
    assert last == "reports/2024/demo-spor/investering.andel.grunnskole.xlsx"
    assert (spor / last).is_file()
    assert not (spor / "reports/2024/demo").exists()  # where a report stands, or will
    names = set(tables.read("kommune")["navn"]) - {"Oslo", "Os"}
    assert not {name for name in names if f" {name} " in ran.stdout}


@pytest.mark.parametrize("wanted", ["investering.grunskole", "k2024_res_hoestanslag"])
def test_an_unknown_number_ends_with_one_line(spor: Path, wanted: str) -> None:
    ran = command(spor, "trace", "--id", wanted)
    assert ran.returncode == 1
    (line,) = without_steps(ran.stderr)
    assert line.startswith(f"Error: ID is '{wanted}'")
    assert not list(spor.glob(f"reports/2024/*/{wanted}*"))


def test_a_claim_leads_to_its_number_and_a_scope_has_a_folder_of_its_own(spor: Path) -> None:
    found = trails.trace(asked(YEAR, scope="konsolidert", source="demo"), "k2024_inv_var_andel")
    assert found.trail.tall_id == "investering.andel.vann_avloep_renovasjon"
    assert found.file.parent.name == "demo-spor-konsolidert"
    assert found.file.parent != asked(YEAR, scope="konsolidert", source="demo").folder()
    with pytest.raises(UsageError, match="SOURCE"):
        trails.trace(asked(YEAR, source="annet"), "fond.mrd")


def test_delivered_files_are_followed_by_their_names(spor: Path, two: Path) -> None:
    found = trails.trace(asked(YEAR, source="kostra", data_dir=str(two)), "fond.mrd")
    assert found.file == spor / "reports/2024/kostra-spor/fond.mrd.xlsx"
    assert found.trail.sums[0].rader["fil"].to_list() == ["2024/begge.txt", "2024/begge.txt"]
