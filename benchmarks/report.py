"""How long each edition of a report takes once its notebooks are executed, and how large it is.

Needs a report: make report YEAR=2024. Run: .venv/bin/python -m benchmarks.report [year] [source]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kommuneregnskap.numbers.table import compute
from kommuneregnskap.report import contents, drawings
from kommuneregnskap.report.editions import Material, figures, pdf, release, workbook
from kommuneregnskap.report.editions.pdf import names
from kommuneregnskap.report.pages.figures import by_name
from kommuneregnskap.report.pages.html import section
from kommuneregnskap.report.pages.made import Made
from kommuneregnskap.report.pages.trail import trails_html
from kommuneregnskap.report.pages.walk import Walks
from kommuneregnskap.report.pages.whole import export_pages
from kommuneregnskap.survey.opening import opened
from kommuneregnskap.survey.reconciled import reconciled
from kommuneregnskap.survey.request import asked
from kommuneregnskap.verdicts import judgement


def size(path: Path) -> int:
    return sum(each.stat().st_size for each in ([path] if path.is_file() else path.glob("*")))


def main() -> None:
    year = int(sys.argv[1]) if len(sys.argv) > 1 else 2024
    source = sys.argv[2] if len(sys.argv) > 2 else "demo"
    survey = opened(asked(year, source))
    made = survey.request.folder() / "notebooks"
    executed = sorted(made.glob("*.ipynb"))
    tall = compute(survey)
    verdicts = judgement.judge(judgement.read(year), tall, survey)

    def page(folder: Path) -> None:
        walks = Walks(survey, tall, verdicts)
        of_one = Made(walks, by_name(executed), "")
        parts = {path.stem: section(path) for path in executed}
        trails = trails_html(walks)
        export_pages(of_one, parts, trails, reconciled(survey), folder, downloads=())

    material = Material(executed, survey, tall, verdicts)
    chapters = material.chapters
    editions: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
        "charts as SVG": (lambda _: [drawings.svg(f.spec) for f in contents.figures(chapters)], ()),
        "pages": (page, ("index.html",)),
        "print": (lambda f: pdf.write(material, f), (names.FILE, names.APPENDIX)),
        "workbook and CSV": (
            lambda f: workbook.write(material, f),
            (workbook.FILE, workbook.FOLDER),
        ),
        "figures, SVG and PNG": (
            lambda f: figures.write_figures(contents.figures(chapters), f),
            (figures.FOLDER,),
        ),
        "release text": (
            lambda f: release.write(material, f),
            (release.MARKDOWN, release.WORD),
        ),
    }
    with tempfile.TemporaryDirectory() as name:
        for edition, (make, files) in editions.items():
            began = time.perf_counter()
            make(Path(name))
            spent = time.perf_counter() - began
            sizes = ", ".join(f"{file} {size(Path(name) / file) / 1000:.0f} kB" for file in files)
            print(f"{edition}: {spent:.2f} s  {sizes}")


if __name__ == "__main__":
    main()
