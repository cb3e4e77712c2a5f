"""Makes the front of a year: the evidence for every published number, and the reports beside each other."""

from __future__ import annotations

from pathlib import Path

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report import manifest, resources
from kommuneregnskap.report.beside import write_table
from kommuneregnskap.report.editions import Download
from kommuneregnskap.report.editions.figures import FOLDER
from kommuneregnskap.report.front_files import BOOK, DATA, PAGE, TABLE, said
from kommuneregnskap.report.pages.figures import by_name
from kommuneregnskap.report.pages.front import export_front
from kommuneregnskap.report.pages.made import Made
from kommuneregnskap.report.pages.one_municipality import export_one
from kommuneregnskap.report.pages.walk import Walks
from kommuneregnskap.report.resources import About, together
from kommuneregnskap.support.files import is_own_file, remove, replacing
from kommuneregnskap.survey.opening import opened
from kommuneregnskap.survey.request import Request
from kommuneregnskap.tables import reader
from kommuneregnskap.tables.written import Evidens
from kommuneregnskap.verdicts import evidence, judgement


@reader.held()
def make_front(
    requests: list[Request],
    reports: dict[str, Path],
    folder: Path,
    basis: manifest.Basis,
) -> None:
    """Write the table, the front, and the manifest last: a front without it is made again.

    reports: the folder of each source's report; basis: what the front is made from, as `front_files.said` takes it.
    Raises DataError where the system refuses to write.
    """
    surveys = [opened(each) for each in requests]
    claims = judgement.read(requests[0].year)
    made = []
    for survey in surveys:
        own = reports[survey.source]
        tall = compute(survey)
        executed = sorted((own / "notebooks").glob("*.ipynb"))
        files = own / FOLDER
        charts = f"{files.relative_to(folder).as_posix()}/" if files.is_dir() else ""
        vurdering = judgement.judge(claims, tall, survey)
        address = f"{own.relative_to(folder).as_posix()}/"
        checksum = manifest.checksum(manifest.read(own / manifest.FILE) or {})
        walks = Walks(survey, tall, vurdering)
        made.append(Made(walks, by_name(executed, charts), address, checksum))
    for name in (manifest.FILE, TABLE, BOOK, *DATA, PAGE):
        if name == manifest.FILE or not is_own_file(folder / name):
            remove(folder / name)
    # One municipality's own accounts are no evidence for what was published of many.
    of_many = [each for each in made if not each.survey.alone]
    found = evidence.of([each.survey for each in of_many])
    origins = [resources.origin(each.survey) for each in of_many]
    origin = together([*origins, resources.PUBLISHED])
    title = f"De publiserte tallene for {requests[0].year}, prøvd på hver kilde"
    words = (
        "Hvert publisert tall med vurderingen på hver kilde som er lest, den beste kilden først."
    )
    write_table(found, folder / TABLE, About(title, origin, words, schema=Evidens))
    with replacing(folder / PAGE) as part:
        if of_many:
            alone = [each for each in made if each.survey.alone]
            export_front(of_many, found, part, downloads=_beside(folder), alone=alone)
        else:
            export_one(made[0], part, downloads=_beside(folder))
    with replacing(folder / manifest.FILE) as part:
        part.write_text(manifest.text(said(folder, basis)), encoding="utf-8", newline="\n")


def _beside(folder: Path) -> list[Download]:
    names = {BOOK: "Alle publiserte tall med alt som er prøvd (Excel)", TABLE: "Det samme som CSV"}
    return [
        Download(name, words, 1, (folder / name).stat().st_size) for name, words in names.items()
    ]
