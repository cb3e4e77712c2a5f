"""A new year from tables alone: 2026, with the arts that came in then, from accounts to verdicts."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.report import controls, publish
from kommuneregnskap.report.new_year import begin
from kommuneregnskap.survey.notes import waiting
from kommuneregnskap.survey.request import asked
from tests.helpers.accounts import Post, deliver, grown, lines
from tests.helpers.projects import no_combinations

RELEASE = """Det er mottatt svar fra 3 kommuner.

Kommunenes netto driftsresultat ble 10,0 prosent av driftsinntektene i 2026. 2 kommuner har negativt netto
driftsresultat. Skatteinntektene økte med 18 milliarder kroner.
"""
REGIONS = {"110300": 2, "114600": 3, "420400": 5}
SERVICES = {2025: (("270", 50),), 2026: (("271", 30), ("272", 20))}


def accounts(year: int, times: int) -> list[Post]:
    """Return sound accounts of which 50 of the wages are services: of art 270, and of 271 and 272 from 2026."""
    posts = [(*post[:3], post[3] - 50 * (post[2] == "010")) for post in grown(year)]
    services = [("drift", "222", art, amount) for art, amount in SERVICES[year]]
    return [(*post[:3], times * post[3]) for post in (*posts, *services)]


def accept(file: Path) -> None:
    """Do what a person does with proposals: take those with a section number, leave the others as background."""
    with file.open(encoding="utf-8", newline="") as read:
        rows = list(csv.DictReader(read))
    for row in rows:
        row["status"] = "beregnes" if row["tall_id"] else "kontekst"
    with file.open("w", encoding="utf-8", newline="") as written:
        out = csv.DictWriter(written, rows[0], lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


@pytest.mark.slow
def test_2026_is_made_without_a_change_of_code(project: Path) -> None:
    """Three municipalities with 2, 3 and 5 times the same sound accounts: each has a tenth of its revenue left."""
    (project / "omtale.txt").write_text(RELEASE, encoding="utf-8")
    begin(2026, project / "omtale.txt")
    assert (
        "4 publiserte tall er foreslått og venter på å bli godkjent; de er ikke vurdert."
        in waiting(2026)
    )
    accept(project / "data/claims/2026.csv")
    no_combinations(project)
    for year in (2025, 2026):
        text = [
            line
            for region, times in REGIONS.items()
            for line in lines(accounts(year, times), year=year, region=region)
        ]
        deliver(project / "filer", text, year=year)
    made = asked(2026, source="kostra", data_dir=str(project / "filer"))
    publish.publish(made, jobs=2, only="side")
    judged = pl.read_csv(made.folder() / "vurdering.csv", infer_schema=False)
    known = judged.drop_nulls("tall_id")
    assert dict(known.select("tall_id", "dom").iter_rows()) == {
        "svar.antall": "gjenskapt",
        "resultat.netto_pst": "gjenskapt",
        "resultat.antall_negativ": "avvik",
    }
    assert judged.filter(pl.col("tall_id").is_null())["dom"].to_list() == ["kontekst"]
    assert waiting(2026) == []
    page = (made.folder() / "index.html").read_text("utf-8")
    assert "Folkemengden 1. januar 2027 er ikke lagt inn; tallene er fra 1. januar 2026." in page


@pytest.mark.parametrize(
    ("year", "art", "stopped"), [(2025, "271", True), (2026, "270", True), (2026, "271", False)]
)
def test_an_art_holds_in_its_own_years(project: Path, year: int, art: str, stopped: bool) -> None:
    """Which arts there are in a year is a table: 270 until 2025, 271 from 2026."""
    begin(2026, None)
    posts = [(*post[:2], art if post[2] == "230" else post[2], post[3]) for post in grown(year)]
    deliver(project / "filer", lines(posts, year=year), year=year)
    found = controls.validate(asked(year, source="kostra", data_dir=str(project / "filer")))
    assert found.blocks == stopped
    if stopped:
        assert art in " ".join(found.own["funnet"].drop_nulls())
