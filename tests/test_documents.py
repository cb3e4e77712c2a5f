"""The README and its companions are true: what they name exists, and what exists is named."""

from __future__ import annotations

import ast
import csv
import importlib
import itertools
import re
import shlex
import subprocess
import tokenize
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.main import get_command

from kommuneregnskap.cli.app import app
from kommuneregnskap.report import editions
from kommuneregnskap.survey.survey import Survey
from kommuneregnskap.tables import sections
from kommuneregnskap.verdicts.judgement import VERDICTS
from tests.conftest import PROJECT
from tests.helpers import listing
from tests.test_rooms import MODULES, ROOMS

README = (PROJECT / "README.md").read_text("utf-8")
CONTRIBUTING = (PROJECT / "CONTRIBUTING.md").read_text("utf-8")
REVIEW = (PROJECT / "REVIEW.md").read_text("utf-8")
PAGES = sorted((PROJECT / "docs").glob("*.md"))
PAGE = {path.stem: path.read_text("utf-8") for path in PAGES}
DATA_README = (PROJECT / "data/README.md").read_text("utf-8")
MAKEFILE = (PROJECT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, flags=re.MULTILINE))
DOCUMENTS = [
    *(PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "REVIEW.md")),
    *PAGES,
    *(PROJECT / "data" / name for name in ("README.md", "raw/README.md")),
]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DOTTED = re.compile(r"\b(kr|kommuneregnskap)((?:\.[a-z_]\w*)+)")
FILES = re.compile(r"`((?:src|tests|benchmarks|docs|notebooks|\.ci)/[^`<>*\s]+)`")
RUN = re.compile(r"-m ((?:kommuneregnskap|benchmarks)[\w.]*)")
HOSTS = re.compile(r"pypi\.|pythonhosted|/simple/|registry\.|index-url", re.IGNORECASE)


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as a user without any settings from this test run."""
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


def commands(text: str) -> Iterator[list[str]]:
    """Yield the commands of make and of the package in a document, as words: in blocks, and alone between backticks."""
    for block in re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line, comments=True) if line.startswith((*CALLS, "make ")) else []
            if words:
                yield words
    for said in re.findall(
        r"(?<!`)`((?:make |\.venv/bin/python -m kommuneregnskap ?)[^`\n]*)`", text
    ):
        if "…" not in said and not said.endswith("=`"):
            yield shlex.split(said)


CALLS = (".venv/bin/python -m kommuneregnskap",)
COMMANDS = {
    name: [*words]
    for path in DOCUMENTS
    for words in commands(path.read_text("utf-8"))
    for name in [f"{path.name}: {' '.join(words)}"]
}
OF_MAKE = {name: words[1:] for name, words in COMMANDS.items() if words[0] == "make"}
OF_PACKAGE = {name: words[3:] for name, words in COMMANDS.items() if words[0] != "make"}


def test_documents_have_commands() -> None:
    assert len(OF_MAKE) > 50
    assert len(OF_PACKAGE) > 8
    assert {name.split(":")[0] for name in OF_MAKE} >= {"README.md", "REVIEW.md", "commands.md"}


def test_make_takes_every_command_of_a_document() -> None:
    """As make itself reads it, and does nothing (-n): the command is there, and takes the settings."""
    odd = {}
    for name, words in OF_MAKE.items():
        given = [word for word in words if not word.endswith("=")]
        run = make("-n", *given)
        if run.returncode:
            odd[name] = run.stderr
    assert odd == {}


@pytest.mark.parametrize("name", OF_PACKAGE)
def test_the_package_takes_every_command_of_a_document(name: str) -> None:
    words = OF_PACKAGE[name]
    group = get_command(app)
    if words and words[-1] != "--help":
        group.commands[words[0]].make_context(words[0], [*words[1:]])  # type: ignore[attr-defined]


def test_every_target_stands_on_its_page_with_its_settings() -> None:
    """What the Makefile says that a command takes is what it says when it is asked, and what the page says."""
    rows = re.findall(r"^\| `make ([a-z-]+)` \| .* \| (.*)\|$", PAGE["commands"], re.MULTILINE)
    listed = {name: re.findall(r"`([A-Z_0-9]+)`", cell) for name, cell in rows}
    assert listed.keys() == TARGETS - {"help", "help-all"}
    explained = set(re.findall(r"`([A-Z_0-9]+)`", PAGE["commands"].split("## Settings")[1]))
    for name, settings in listed.items():
        said = make(name, "FOO=1").stderr
        taken = set(
            re.findall(r"[A-Z_0-9]+", said.split(f"make {name} takes ")[1].split("Stop")[0])
        )
        assert taken - {"PYTHON3"} == set(settings), name
        assert ("PYTHON3" in taken) == (name != "clean")
        assert taken <= explained


BY_WAY = "tools/environment.py with "


def test_everything_that_make_does_can_be_typed_without_it() -> None:
    """Each target has a row, the program takes what stands there, and for developers it is what make itself runs."""
    table = PAGE["commands"].split("## Without make")[1]
    rows = {
        name: re.findall(r"`([^`]+)`", said)
        for name, said in re.findall(r"^\| `make ([a-z-]+)` \| (.*) \|$", table, re.MULTILINE)
    }
    assert rows.keys() == TARGETS - {"help", "help-all"}
    group = get_command(app)
    for command in itertools.chain.from_iterable(rows.values()):
        program, *words = shlex.split(command)
        if program == "kommuneregnskap":
            group.commands[words[0]].make_context(words[0], words[1:])  # type: ignore[attr-defined]
    for name in ("test", "quick", "lint", "format", "accept", "mutants", "demo"):
        run = [line for line in make("-n", name).stdout.splitlines() if BY_WAY in line]
        said = [line.split(BY_WAY)[1].replace(" --quiet", "") for line in run]
        own = [line.replace("python -m kommuneregnskap", "kommuneregnskap") for line in said]
        assert rows[name] == own, name


def test_a_reader_finds_every_page_and_reads_it_to_the_end() -> None:
    assert README.count("\n") < 150
    for path in PAGES:
        text = path.read_text("utf-8")
        assert f"](docs/{path.name})" in README, path.name
        assert text.count("\n") < 200, path.name
        assert len(re.findall(r"^# ", re.sub(r"(?ms)^```.*?^```$", "", text), re.MULTILINE)) == 1


def anchors(path: Path) -> set[str]:
    """Return what links to headings of a document may name."""
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]+)(?:#([^)]+))?\)", path.read_text("utf-8")):
        there = path.parent / target
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), f"{target}#{anchor}"


def test_the_map_names_folders_that_are_there() -> None:
    drawn = CONTRIBUTING.split("## Map of the project")[1].split("```")[1]
    folders = re.findall(r"^\s*([a-z/]+/)\s", drawn, flags=re.MULTILINE)
    assert len(folders) >= 8
    assert all((PROJECT / folder).is_dir() for folder in folders)


def test_every_verdict_is_explained() -> None:
    assert all(f"| `{verdict}` |" in PAGE["verdicts"] for verdict in VERDICTS)


def test_the_review_signs_off_every_step_and_names_what_is_there() -> None:
    """Each step has a command or a file, an expectation, a reason to stop, and a line to sign."""
    steps = re.findall(
        r"^\| (\d+)\. [^|]+\| (\d+) \| ([^|]+)\| ([^|]+)\| ([^|]+)\|$", REVIEW, re.MULTILINE
    )
    numbers = [number for number, *_ in steps]
    assert numbers == re.findall(r"^\| (\d+) [A-Z][^|]*\|(?: \|){4}$", REVIEW, re.MULTILINE)
    assert 50 <= sum(int(minutes) for _, minutes, *_ in steps) <= 65, "an hour"
    assert all(text.strip() for step in steps for text in step)
    for path in re.findall(r"`(data/[a-z_/0-9]+\.csv)`", REVIEW):
        assert (PROJECT / path).is_file(), path


def test_every_section_is_in_the_readme_in_order() -> None:
    listed = re.findall(r"^\| \[(\w+)\]\(notebooks/\1\.ipynb\) \|", README, re.MULTILINE)
    named = [path.stem for path in sections.notebooks()]
    assert [name for name in listed if name in named] == named


@pytest.mark.parametrize("folder", ["codes", "definitions", "demo"])
def test_every_table_is_described_with_its_columns(folder: str) -> None:
    for path in sorted((PROJECT / "data" / folder).glob("*.csv")):
        _, begin, rest = DATA_README.partition(f"\n### `{path.name}`\n")
        assert begin, f"data/README.md says nothing of {folder}/{path.name}"
        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        said = re.findall(r"^\| (\w+) \|", re.split(r"\n(?:#|<!--)", rest)[0], re.MULTILINE)
        assert sorted(header) == sorted(set(said) - {"Column"}), path.name


def missing(document: str) -> Iterator[str]:
    """Yield what the Python of a document imports or names and is not there; nothing of it is run."""
    bound: dict[str, object] = {}
    for block in BLOCK.findall(document):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Import):
                for each in node.names:
                    bound[each.asname or each.name] = importlib.import_module(each.name)
            elif isinstance(node, ast.ImportFrom):
                for each in node.names:
                    try:
                        bound[each.name] = there(f"{node.module}.{each.name}")
                    except (ImportError, AttributeError):
                        yield f"from {node.module} import {each.name}"
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                known = bound.get(node.value.id)
                if known is not None and not hasattr(known, node.attr):
                    yield f"{node.value.id}.{node.attr}"
    for first, rest in DOTTED.findall(document):
        try:
            there(
                first.replace("kr", "kommuneregnskap", 1) + rest if first == "kr" else first + rest
            )
        except (ImportError, AttributeError):
            yield f"{first}{rest}"


def there(name: str) -> object:
    """Return what a dotted name of the package leads to: a module, or something in one."""
    first, *rest = name.split(".")
    found: object = importlib.import_module(first)
    path = first
    for part in rest:
        path = f"{path}.{part}"
        try:
            found = getattr(found, part)
        except AttributeError:
            found = importlib.import_module(path)
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_what_a_document_names_is_there(path: Path) -> None:
    """Names of Python in its blocks and its text, files of the project, modules that are run."""
    text = path.read_text("utf-8")
    assert list(missing(text)) == []
    assert [name for name in FILES.findall(text) if not (PROJECT / name).exists()] == []
    assert [name for name in RUN.findall(text) if find_spec(name) is None] == []


def test_a_name_that_is_not_there_is_seen() -> None:
    written = (
        "import kommuneregnskap as kr\nfrom kommuneregnskap.statbank import snapshot\nkr.parts(1)\n"
    )
    assert list(
        missing(f"```python\n{written}```\n`kr.tables`, `kommuneregnskap.hierarchies.scopes`")
    ) == [
        *("from kommuneregnskap.statbank import snapshot", "kr.parts", "kommuneregnskap.statbank"),
        *("kr.parts", "kommuneregnskap.hierarchies.scopes"),
    ]


def words_of(path: Path) -> set[str]:
    """Return the words of a file of Python that are no prose: its names, and the texts that are no docstrings."""
    found: set[str] = {*path.with_suffix("").parts}
    tree = ast.parse(path.read_text("utf-8"))
    prose = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
    for node in ast.walk(tree):
        names = [getattr(node, part, None) for part in ("id", "attr", "arg", "name", "asname")]
        if isinstance(node, ast.Constant) and id(node) not in prose:
            names.append(node.value)
        found.update(
            word for name in names if isinstance(name, str) for word in re.findall(r"\w+", name)
        )
    return found


def comments(path: Path) -> Iterator[str]:
    """Yield the texts and comments of a file of Python, docstrings among them."""
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type in (tokenize.STRING, tokenize.COMMENT):
                yield token.string


LEAVES: dict[str, list[str]] = {}  # the last word of a module's name → the modules that have it
for module in MODULES:
    LEAVES.setdefault(module.rsplit(".", 1)[-1], []).append(f"kommuneregnskap.{module}")
SUFFIXES = (".csv", ".js", ".json", ".html", ".md", ".py", ".ipynb", ".lock", ".toml", ".txt")


def leads_somewhere(name: str, own: set[str]) -> bool:
    """Return whether a dotted name is there: from a module on, of a survey, or of something else of its own file."""
    first, *rest = name.split(".")
    if first == "survey" and rest[0] in {*Survey.__dataclass_fields__, *dir(Survey)}:
        return True
    for start in (*LEAVES.get(first, []), "kommuneregnskap" if first == "kr" else first):
        try:
            there(".".join([start, *rest]))
        except (ImportError, AttributeError):
            continue
        return True
    return first in own and first not in LEAVES


def test_names_in_docstrings_are_there() -> None:
    """Of what moves or is renamed others speak by its new name: `module.name`, and names of several_words."""
    data = "".join(path.read_text("utf-8") for path in (PROJECT / "data").glob("*/*.csv"))
    known = {path.stem for path in (PROJECT / "data").glob("*/*.csv")} | {*re.findall(r"\w+", data)}
    for name in listing.files(PROJECT):
        known |= words_of(PROJECT / name) if name.endswith(".py") else set()
    for path in sorted((PROJECT / "src").rglob("*.py")):
        own = words_of(path)
        for text in comments(path):
            for name in re.findall(r"`((?:[a-z_]\w*\.)+\w+)(?:\(\))?`", text):
                if not name.endswith(SUFFIXES) and name not in data:
                    assert leads_somewhere(name, own), f"{path.name}: {name}"
            for name in re.findall(r"`([a-z]\w*_\w*)`", text):
                assert name in known, f"{path.name}: {name}"


def test_a_name_of_a_module_that_is_gone_is_seen() -> None:
    assert leads_somewhere("one_sheet.key", set())
    assert leads_somewhere("survey.enheter", {"survey"})
    assert leads_somewhere("everyone.level", {"everyone"})
    assert not leads_somewhere("sheet_making.key", set())
    assert not leads_somewhere("evaluate.judge", {"evaluate"})


def test_every_room_is_described() -> None:
    rooms = re.findall(r"^\| `([a-z]+)` \|", CONTRIBUTING.split("## The house")[1], re.MULTILINE)
    assert rooms == ROOMS


def test_every_edition_has_its_files_on_the_page_of_the_report() -> None:
    for edition in editions.editions():
        for file in edition.files or {}:
            name = Path(file)
            assert f"`{file}`" in PAGE["report"] or f"`{name.suffix}`" in PAGE["report"], file
        assert f"`{edition.name}`" in PAGE["commands"], edition.name


def test_the_slow_optional_package_is_left_out() -> None:
    """It would cost a second at every start of a kernel; see pyproject.toml, [tool.uv]."""
    lock = (PROJECT / "requirements.lock").read_text("utf-8")
    assert re.search(r"^rfc3987-syntax==\S+ ; sys_platform == 'never' ", lock, flags=re.MULTILINE)
    assert find_spec("rfc3987_syntax") is None


def test_no_file_names_a_registry_host() -> None:
    for name in listing.files(PROJECT):
        path = PROJECT / name
        if path == Path(__file__) or path.suffix in (".png", ".gz"):
            continue
        found = HOSTS.search(path.read_text("utf-8"))
        assert found is None, f"{name} names {found.group() if found else ''}"


def test_the_makefile_calls_the_test_command_the_readme_gives() -> None:
    ci = (PROJECT / ".ci/run").read_text("utf-8")
    assert re.search(r"^make test$", ci, flags=re.MULTILINE)
    assert re.search(r"^make test\b", README, flags=re.MULTILINE)
