"""A notebook executed again, and what its check cells say held against what is stored: what nbval does, without it."""

from __future__ import annotations

from pathlib import Path

from kommuneregnskap.notebooks import OWN_KERNEL, files
from kommuneregnskap.notebooks.errors import NotebookError
from kommuneregnskap.notebooks.run import execute
from kommuneregnskap.support.errors import shown_path
from kommuneregnskap.verdicts.judgement import changed_lines

OTHERWISE = "the check cell says something else than is stored"


def changes(path: Path, *, engine: str = OWN_KERNEL) -> list[str]:
    """Execute a notebook and return what its check cells say otherwise than it has stored, a line each.

    Parameters that an executed notebook was given are used again. engine: `kernel` (nbclient, in a Jupyter kernel)
    or `warm`, see `engine`. Raises NotebookError where a cell fails, and where no check cell has stored output: then
    there is nothing to compare.
    """
    stored = files.check_texts(files.read(path))
    if not stored or not all(stored):
        raise NotebookError(
            f"{shown_path(path)}: a check cell without stored output; run: make accept"
        )
    new = files.check_texts(execute(path, {}, engine=engine))
    return [
        line
        for before, after in zip(stored, new, strict=True)
        if before != after
        for line in changed_lines(before, after) or [OTHERWISE]
    ]
