"""Every command with values that it is not made for: one line that says why, and nothing written.

Refused is: an exit code other than zero, one line «Error: …» that can be printed, short however long the value was
(typer's own refusals too), folders as they were. What a command can do something with, it does, without a traceback.
By day a share of all places × values, another share of each place; in `make night` all of them.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kommuneregnskap.cli import main
from tests.helpers.accounts import deliver, lines, sound
from tests.helpers.examples import examples
from tests.helpers.hostile_values import COMMANDS, VALUES, Place, on_disk, places, required
from tests.helpers.projects import PANEL, copy_project
from tests.helpers.pxweb_server import running
from tests.helpers.steps import without_steps

SHARE = 41  # of the product: one in so many by day
LONGEST = 620
LOCKS = {".laas"}  # made before a server is asked, with the folder of the snapshots
# As nothing said: all sheets would be made.
ALL_SHEETS = ("empty", "a blank", "a comma", "many parts")
AS_SAID = re.compile(r"Error: .+\n")


class Desk:
    """A project without what heavy work needs, small accounts, a server that is none, an empty working folder."""

    def __init__(self, folder: Path, server: str) -> None:
        self.project, self.work = folder / "prosjekt", folder / "her"
        copy_project(self.project, PANEL)
        (self.project / "data/demo/panel").unlink()
        (self.project / "data/demo/parametre.csv").unlink()  # the panel cannot be built
        small = ["--data", str(deliver(folder / "små", lines(sound())))]
        odd = ["--data", str(deliver(folder / "rare", lines(sound(), region="999900")))]
        own = {"source": ["--source", "kostra"], "data": small}
        self.work.mkdir()
        self.base: dict[str, dict[str, list[str]]] = {
            "report": own | {"data": odd},
            "validate": {"data": odd},
            "trace": own | {"number": ["--id", "ingen"]},
            "sheets": own | {"units": ["--units", "ingen"]},
            "simulate": {"year": ["--year", "1999"]},
            "fetch": {"url": ["--url", f"{server}/galt"]},
            "partition": own | {"to": ["--to", "lager"]},
            "evaluate": {"place": ["--from", str(folder / "lager")], "to": ["--to", "lager"]},
        }
        (folder / "ting").mkdir()
        self.values = VALUES | on_disk(folder / "ting")
        self.run("partition", *own["source"], *small, "--to", str(folder / "lager"))
        self.folder = folder

    def words(self, place: Place, value: str) -> list[str]:
        """Return the command line with a value at a place, and at the others what lets it be reached, or refused."""
        base = required(place.command) | self.base.get(place.command, {}) if place.command else {}
        given = [own for name, own in base.items() if name != place.parameter]
        given.append(place.words(value))
        given.sort(key=lambda own: own[0] == "--")
        first = [place.command] if place.command else []
        return first + [
            word
            for own in given
            for word in (own if own is given[-1] or own[0] != "--" else own[1:])
        ]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command line in this process; anything but an exit comes through."""
        streams = [
            io.TextIOWrapper(io.BytesIO(), "utf-8", errors)
            for errors in ("strict", "backslashreplace")
        ]
        code: object = 0
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.redirect_stdout(streams[0]),
            contextlib.redirect_stderr(streams[1]),
        ):
            patch.setenv("KOMMUNEREGNSKAP_ROOT", str(self.project))
            patch.chdir(self.work)
            patch.setattr(sys, "argv", ["kommuneregnskap", *words])
            try:
                main()
            except SystemExit as end:
                code = end.code or 0
        for stream in streams:
            stream.flush()
        out, err = (stream.buffer.getvalue().decode() for stream in streams)  # type: ignore[attr-defined]
        assert isinstance(code, int)
        return subprocess.CompletedProcess(words, code, out, err)

    def state(self) -> dict[str, int]:
        """Return the files of the project (without its cache) and the working folder, with when they were written."""
        found = {}
        for root in (self.project, self.work):
            for base, folders, files in os.walk(root):
                folders[:] = [name for name in folders if name != ".cache"]
                own = (Path(base, name) for name in files if name not in LOCKS)
                found |= {str(path): path.lstat().st_mtime_ns for path in own}
        return found


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running() as server:
        yield Desk(tmp_path_factory.mktemp("fiendtlig"), server.url)


def tried(desk: Desk) -> Iterator[tuple[Place, str, str]]:
    """Yield places with values: all at night, else the share that a checksum of both picks."""
    one_in = examples(SHARE, 1)
    for place in places():
        for name, value in desk.values.items():
            if (place.command, place.parameter) == ("sheets", "units") and name in ALL_SHEETS:
                continue
            if (place.command, place.parameter) == ("fetch", "url") and not place_is_refused(name):
                continue
            if zlib.crc32(f"{place} {name}".encode()) % one_in == 0:
                yield place, name, value


def place_is_refused(name: str) -> bool:
    """Return whether an address is refused before it is asked; others are tried for seconds, or are SSB's own."""
    return name not in ("empty", "nobody there", "a host that is none", "a port that is none")


def refused(run: subprocess.CompletedProcess[str], what: str) -> None:
    """See that a command said in one line what is wrong."""
    assert run.returncode in (1, 2), what
    (line,) = without_steps(run.stderr)
    assert AS_SAID.fullmatch(f"{line}\n"), f"{what}: {run.stderr[:500]!r}"
    assert len(line) < LONGEST, f"{what}: {len(run.stderr)} signs"
    assert run.stderr[:-1].isprintable() or not re.search(
        r"[^\s -~]", run.stderr[:-1].replace("\xa0", " ")
    ), what
    assert "Traceback" not in run.stderr, what


@pytest.mark.varied
def test_no_command_answers_a_value_with_a_traceback(
    desk: Desk, record_property: Callable[[str, object], None]
) -> None:
    counted: Counter[str] = Counter()
    before = desk.state()
    for place, name, value in tried(desk):
        what = f"{place.command} {place.parameter} with {name}"
        run = desk.run(*desk.words(place, value))
        counted[place.command] += 1
        if run.returncode and run.stderr:
            refused(run, what)
            now = desk.state()
            left = {path for path in now.keys() - before.keys() if not path.endswith(".laas")}
            # A folder of snapshots is made before a server is asked.
            assert place.command == "fetch" or not left, f"{what} left {left}"
            assert {path: now.get(path) for path in before} == before, what
        if now_written := set(desk.work.iterdir()):
            for path in now_written:
                path.unlink() if path.is_file() or path.is_symlink() else shutil.rmtree(path)
        before = desk.state()
    assert set(counted) == {*COMMANDS, ""}
    record_property("counted", (f"hostile values at {len(COMMANDS)} commands", counted.total()))


BYTES = (b"\xff\xfe", b"2024\xe6", "20²5".encode(), b"\x1b[2J", b"a" * 100_000)
REAL = [
    ("report", b"--year="),
    ("validate", b"--data="),
    ("partition", b"--to=s3://"),
    ("klass", b""),
    ("hierarchies", b"--data="),
]


@pytest.mark.parametrize(("place", "value"), list(zip(REAL, BYTES, strict=True)))
def test_bytes_typed_into_a_real_process_end_in_one_line(
    desk: Desk, place: tuple[str, bytes], value: bytes
) -> None:
    command, option = place
    run = subprocess.run(
        [sys.executable, "-m", "kommuneregnskap", command.encode(), option + value],
        cwd=desk.work,
        env=os.environ | {"KOMMUNEREGNSKAP_ROOT": str(desk.project)},
        capture_output=True,
        check=False,
    )
    told = subprocess.CompletedProcess(run.args, run.returncode, "", run.stderr.decode())
    refused(told, f"{command} {option!r}{value[:20]!r}")
