"""A computing line of a notebook is spoilt, and its check cell sees it: units, filters, signs, denominators, years."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from kommuneregnskap import numbers
from kommuneregnskap.notebooks import files
from kommuneregnskap.notebooks.errors import NotebookError
from kommuneregnskap.notebooks.run import execute
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.verdicts import agreement
from kommuneregnskap.verdicts.agreement import DifferenceError
from tests.helpers.computing import NOTEBOOKS, computing, run
from tests.helpers.projects import PROJECT


class Spoilt(NamedTuple):
    """A line of a notebook, what is put in its place, what that spoils, and a number that it changes."""

    notebook: str
    old: str
    new: str
    what: str
    number: str


ONE, TWO, THREE, FOUR, FIVE = NOTEBOOKS
SPOILT = [
    Spoilt(ONE, "kommuner = survey.panel()", "kommuner = survey.panel().head(3)", "whom", "brutto"),
    Spoilt(ONE, "kommuner = survey.panel()", 'kommuner = survey.panel("fylkeskommune")', "whom", "andel.grunnskole"),
    Spoilt(ONE, "brutto=kr.total(begrep) / 1e6", "brutto=kr.total(begrep) / 1e3", "units", "brutto"),
    Spoilt(ONE, "brutto=kr.total(begrep) / 1e6", "brutto=pl.col(begrep).mean() / 1e6", "mean, not sum", "brutto"),
    Spoilt(ONE, "sum_utgifter=kr.total(\"sum_investeringsutgifter\")", "sum_utgifter=kr.total(begrep)", "concept", "sum_utgifter"),
    Spoilt(ONE, "survey.compared().select(\n    endring", "survey.compared(survey.year - 1).select(\n    endring", "year", "endring"),
    Spoilt(ONE, "endring=(kr.total(naa) - kr.total(foer)) / 1e6", "endring=(kr.total(foer) - kr.total(naa)) / 1e6", "sign", "retning"),
    Spoilt(ONE, "(naa.sum() - foer.sum()) / foer.sum()", "(naa.sum() - foer.sum()) / naa.sum()", "denominator", "vekst"),
    Spoilt(ONE, "100 * kr.total(belop) / alt.sum()", "100 * kr.total(belop) / belop.sum()", "denominator", "andel.grunnskole"),
    Spoilt(ONE, "100 * kr.total(belop) / alt.sum()", "hver.mean()", "weighting", "andel.vann_avloep_renovasjon"),
    Spoilt(ONE, 'rank("min", descending=True)', 'rank("min")', "rank order", "rang.grunnskole"),
    Spoilt(ONE, '(pl.col("oppdeling") == "hoved") & rangeres',
        'pl.col("oppdeling") == "hoved"',
        "filter",
        "rang.",
    ),
    Spoilt(TWO, "100 * resultat / inntekt)\ntrykt", "resultat / inntekt)\ntrykt", "units", "min_pst"),
    Spoilt(TWO, '"pst") < 0', '"pst") > 0', "sign", "antall_negativ"),
    Spoilt(TWO, 'under_m2=pl.col("pst") < -2', 'under_m2=pl.col("pst") < -3', "limit", "antall_under_m2"),
    Spoilt(TWO, 'under_m2=pl.col("pst") < -2', 'under_m2=pl.col("pst") < 2', "sign", "folkeandel_under_m2"),
    Spoilt(TWO, "under_m2.sum() / negativ.sum()", "under_m2.sum() / pl.len()", "denominator", "andel_under_m2_av_negative"),
    Spoilt(TWO, "folk.filter(under_m2).sum() / folk.sum()", "folk.filter(under_m2).sum() / folk.filter(negativ).sum()", "denominator", "folkeandel_under_m2"),
    Spoilt(TWO, '"summer": 100 * kr.total(resultat) / kr.total(inntekt)', '"summer": prosent.mean()', "weighting", "netto_pst"),
    Spoilt(TWO, '(resultat_foer < 0).mean()', '(resultat < 0).mean()', "year", "andel_negativ_fjor"),
    Spoilt(TWO, "(prosent > prosent_foer).mean()", "(prosent < prosent_foer).mean()", "sign", "andel_forbedret"),
    Spoilt(TWO, 'pl.col("netto_pst_naa") - pl.col("netto_pst_fjor")', 'pl.col("netto_pst_fjor") - pl.col("netto_pst_naa")', "sign", "retning"),
    Spoilt(TWO, '"netto_driftsresultat_etter_bundne"', '"netto_driftsresultat"', "concept", "etter_bundne_fond.under_3000"),
    Spoilt(TWO, 'fylker = survey.panel("fylkeskommune")', "fylker = survey.panel()", "whom", "fylke_pst"),
    Spoilt(TWO, 'survey.compared(kind="fylkeskommune")', "survey.compared()", "whom", "fylke_pst_fjor"),
    Spoilt(TWO, 'alle = survey.everyone().filter(~pl.col("oslo")', 'alle = survey.everyone().filter(pl.col("oslo")', "filter", "estimat_mrd"),
    Spoilt(TWO, 'alle = survey.everyone().filter(~pl.col("oslo") |', 'alle = survey.everyone().filter(True |', "whom: Oslo too", "estimat_mrd"),
    Spoilt(TWO, 'pl.col("resultat") / pl.col("folk_svart") * pl.col("folk")', 'pl.col("resultat")', "whom: those who answered", "estimat_mrd"),
    Spoilt(TWO, 'kr.total("resultat_alle") / kr.total("inntekt_alle")', 'kr.total("resultat") / kr.total("inntekt")', "weighting", "estimat_pst"),
    Spoilt(THREE, "survey.compared(aar)", "survey.compared(aar - 1)", "year", "inntektsvekst"),
    Spoilt(THREE, 'utgift_naa=kr.total(utgift) / 1e6', 'utgift_naa=kr.total(utgift) / 1e3', "units", "utgiftsvekst_mrd"),
    Spoilt(THREE, 'pl.col("utgiftsvekst_mrd") / pl.col("utgift_foer")', 'pl.col("utgiftsvekst_mrd") / pl.col("inntekt_foer")', "denominator", "utgiftsvekst"),
    Spoilt(THREE, 'gap=pl.col("utgiftsvekst") - pl.col("inntektsvekst")', 'gap=pl.col("inntektsvekst") - pl.col("utgiftsvekst")', "sign", "gap"),
    Spoilt(THREE, 'sort("aar", descending=True)', 'sort("aar", descending=True).head(2)', "years", "aar_paa_rad"),
    Spoilt(THREE, 'begrep = survey.setting("tjenesteutgift")', 'begrep = survey.setting("vekstutgift")', "concept", "vekst.sosial"),
    Spoilt(THREE, "(naa.sum() - foer.sum()) / foer.sum()", "(naa.sum() - foer.sum()) / naa.sum()", "denominator", "vekst.barnevern"),
    Spoilt(THREE, '"summer": pl.when(foer.sum() > 0).then(100 * (naa.sum() - foer.sum()) / foer.sum())', '"summer": hver.mean()', "weighting", "vekst.administrasjon"),
    Spoilt(THREE, "endring=kr.total(naa) - kr.total(foer)", "endring=kr.total(naa)", "year", "vekst_mrd.sosial"),
    Spoilt(THREE, 'rang=pl.col("vekst").rank("min", descending=True)', 'rang=pl.col("endring").rank("min", descending=True)', "rank by what", "rang."),
    Spoilt(THREE, 'rang_lavest=pl.col("vekst").rank("min")', 'rang_lavest=pl.col("vekst").rank("min", descending=True)', "rank order", "rang_lavest.administrasjon"),
    Spoilt(THREE, 'pl.col("livsopphold") / pl.col("sosial")', 'pl.col("sosial") / pl.col("livsopphold")', "denominator", "del_av_sosial.livsopphold"),
    Spoilt(FOUR, "100 * fond / inntekt", "fond / inntekt", "units", "andel_0_5"),
    Spoilt(FOUR, "100 * fond / inntekt", '100 * fond / pl.col("brutto_driftsutgifter")', "denominator", "andel_0_5"),
    Spoilt(FOUR, '"null_eller_lavere": pst <= tom', '"null_eller_lavere": pst > tom', "sign", "andel_tomme"),
    Spoilt(FOUR, 'float(grenser["0_5"])', 'float(grenser["5_10"])', "limit", "andel_0_5"),
    Spoilt(FOUR, "andel_tomme=100 * er_tomt.mean()", 'andel_tomme=100 * kr.total(er_tomt) / len(survey.everyone())', "denominator", "andel_tomme"),
    Spoilt(FOUR, "sammen = survey.compared()", "sammen = survey.compared(survey.year - 1)", "year", "endring_mrd"),
    Spoilt(FOUR, "antall_redusert=kr.total(naa < foer)", "antall_redusert=kr.total(naa > foer)", "sign", "antall_redusert"),
    Spoilt(FOUR, "(kr.total(naa) - kr.total(foer)) / 1e6).with_columns", "(kr.total(naa) - kr.total(foer)) / 1e9).with_columns", "units", "endring_mrd"),
    Spoilt(FOUR, 'survey.compared(kind="fylkeskommune")', "survey.compared()", "whom", "fylke_endring_mrd"),
    Spoilt(FOUR, "fylke_mrd=kr.total(naa)", "fylke_mrd=naa.mean()", "mean, not sum", "fylke_mrd"),
    Spoilt(FIVE, 'utenom_oslo = alle.filter(~pl.col("oslo"))', "utenom_oslo = alle", "whom: Oslo too", "andel_kommuner"),
    Spoilt(FIVE, "folkeandel=100 * folk.filter(svart).sum() / folk.sum(),\n).with_columns(retning", "folkeandel=folk.filter(svart).sum() / folk.sum(),\n).with_columns(retning", "units", "folkeandel"),
    Spoilt(FIVE, 'pl.col("folkeandel") - pl.col("andel_kommuner")', 'pl.col("andel_kommuner") - pl.col("folkeandel")', "sign", "retning_stoerrelse"),
    Spoilt(FIVE, 'svart.filter("oslo").sum()', "svart.sum()", "filter", "oslo"),
    Spoilt(FIVE, 'survey.everyone("fylkeskommune")', "survey.everyone()", "whom", "antall_fylker"),
    Spoilt(FIVE, "andel=100 * svart.mean(),\n    folkeandel=100 * folk.filter(svart).sum() / folk.sum(),\n).with_columns(rang", "andel=100 * folk.filter(svart).sum() / folk.sum(),\n    folkeandel=100 * svart.mean(),\n).with_columns(rang", "weighting", "andel.under_3000"),
    Spoilt(FIVE, 'rank("min")', 'rank("min", descending=True)', "rank order", "rang_lavest.under_3000"),
]


def source(name: str) -> str:
    """Return all code of a notebook, cell after cell."""
    cells = files.read(PROJECT / f"notebooks/{name}.ipynb").cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "code")


def name_of(spoilt: Spoilt) -> str:
    return f"{spoilt.notebook[0]} {spoilt.what}: {spoilt.number}"


@pytest.fixture(scope="module", autouse=True)
def _table(survey_2024: Survey) -> Iterator[None]:
    """The table of section numbers, computed once for all that is held against it."""
    tall = numbers.compute(survey_2024)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agreement.numbers, "compute", lambda _survey: tall)
        yield


@pytest.mark.parametrize("spoilt", SPOILT, ids=name_of)
def test_a_spoilt_line_is_seen(spoilt: Spoilt, survey_2024: Survey) -> None:
    assert source(spoilt.notebook).count(spoilt.old) == 1
    cells = [cell.replace(spoilt.old, spoilt.new) for cell in computing(spoilt.notebook)]
    run(cells[:-1], survey_2024, names := {})
    with pytest.raises(DifferenceError) as raised:
        run(cells[-1:], survey_2024, names)
    assert spoilt.number in str(raised.value)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_unspoilt_one_prints_what_is_stored(name: str, survey_2024: Survey) -> None:
    (check,) = [
        cell
        for cell in files.read(PROJECT / f"notebooks/{name}.ipynb").cells
        if files.CHECK_TAG in files.tags(cell)
    ]
    assert run(computing(name), survey_2024) == check.outputs[0].text


def test_every_notebook_is_spoilt_in_several_ways() -> None:
    for name in NOTEBOOKS:
        assert len({each.what for each in SPOILT if each.notebook == name}) >= 5
    assert len(SPOILT) >= 36


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_spoilt_notebook_does_not_come_to_its_end(name: str, project: Path) -> None:
    """Run whole, as a report runs it: the error names notebook, cell and number."""
    spoilt = next(each for each in SPOILT if each.notebook == name)
    path = project / f"notebooks/{name}.ipynb"
    notebook = files.read(path)
    for cell in notebook.cells:
        cell.source = cell.source.replace(spoilt.old, spoilt.new)
    files.write(notebook, path)
    with pytest.raises(NotebookError) as raised:
        execute(path, {"year": 2024})
    said = str(raised.value)
    assert f"{name}.ipynb, cell {len(notebook.cells)} (Kontroll)" in said
    assert f".{spoilt.number} is " in said
    assert "in the notebook and" in said
