"""A source is one module: what may be asked of it, what it gives, and nobody asks for its name."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kommuneregnskap import sources
from kommuneregnskap.display import notebook
from kommuneregnskap.sources import account_files, published_figures
from kommuneregnskap.sources.source import HasFiles, HasSnapshots
from kommuneregnskap.support import paths
from kommuneregnskap.support.errors import UsageError
from kommuneregnskap.survey import opening, request
from tests.helpers.accounts import deliver, lines, sound

NEW = "hovedbok"


def test_each_is_of_one_kind_and_says_what_it_gives() -> None:
    for source in sources.REGISTERED:
        assert isinstance(source, HasFiles) != isinstance(source, HasSnapshots)
        assert source.gives.controls == source.gives.rows == isinstance(source, HasFiles)
        assert source.gives.snapshots == isinstance(source, HasSnapshots)
        assert sources.named(source.name) is source
        assert source.scopes
        assert bool(source.words) == bool(source.origin)
    assert sources.NAMES == ("kostra", "ssb", "demo"), "best evidence first"
    assert sources.scopes() == ("kasse", "konsolidert", "konsern")


def test_one_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(UsageError, match="SOURCE is 'ks'; allowed: kostra, ssb, demo"):
        sources.named("ks")
    with pytest.raises(UsageError, match=r"SOURCE is 'ssb'; allowed: kostra, demo$"):
        sources.with_files("ssb")


def test_no_other_module_compares_with_the_name_of_a_source() -> None:
    room = paths.source_code() / "sources"
    for path in paths.source_code().rglob("*.py"):
        if path.is_relative_to(room):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                told = {side.value for side in sides if isinstance(side, ast.Constant)}
                assert not told & set(sources.NAMES), f"{path}:{node.lineno}"
            if isinstance(node, ast.List | ast.Tuple | ast.Dict):
                parts = node.keys if isinstance(node, ast.Dict) else node.elts
                values = {part.value for part in parts if isinstance(part, ast.Constant)}
                assert len(values & set(sources.NAMES)) < 2, f"{path}:{node.lineno}"


def test_a_new_source_is_a_module_and_its_place_in_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dataclass(frozen=True)
    class Ledgers(account_files.AccountFiles):
        def folder(self, data_dir: str | Path | None = None) -> Path:
            return deliver(tmp_path / "egne", lines(sound()))

    new = replace(Ledgers(), name=NEW, words="en hovedbok", scopes=("konsolidert", "kasse"))
    monkeypatch.setattr(sources, "REGISTERED", (*sources.REGISTERED, new))
    assert request.asked(2024, NEW).folder().name == NEW
    assert request.asked(2024, NEW, "kasse").folder().name == f"{NEW}-kasse"
    opened = opening.open_survey(year=2024, source=NEW, scope="kasse")
    assert opened.accounts == "leverte"
    assert opened.whose == {"regnskaper": "leverte"}
    assert "Kilde: en hovedbok. Regnskapsåret 2024" in notebook.data_note(opened).data
    with pytest.raises(UsageError, match=f"only the source ssb has panels, {NEW} has respondents"):
        opening.open_survey(year=2024, source=NEW, panel=published_figures.PSEUDO)
