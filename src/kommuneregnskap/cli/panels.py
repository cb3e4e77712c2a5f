"""The headings under which the help of the command line lists the commands: by whom they are for."""

from __future__ import annotations

EVERYBODY = "For everybody"
NEW_YEAR = "For a new year"
REVIEW = "For a review of the method"
MANY_YEARS = "For many years at once"
DEVELOPMENT = "For development"
PANELS = (EVERYBODY, NEW_YEAR, REVIEW, MANY_YEARS, DEVELOPMENT)
