"""The headings under which the help of the command line lists the commands: by whom they are for."""

from __future__ import annotations

EVERYBODY = "For everybody"
REVIEW = "For a review of the method"
MANY_YEARS = "For many years at once"
DEVELOPMENT = "For development"
PANELS = (EVERYBODY, REVIEW, MANY_YEARS, DEVELOPMENT)
