"""The tables under data/: a schema for each and one reader; what they say, and the words they give."""

from kommuneregnskap.tables import units
from kommuneregnskap.tables.reader import (
    ALLOWED_TABLES,
    CLAIMS,
    KEYS,
    existing_file,
    file_of,
    main_groups,
    read,
    read_csv,
    valid,
    years_known,
)

__all__ = [
    "ALLOWED_TABLES",
    "CLAIMS",
    "KEYS",
    "existing_file",
    "file_of",
    "main_groups",
    "read",
    "read_csv",
    "units",
    "valid",
    "years_known",
]
