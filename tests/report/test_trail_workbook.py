"""The workbook of a trail, opened again: its formulas are computed anew and give the values beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kommuneregnskap.display.notebook import SYNTHETIC_WARNING
from kommuneregnskap.report import trails
from kommuneregnskap.support.errors import DataError
from kommuneregnskap.survey import opening
from kommuneregnskap.survey.request import asked
from tests.helpers import workbook as reader
from tests.helpers.examples import by_day

YEAR = 2024
REFERENCE = re.compile(r"(?:'([^']+)'!)?\$?([A-Z])\$?(\d+)(?::\$?([A-Z])\$?(\d+))?")
SUMIF = re.compile(r"SUMIF\('([^']+)'!\$A:\$A,\$A(\d+),'[^']+'!\$([A-Z]):\$[A-Z]\)")


@pytest.fixture(scope="module", autouse=True)
def opened_once() -> Iterator[None]:
    """The survey that all these workbooks are of, opened and computed once."""
    opening.keep_open("trails")
    yield
    opening.forget()


class Workbook(reader.Workbook):
    """A workbook whose formulas are computed as Excel would."""

    def column(self, sheet: str, column: str) -> list[object]:
        """Return the values of a column below its heading."""
        return [
            value for (name, row), value in self.values[sheet].items() if name == column and row > 5
        ]

    def computed(self, sheet: str, formula: str) -> float:
        """Compute a formula of sums, ratios, COUNTIF and IF over the values of the workbook."""
        text = re.sub(r'1\+COUNTIF\(([^,]+),"([<>])"&([^)]+)\)', r"1+COUNT(\1,\2,\3)", formula)
        ranked = re.match(r"1\+COUNT\((.+),([<>]),(.+)\)", text)
        if ranked:
            limit = self._of(sheet, ranked[3])[0]
            values = self._of(sheet, ranked[1])
            return 1 + sum(v > limit if ranked[2] == ">" else v < limit for v in values)
        text = re.sub(r"SUM\(([^)]+)\)", lambda m: repr(sum(self._of(sheet, m[1]))), text)
        text = REFERENCE.sub(lambda m: repr(self._of(sheet, m[0])[0]), text)
        while "IF(" in text:
            inner = re.search(r"IF\(([^,()]+),([^,()]+),([^,()]+)\)", text)
            assert inner is not None, text
            chosen = inner[2] if eval(inner[1]) else inner[3]
            text = text.replace(inner[0], str(eval(chosen)))
        assert re.fullmatch(r"[\d.e+\-*/() ]+", text), text
        return float(eval(text))

    def _of(self, sheet: str, reference: str) -> list[float]:
        match = REFERENCE.fullmatch(reference)
        assert match is not None, reference
        place, column, first, _, last = match.groups()
        cells = self.values[place or sheet]
        rows = range(int(first), int(last or first) + 1)
        return [float(str(cells[(column, row)])) for row in rows]


FOLLOWED = [
    *("investering.andel.grunnskole", "investering.rang.grunnskole", "investering.endring"),
    *("investering.per_innbygger", "resultat.andel_under_m2_av_negative", "resultat.min_pst"),
    *("resultat.retning", "resultat.estimat_mrd", "resultat.estimat_pst", "sektor.aar_paa_rad"),
    *("sektor.del_av_sosial.livsopphold", "sektor.rang_lavest.administrasjon", "svar.folkeandel"),
    *("sektor.vekst.sosial", "fond.antall_redusert", "resultat.netto_mrd"),
    *("investering.vekst_fast_pris", "sektor.gap_fast_pris"),
]


@pytest.mark.parametrize("tall_id", by_day(FOLLOWED, 3))
def test_every_formula_gives_the_value_beside_it(spor: Path, tall_id: str) -> None:
    found = trails.trace(asked(YEAR, source="demo"), tall_id)
    book = Workbook(found.file)
    numbers = book.formulas["2 Tall"]
    assert len(numbers) == len(found.trail.steps)
    for (_, row), formula in numbers.items():
        again = book.computed("2 Tall", formula)
        ours = float(str(book.values["2 Tall"][("F", row)]))
        assert again == pytest.approx(ours, rel=1e-9), formula
    sums = book.formulas["3 Summer"]
    assert len(book.column("3 Summer", "A")) == len(found.trail.sums)
    for (column, row), formula in sums.items():
        if column == "L":
            assert book.values["3 Summer"][(column, row)] == "ja"
            continue
        match = SUMIF.fullmatch(formula)
        assert match is not None, formula
        listed = book.values[match[1]]
        number = book.values["3 Summer"][("A", int(match[2]))]
        added = sum(
            float(str(listed[(match[3], place)]))
            for (name, place), value in listed.items()
            if name == "A" and place > 5 and value == number
        )
        assert added == book.values["3 Summer"][("H", row)], (tall_id, column, row)
    assert len([1 for column, _ in sums if column in "IJK"]) >= len(found.trail.sums)
    if "Anslag" in book.names:
        for (column, row), formula in book.formulas["Anslag"].items():
            again = book.computed("Anslag", formula)
            assert again == pytest.approx(
                float(str(book.values["Anslag"][(column, row)])), rel=1e-12
            )


def test_every_sheet_has_title_unit_source_warning_and_a_frozen_header(spor: Path) -> None:
    book = Workbook(trails.trace(asked(YEAR, source="demo"), "resultat.andel_negativ").file)
    assert book.names == [
        *("1 Påstand", "2 Tall", "3 Summer", "4 Ledd", "5 Enheter", "6 Rader", "Grense", "Kontroll")
    ]
    for name in book.names:
        top = [book.values[name][("A", row)] for row in (1, 2, 3, 5)]
        assert str(top[0]).startswith("resultat.andel_negativ 2024: ")
        assert "syntetisk" in str(top[1])
        assert top[2] == SYNTHETIC_WARNING
        assert name in book.frozen
    assert book.column("1 Påstand", "A") == ["k2024_res_andel_negativ", "k2024_presse_seks_av_ti"]
    assert set(book.column("Kontroll", "E")) == {"ja"}


def test_the_workbook_of_invented_accounts_is_of_invented_units(
    spor: Path,
) -> None:
    name = r"^[6-9]\d{3} Oppdiktet kommune [6-9]\d{3}$"
    book = Workbook(trails.trace(asked(YEAR, source="demo"), "svar.folkeandel").file)
    assert all(re.match(name, str(each)) for each in book.column("5 Enheter", "B"))
    rows = Workbook(trails.trace(asked(YEAR, source="demo"), "resultat.netto_pst").file)
    assert all(re.match(rf"{name}|^Resten: ", str(each)) for each in rows.column("6 Rader", "B"))
    assert all(re.match(name, str(each)) for each in rows.column("5 Enheter", "B"))


def test_the_same_trail_gives_the_same_bytes_and_a_failed_write_leaves_the_former(
    spor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = trails.trace(asked(YEAR, source="demo"), "fond.mrd").file
    before = file.read_bytes()
    file.unlink()
    assert trails.trace(asked(YEAR, source="demo"), "fond.mrd").file.read_bytes() == before

    def full(_self: Path, _content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DataError, match="cannot be written"):
        trails.trace(asked(YEAR, source="demo"), "fond.mrd")
    assert file.read_bytes() == before
    assert not [path for path in file.parent.iterdir() if path.name.startswith(".")]
