"""What the system refused, said by its true cause: what is missing is not said to have no room."""

from __future__ import annotations

import errno

from kommuneregnskap.support.errors import AS_IT_WAS, REMEDIES, shortened, shown_path
from kommuneregnskap.support.outside import visible

# Where something was to be written.
REFUSING = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS}


def system_error(error: OSError) -> str:
    """Return in one line what the system refused, where, and what would do."""
    where = f"{shown_path(_name(error.filename))}: " if error.filename else ""
    said = visible(" ".join((error.strerror or str(error)).split()))
    remedy = REMEDIES.get(error.errno or 0, "")
    stands = AS_IT_WAS if error.errno in REFUSING else ""
    return " ".join(filter(None, (f"{shortened(where)}{shortened(said)}.", stands, remedy)))


def _name(filename: object) -> str:
    """Return the name of what was refused: text, bytes, a number of an open file."""
    return (
        filename.decode("utf-8", "backslashreplace")
        if isinstance(filename, bytes)
        else str(filename)
    )
