"""What may befall a file that is kept: seeded ways to tamper with it, each with a name to tell it by."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

Way = Callable[[Path], None]


def flipped(file: Path, chance: random.Random) -> str:
    """Flip one bit of a file and say which."""
    content = bytearray(file.read_bytes())
    bit = chance.randrange(8 * len(content))
    content[bit // 8] ^= 1 << bit % 8
    file.write_bytes(bytes(content))
    return f"{file.parent.name}/{file.name}, bit {bit}"


def bits(folder: Path, count: int, seed: int) -> Iterator[tuple[Path, int]]:
    """Give places for flipped bits below a folder: a file and a seed, small files as often as large ones."""
    chance = random.Random(seed)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    for _ in range(count):
        yield chance.choice(files), chance.randrange(2**32)


def removed(file: Path) -> None:
    file.unlink()


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def lengthened(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\n")


def foldered(file: Path) -> None:
    file.unlink()
    file.mkdir()
    (file / "noe").write_text("", "utf-8")


def linked(file: Path) -> None:
    """Lead to the same bytes elsewhere, where they can change."""
    elsewhere = file.parents[1] / f"{file.name} et annet sted"
    shutil.move(file, elsewhere)
    file.symlink_to(elsewhere)


def led_astray(file: Path) -> None:
    file.unlink()
    file.symlink_to("finnes ikke")


def piped(file: Path) -> None:
    """A pipe: who opens it to read waits for ever."""
    file.unlink()
    os.mkfifo(file)


WAYS: tuple[Way, ...] = (
    *(removed, emptied, truncated, lengthened),
    *(foldered, linked, led_astray, piped),
)
