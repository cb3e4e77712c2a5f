"""A file that is asked for twice is read once, where that was said, and anew where somebody wrote it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from kommuneregnskap.support.errors import DataError
from kommuneregnskap.support.files import file_hash, file_hashes, hashed_once, rewritten

FORMER, NEW = (hashlib.sha256(text).hexdigest() for text in (b"fra", b"til"))


def test_inside_the_block_files_are_as_they_were_found(tmp_path: Path) -> None:
    file, other = tmp_path / "en", tmp_path / "to"
    for path in (file, other):
        path.write_bytes(b"fra")
    with hashed_once():
        assert file_hash(file) == FORMER
        for path in (file, other):
            path.write_bytes(b"til")
        assert file_hash(file) == FORMER
        assert file_hashes([file, other]) == [FORMER, NEW]
        rewritten()
        assert file_hashes([file, other]) == [NEW, NEW]
    file.write_bytes(b"fra")
    assert file_hash(file) == FORMER, "outside it is read whenever it is asked for"
    assert file_hashes([file, other, file]) == [FORMER, NEW, FORMER]
    assert file_hashes([]) == []


def test_one_of_several_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "en").write_bytes(b"fra")
    with pytest.raises(DataError, match="borte"):
        file_hashes([tmp_path / "en", tmp_path / "borte"])
