"""Imports run one way, and no KOSTRA code stands in Python."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from kommuneregnskap.support import paths

ORDER = [
    "errors", "interrupts", "locks", "paths", "norwegian", "schemas", "control_schemas", "statbank_schemas",
    "claim_schemas", "estimate_schemas", "nonresponse_schemas", "review_schemas", "sheet_schemas",
    "group_sums", "hierarchies", "hierarchy_files", "frames", "tables",
    "register", "codesets", "choices", "published", "sources", "kostra", "demo", "statbank", "corrections",
    "delivery", "cache", "ledger", "definitions", "indicators", "units", "bands", "controls", "evaluation",
    "storage", "partitions", "open_data",
    "survey_notes", "matching", "survey", "survey_opening", "estimates", "invented", "sections",
    "unit_sheet", "chart_style", "charts",
    "charts_groups", "charts_map", "charts_units", "charts_open", "charts_estimates", "charts_nonresponse",
    "charts_robustness", "brackets", "bridge",
    "arithmetic", "judgement", "claims", "trace", "specification", "robustness", "differences",
    "restatements", "history", "cards", "mutants", "concepts", "display_table", "display_renderer",
    "wording", "display", "nonresponse",
    "display_units", "display_method", "display_cards", "tour", "notebooks", "coverage", "notebook_errors",
    "engines", "inprocess", "workers", "warm", "report",
    "export", "manifest", "making", "publish", "validation", "comparison", "tracing", "sheet_making", "sheets",
    "cli_tables", "cli_trace", "cli_review", "cli_commands", "cli_sheets", "cli_notebooks", "cli_hierarchies",
    "cli_partitions", "cli", "__main__",
]  # fmt: skip
SOURCE = paths.source_code()


def module_of(path: Path) -> str:
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "kommuneregnskap":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            "kommuneregnskap."
        ):
            found.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {
                a.name.split(".")[1] for a in node.names if a.name.startswith("kommuneregnskap.")
            }
    return found


def test_every_module_has_its_place_and_imports_only_from_the_left() -> None:
    for path in sorted(SOURCE.rglob("*.py")):
        name = module_of(path)
        if name == "__init__":
            continue
        assert name in ORDER, f"{name} has no place in the order"
        late = {other for other in imported(path) if ORDER.index(other) > ORDER.index(name)}
        assert not late, f"{path.relative_to(SOURCE)} imports {late} from the right"


def test_no_kostra_code_stands_in_python() -> None:
    code = re.compile(
        r"['\"](?:AGD\d+|AGI\d+|FGK\d+\w?|KG\d+)['\"]|(?:art|funksjon|kapittel)['\"]\)? *== *['\"]\d{2,4}['\"]"
    )
    for path in sorted(SOURCE.rglob("*.py")):
        assert not code.search(path.read_text(encoding="utf-8")), path


def test_files_stay_readable() -> None:
    for path in sorted(SOURCE.rglob("*.py")):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 320, path


def test_public_functions_have_docstrings() -> None:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"
