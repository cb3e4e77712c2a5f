"""Errors for the person at the terminal: one line that says where, what and what would do."""

from __future__ import annotations

from pathlib import Path

from kommuneregnskap.support.outside import visible

LONGEST = 160  # signs of a value that a message quotes


class KommuneregnskapError(Exception):
    """Base of every error a user is meant to read; `str()` is one line."""


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
        where = visible(shown_path(self.file)) + (f":{self.line}" if self.line is not None else "")
        what = (
            self.problem
            if self.problem is not None
            else f"{self.field} is {_cut(repr(self.value))}"
        )
        parts = [f"{where}: {what}"]
        if self.allowed is not None:
            parts.append(f"allowed: {self.allowed}")
        message = "; ".join(parts)
        return f"{message}. {self.todo}" if self.todo else message


class NotWrittenError(DataError):
    """The system refused to write `file`: no room, no permission. Says why."""

    def __init__(self, file: Path | str, reason: str) -> None:
        self.reason = reason
        super().__init__(
            file,
            problem=f"cannot be written ({reason})",
            todo="What stood there is as it was; make room or give write permission, and try again.",
        )


def _again(kind: type[DataError], args: tuple[object, ...], parts: dict[str, object]) -> DataError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(parts)
    return error


def one_line(text: object, most: int = LONGEST) -> str:
    """Return text from outside as a message may hold it: one line, what can be printed, at most `most` signs."""
    words = " ".join(str(text).split())
    return _cut(visible(words[: most + 1]), most)


def _cut(text: str, most: int = LONGEST) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def shown_path(path: Path | str) -> str:
    """Return `path` relative to the working folder where it lies below it, else as it was given."""
    given = Path(path)
    if given.is_absolute():
        try:
            return str(given.relative_to(Path.cwd()))
        except ValueError:
            return str(given)
    return str(path)
