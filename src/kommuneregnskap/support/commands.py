"""Commands as the reader of a message can type them."""

from __future__ import annotations

import re
import sys

from kommuneregnskap.support import paths

SETTING = re.compile(r" ([A-Z]+)=")


def typed(command: str) -> str:
    """Return a command of make as it is typed where there is no make: `kommuneregnskap diff --year 2024`.

    That is where the package is installed from a wheel, and on Windows. Elsewhere it is as given.
    """
    if not (paths.INSTALLED or sys.platform == "win32"):
        return command
    words = SETTING.sub(lambda setting: f" --{setting[1].lower()} ", command)
    return f"kommuneregnskap {words.removeprefix('make ')}"
