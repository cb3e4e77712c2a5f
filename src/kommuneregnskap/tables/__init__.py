"""The tables under data/: a schema for each and one reader; what they say, and the words they give."""

from kommuneregnskap.tables import deflator, sections, units
from kommuneregnskap.tables.reader import (
    ALLOWED_TABLES,
    DEMO_TABLES,
    Content,
    content,
    contents,
    existing_file,
    file_of,
    made_of,
    main_groups,
    read,
    read_csv,
    read_demo,
    valid,
    years_known,
)

__all__ = [
    "ALLOWED_TABLES",
    "DEMO_TABLES",
    "Content",
    "content",
    "contents",
    "deflator",
    "existing_file",
    "file_of",
    "made_of",
    "main_groups",
    "read",
    "read_csv",
    "read_demo",
    "sections",
    "units",
    "valid",
    "years_known",
]
