"""What looks odd and is right: nothing right gets lost."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import polars as pl
import pytest

from kommuneregnskap.survey import opening
from tests.helpers.accounts import deliver, lines, sound

GOOD = lines(sound())


class TestAccepted:
    """What looks odd and is right: nothing right gets lost."""

    @pytest.fixture
    def expected(self, project: Path, tmp_path: Path) -> pl.DataFrame:
        return self.indicators(deliver(tmp_path / "vanlig", GOOD))

    @staticmethod
    def indicators(folder: Path) -> pl.DataFrame:
        return opening.open_survey(year=2024, source="kostra", data_dir=str(folder)).indikatorer

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", "\r\n\r\n"])
    def test_line_ends(self, tmp_path: Path, expected: pl.DataFrame, end: str) -> None:
        assert self.indicators(deliver(tmp_path / "filer", end.join(GOOD))).equals(expected)

    def test_ten_thousand_files(self, tmp_path: Path, expected: pl.DataFrame) -> None:
        folder = tmp_path / "filer"
        deliver(folder, GOOD, name="hele.txt")
        spare = lines([("drift", "222", "010", 0)])[0]
        for number in range(10_000):
            (folder / "2024" / f"{number:05d}.txt").write_text(spare + "\n", encoding="latin-1")
        assert self.indicators(folder).equals(expected)

    def test_special_regions_change_no_number(self, tmp_path: Path, expected: pl.DataFrame) -> None:
        folder = deliver(tmp_path / "filer", GOOD)
        deliver(folder, lines(sound(), region="211100"), name="svalbard.txt")
        for district in range(1, 16):
            deliver(folder, lines(sound(), region=f"0301{district:02d}"), name=f"{district}.txt")
        assert self.indicators(folder).equals(expected)

    def test_a_link_within_the_folder(self, tmp_path: Path, expected: pl.DataFrame) -> None:
        folder = deliver(tmp_path / "filer", GOOD, name=".skjult")
        (folder / "2024" / "a.txt").symlink_to(".skjult")
        assert self.indicators(folder).equals(expected)

    def test_loose_files_beside_the_folders_of_years(
        self, tmp_path: Path, expected: pl.DataFrame
    ) -> None:
        folder = deliver(tmp_path / "filer", GOOD[:12])
        (folder / "balanse.txt").write_text("\n".join(GOOD[12:]), encoding="latin-1")
        assert self.indicators(folder).equals(expected)

    def test_members_of_an_archive(self, tmp_path: Path, expected: pl.DataFrame) -> None:
        folder = tmp_path / "filer"
        (folder / "2024").mkdir(parents=True)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("mappe/", "")
            archive.writestr("mappe/drift.txt", "\n".join(GOOD[:12]))
            archive.writestr("balanse..txt", "\r\n".join(GOOD[12:]))
        (folder / "2024" / "alt.ZIP").write_bytes(buffer.getvalue())
        assert self.indicators(folder).equals(expected)
