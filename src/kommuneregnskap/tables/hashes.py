"""Tables by their content: the hash of each, for what is computed from them and kept."""

from __future__ import annotations

import hashlib

from kommuneregnskap.support import paths
from kommuneregnskap.support.cache import digest
from kommuneregnskap.support.files import file_hash
from kommuneregnskap.tables import reader


def definition_hashes() -> dict[str, str]:
    """Return sha256 of every table that the evaluation depends on: name → hash."""
    names = sorted(
        name for name, schema in reader.ALLOWED_TABLES.items() if schema.bears_on_accounts
    )
    # As they are held: what is evaluated under `reader.held` is kept by the very bytes it was evaluated by.
    found = zip(names, reader.contents(*names), strict=True)
    return {name: hashlib.sha256(content.data).hexdigest() for name, content in found}


def table_hashes() -> dict[str, str]:
    """Return the sha256 of every table under data/codes, data/definitions and data/claims, by its path."""
    return {
        path.relative_to(paths.shipped()).as_posix(): file_hash(path)
        for name in ("codes", "definitions", "claims")
        for path in sorted((paths.tables() / name).glob("*.csv"))
    }


def as_they_stand() -> str:
    """Return a text that is another as soon as any of `table_hashes` is: for what is computed of a survey and kept."""
    return digest(table_hashes())
