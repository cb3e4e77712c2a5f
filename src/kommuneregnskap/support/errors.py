"""Errors for the person at the terminal: one line that says where, what and what would do."""

from __future__ import annotations

import errno
import re
from pathlib import Path

from kommuneregnskap.support.outside import visible

# Signs of a message, and of a word or value in it, beyond which its middle is left out: nobody reads it to its end.
LONGEST, ENDS = 4000, 1900
LONGEST_WORD, ENDS_OF_WORD = 250, 90
AS_IT_WAS = "What stood there is as it was."
# What would do where the system refuses, by its number for why.
REMEDIES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "Make room, and try again."),
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM, errno.EROFS), "Give write permission, and try again."
    ),
    errno.ENOENT: "Check the name, and that nothing removed it meanwhile.",
    errno.EISDIR: "A file is wanted, and a folder is there.",
    errno.ENOTDIR: "A folder is wanted, and something else is there.",
    **dict.fromkeys(
        (errno.EEXIST, errno.ENOTEMPTY),
        "Something else is there already; give another name, or move it.",
    ),
    errno.ENAMETOOLONG: "Give a shorter name.",
    errno.ELOOP: "Links lead to each other in a circle; give where they are to lead.",
    **dict.fromkeys(
        (errno.EMFILE, errno.ENFILE), "Close other programs, or allow more open files (ulimit -n)."
    ),
    errno.ENOMEM: "Ask for less at a time (JOBS=1, --jobs 1), or close other programs.",
    errno.EIO: "The disk or the network behind it fails; try another place.",
}
# What stands in quotes, as a value does, or else a word. An apostrophe within a word opens nothing (StatBank's).
WORDS = re.compile(r"""(?<!\w)'[^']*'(?!\w)|(?<!\w)"[^"]*"(?!\w)|(?:[^\s'"]|(?<=\w)['"])+""")


class KommuneregnskapError(Exception):
    """Base of every error a user is meant to read; `str()` is one line, whatever value it is about."""

    def __init__(self, message: object = "") -> None:
        super().__init__(shortened(visible(str(message))))

    def _render_traceback_(self) -> list[str]:
        """Show in a notebook as the one line that it is; how IPython asks for it."""
        return [f"{type(self).__name__}: {self}"]


class UsageError(KommuneregnskapError):
    """A request that cannot be met: an unknown year, source or scope. Names what is allowed."""


class ServerError(KommuneregnskapError):
    """A server did not answer, or not as it should. One line: who, what it said, what to do."""


class DataError(KommuneregnskapError):
    """Something in a file is not as it must be.

    The line reads `file:line: field is 'value'; allowed: …. What to do`. Parts that are unknown are
    left out; `file` is shown relative to the working folder, so that no message depends on the machine.
    """

    def __init__(
        self,
        file: Path | str,
        *,
        line: int | None = None,
        field: str | None = None,
        value: object = None,
        allowed: str | None = None,
        problem: str | None = None,
        todo: str | None = None,
    ) -> None:
        self.file = file
        self.line = line
        self.field = field
        self.value = value
        self.allowed = allowed
        self.problem = problem
        self.todo = todo
        super().__init__(self._message())

    def __reduce__(self) -> tuple[object, ...]:
        """Come whole out of another process: what exceptions keep is the message, not the arguments."""
        return (_again, (type(self), self.args, self.__dict__.copy()))

    def _message(self) -> str:
        where = shown_path(self.file) + (f":{self.line}" if self.line is not None else "")
        own = shortened(repr(self.value), most=200, ends=90)
        what = self.problem if self.problem is not None else f"{self.field} is {own}"
        parts = [f"{where}: {what}"]
        if self.allowed is not None:
            parts.append(f"allowed: {self.allowed}")
        message = "; ".join(parts)
        return f"{message}. {self.todo}" if self.todo else message


class NotWrittenError(DataError):
    """The system refused to write `file`. Says why (`reason`), and what would do for that (`REMEDIES`)."""

    def __init__(self, file: Path | str, reason: str, number: int | None = None) -> None:
        self.reason, self.number = reason, number
        remedy = REMEDIES.get(number or 0, "Try again, or elsewhere.")
        super().__init__(
            file, problem=f"cannot be written ({reason})", todo=f"{AS_IT_WAS} {remedy}"
        )


def _again(kind: type[DataError], args: tuple[object, ...], parts: dict[str, object]) -> DataError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(parts)
    return error


def one_line(text: object, most: int = 160) -> str:
    """Return text from outside as a message may hold it: one line, what can be printed, at most `most` signs."""
    words = " ".join(str(text).split())
    shown = visible(words[: most + 1])
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def shortened(text: str, most: int = LONGEST, ends: int = ENDS) -> str:
    """Return a text without its middle where it is too long: what it is about, and what is allowed, stay."""
    if len(text) > LONGEST_WORD:
        text = WORDS.sub(_shortened_word, text)
    return text if len(text) <= most else f"{text[:ends]} … {text[-ends:]}"


def _shortened_word(word: re.Match[str]) -> str:
    whole = word[0]
    if len(whole) <= LONGEST_WORD:
        return whole
    return f"{whole[:ENDS_OF_WORD]}…{whole[-ENDS_OF_WORD:]}"


def shown_path(path: Path | str) -> str:
    """Return `path` relative to the working folder where it lies below it, else as given; as it can be printed."""
    given = Path(path)
    if given.is_absolute():
        try:
            return visible(str(given.relative_to(Path.cwd())))
        except (ValueError, OSError):
            return visible(str(given))
    return visible(str(path))
