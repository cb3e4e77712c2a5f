"""JSON that ends with the hash of itself: one that was tampered with is told from one that was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def text(content: Mapping[str, Any], seal: str, indent: int = 2) -> str:
    """Return content as JSON, with the sha256 of that under the name `seal` at its end."""
    own = hashlib.sha256(plain(content, indent).encode()).hexdigest()
    return plain({**content, seal: own}, indent) + "\n"


def plain(content: object, indent: int = 2) -> str:
    """Return content as JSON: dates as text, the order of keys kept."""
    return json.dumps(content, ensure_ascii=False, indent=indent, default=str)


def unsealed(written: bytes, seal: str, indent: int = 2) -> dict[str, Any] | None:
    """Return what sealed JSON says, without the seal; None where it is not to the last byte as `text` wrote it."""
    try:
        said = json.loads(written)
        own = isinstance(said, dict) and said.pop(seal, None)
        return said if own and text(said, seal, indent).encode() == written else None
    except (ValueError, RecursionError):
        return None
