"""What the system refused, said by its true cause: what is missing is not said to have no room."""

from __future__ import annotations

import errno

from kommuneregnskap.support.errors import shortened, shown_path
from kommuneregnskap.support.outside import visible

AS_IT_WAS = "What stood there before is as it was"
TODO = {
    **dict.fromkeys(
        (errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
        f"{AS_IT_WAS}; make room, and try again.",
    ),
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM, errno.EROFS),
        f"{AS_IT_WAS}; give permission, and try again.",
    ),
    errno.ENOENT: "Check the name, and that nothing removed it meanwhile.",
    errno.EISDIR: "A file is wanted, and a folder is there.",
    errno.ENOTDIR: "A folder is wanted, and something else is there.",
    errno.EEXIST: "Something else is there already; give another name, or move it.",
    errno.ENOTEMPTY: "Something else is there already; give another name, or move it.",
    errno.ENAMETOOLONG: "Give a shorter name.",
    errno.ELOOP: "Links lead to each other in a circle; give where they are to lead.",
    **dict.fromkeys(
        (errno.EMFILE, errno.ENFILE),
        "Close other programs, or allow more open files (ulimit -n).",
    ),
    errno.ENOMEM: "Ask for less at a time (JOBS=1), or close other programs.",
    errno.EIO: "The disk or the network behind it fails; try another place.",
}


def system_error(error: OSError) -> str:
    """Return in one line what the system refused, where, and what would do."""
    where = f"{shown_path(_name(error.filename))}: " if error.filename else ""
    said = visible(" ".join((error.strerror or str(error)).split()))
    todo = TODO.get(error.errno or 0, "")
    return " ".join(filter(None, (f"{shortened(where)}{shortened(said)}.", todo)))


def _name(filename: object) -> str:
    """Return the name of what was refused: text, bytes, a number of an open file."""
    return (
        filename.decode("utf-8", "backslashreplace")
        if isinstance(filename, bytes)
        else str(filename)
    )
