"""A workbook as a reader without our code sees it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

SPACE = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
Cells = dict[tuple[str, int], object]  # column and row → value


class Workbook:
    """A workbook as a reader without our code sees it: values and formulas by sheet and cell."""

    def __init__(self, file: Path) -> None:
        with zipfile.ZipFile(file) as archive:
            names = ElementTree.fromstring(archive.read("xl/workbook.xml"))
            self.names = [each.attrib["name"] for each in names.iterfind(".//m:sheet", SPACE)]
            shared = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
            texts = [
                "".join(part.text or "" for part in each.iterfind(".//m:t", SPACE))
                for each in shared.iterfind("m:si", SPACE)
            ]
            self.values: dict[str, Cells] = {}
            self.formulas: dict[str, dict[tuple[str, int], str]] = {}
            self.frozen: set[str] = set()
            for number, name in enumerate(self.names, start=1):
                sheet = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
                self._read(name, sheet, texts)

    def _read(self, name: str, sheet: ElementTree.Element, texts: list[str]) -> None:
        self.values[name], self.formulas[name] = {}, {}
        if sheet.find(".//m:pane[@state='frozen']", SPACE) is not None:
            self.frozen.add(name)
        for cell in sheet.iterfind(".//m:c", SPACE):
            column, row = re.match(r"([A-Z]+)(\d+)", cell.attrib["r"]).groups()  # type: ignore[union-attr]
            value, formula = cell.find("m:v", SPACE), cell.find("m:f", SPACE)
            if value is None or value.text is None:
                continue
            kind = cell.attrib.get("t")
            found: object = value.text
            if kind == "s":
                found = texts[int(value.text)]
            elif kind is None:
                found = float(value.text)
            self.values[name][(column, int(row))] = found
            if formula is not None and formula.text:
                self.formulas[name][(column, int(row))] = formula.text
