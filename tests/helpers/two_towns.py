"""Account files of Stavanger and Bodø, made up for the tests of exploring: small numbers that can be added by hand.

In 2023 Stavanger has (1000 kr) revenue 1000, interest 20 (art 500), losses 4 (501) and instalments 6 (510). Bodø has
ten times as much, and both have twice as much in 2024.
"""

from __future__ import annotations

from pathlib import Path

from tests.helpers.accounts import deliver, lines, sound

FINANCE = [
    ("drift", "870", "500", 20),
    ("drift", "870", "501", 4),
    ("drift", "870", "510", 6),
    ("drift", "880", "540", 30),
]
TIMES = {"110300": 1, "180400": 10}


def delivered(folder: Path) -> Path:
    """Write the files of 2023 and 2024 below a folder, and return it."""
    posts = [post for post in sound() if post[2] != "540"] + FINANCE
    for year, grown in ((2023, 1), (2024, 2)):
        for region, times in TIMES.items():
            own = [(*post[:3], post[3] * times * grown) for post in posts]
            deliver(folder, lines(own, year=year, region=region), year=year, name=f"{region}.txt")
    return folder
