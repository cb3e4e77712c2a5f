"""Commands and settings as the reader of a message can type them."""

from __future__ import annotations

import re
import sys

from kommuneregnskap.support import paths

SETTING = re.compile(r"(^| )([A-Z]+)=")


def typed(words: str) -> str:
    """Return a command of make, or a setting, as one types it: `kommuneregnskap report --year 2024` without make.

    There is none where the package is installed from a wheel, and on Windows. Elsewhere it is as given.
    """
    return without_make(words) if paths.INSTALLED or sys.platform == "win32" else words


def without_make(words: str) -> str:
    """Return a command of make, or a setting, as the command line takes it."""
    said = SETTING.sub(lambda setting: f"{setting[1]}--{setting[2].lower()} ", words)
    return f"kommuneregnskap {said.removeprefix('make ')}" if said.startswith("make ") else said
