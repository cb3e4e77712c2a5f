"""What a number, a figure or a table is cited as, by hand; invented numbers never as real ones."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from kommuneregnskap.report import citation
from kommuneregnskap.report.citation import Cited
from kommuneregnskap.survey.survey import Survey
from tests.helpers.outputs import FOREIGN

REAL = Cited(
    source="Kilde: SSB, uttrekk 2026-09-19.",
    against="SSBs åpne tall, uttrekk 2026-09-19",
    checksum="1a2b3c4d5e6f",
    synthetic=False,
)
INVENTED = replace(REAL, source="Kilde: panelet.", against=citation.INVENTED, synthetic=True)
MADE = f"kommuneregnskap {version('kommuneregnskap')}, kontrollsum 1a2b3c4d5e6f."
CLAIM = {
    "maaler": "Antall kommuner i minus",
    "gjelder": 2024,
    "trykt": "138 kommuner",
    "kilde": "KS' regnskapsundersøkelse 2024 (pressemelding 5.3.2025)",
    "utgiver": "KS",
}
FOUND: dict[str, Any] = {
    "dom": "forenlig",
    "beregnet": 206.0,
    "beregnet_tekst": "206 (i utvalg 124 til 147)",
}
PRINTED = (
    "Antall kommuner i minus, 2024: «138 kommuner» "
    "(KS' regnskapsundersøkelse 2024, pressemelding 5.3.2025). Vurdering: "
)
SITER = re.compile(r'<(p|li|details) class="siter".*?</\1>', re.DOTALL)


def test_a_published_number_is_cited_with_its_verdict_and_what_that_rests_on() -> None:
    assert citation.of_claim(CLAIM, FOUND, REAL) == (
        f"{PRINTED}Kan stemme, mot SSBs åpne tall, uttrekk 2026-09-19, som gir 206 (i utvalg 124 til 147). {MADE}"
    )


@pytest.mark.parametrize(
    ("dom", "beregnet", "said"),
    [("ikke_vurdert", None, "Ikke vurdert."), ("kontekst", 1.0, "Bakgrunn."), ("avvik", None, "Avviker.")],
)  # fmt: skip
def test_what_has_no_verdict_on_a_value_rests_on_nothing(
    dom: str, beregnet: float | None, said: str
) -> None:
    found = FOUND | {"dom": dom, "beregnet": beregnet}
    assert citation.of_claim(CLAIM, found, REAL) == f"{PRINTED}{said} {MADE}"


def test_a_verdict_on_invented_accounts_says_that_it_is_no_proof() -> None:
    found = FOUND | {"dom": "kalibrert", "beregnet_tekst": "138"}
    said = citation.of_claim(CLAIM, found, INVENTED)
    assert said == (
        f"{PRINTED}Stilt inn (syntetisk), mot syntetiske tall (oppdiktede regnskaper), som gir 138. "
        f"De er stilt inn mot det som ble trykt, og er ikke noe bevis for tallet. {MADE}"
    )


def test_a_year_is_said_once() -> None:
    named = CLAIM | {"maaler": "Andel i minus i 2023", "gjelder": 2023}
    assert citation.said(named) == "Andel i minus i 2023: «138 kommuner»"
    assert (
        citation.said(CLAIM | {"gjelder": 2023}) == "Antall kommuner i minus, 2023: «138 kommuner»"
    )
    own = CLAIM | {"utgiver": "prosjektet", "kilde": "SSB 12137"}
    assert citation.printed_in(own) == "prosjektets eget tall, SSB 12137"


def test_a_section_number_is_cited_with_its_value_and_of_how_many() -> None:
    said = citation.of_number("Andel i minus", 2024, "57,9 prosent", "356 av 356 kommuner")
    assert said == "Andel i minus, 2024: 57,9 prosent (356 av 356 kommuner)."
    assert citation.of_number("Gap", 2024, "–", "") == "Gap, 2024: ikke kjent."
    assert REAL.rest == f"Kilde: SSB, uttrekk 2026-09-19. {MADE}"
    assert INVENTED.rest == f"Syntetiske tall. Kilde: panelet. {MADE}"


def test_a_figure_has_its_own_source_and_what_is_invented_is_not_cited_as_real() -> None:
    def of(cited: Cited, source: str = "", mark: str = "") -> str:
        return citation.of_thing("figur", "Hva?", "Prosent", cited, source, mark)

    assert of(REAL) == f"Hva? (figur). Prosent. {REAL.source} {MADE}"
    assert (
        of(REAL, "Kilde: regjeringen.no.")
        == f"Hva? (figur). Prosent. Kilde: regjeringen.no. {MADE}"
    )
    assert of(INVENTED, "Kilde: regjeringen.no.") == of(REAL, "Kilde: regjeringen.no.")
    assert of(INVENTED) == f"Hva? (figur). Prosent. Syntetiske tall. Kilde: panelet. {MADE}"
    simulated = of(REAL, mark="Syntetiske tall.")
    assert REAL.source not in simulated
    assert "Syntetiske tall. Kilde: syntetiske tall (oppdiktede regnskaper)." in simulated


def test_a_report_on_the_panel_is_cited_as_synthetic(survey_2024: Survey) -> None:
    cited = citation.of(survey_2024, "1a2b3c4d5e6f")
    assert cited.synthetic
    assert "oppdiktede regnskaper" in cited.rest
    assert cited.rest.endswith(MADE)


def test_no_citation_of_the_panel_passes_for_a_real_one(year_2024: Path) -> None:
    """Whatever is cited on its pages, but what is of no accounts, says that it is invented, or has no verdict."""
    seen = 0
    for page in sorted((year_2024 / "demo").glob("*.html")):
        for found in SITER.finditer(page.read_text("utf-8")):
            text = unescape(found.group())
            seen += 1
            undecided = "Vurdering: Bakgrunn." in text or "Kilde: regjeringen.no" in text
            assert undecided or "syntetisk" in text.lower(), (page.name, text)
    assert seen > 150


def test_a_citation_has_no_time_and_no_path(year_2024: Path) -> None:
    for page in [year_2024 / "index.html", *sorted((year_2024 / "ssb").glob("*.html"))]:
        for found in SITER.finditer(page.read_text("utf-8")):
            assert not any(each.search(found.group()) for each in FOREIGN.values()), page.name
            assert "\n" not in found.group().strip(), "one line"
