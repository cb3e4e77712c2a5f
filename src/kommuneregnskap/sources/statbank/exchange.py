"""One request and its whole answer: within a time and a size, whatever the other side does.

A timeout of a socket is one of silence, and starts anew with every byte. So the exchange runs beside a clock: an
answer that drips, in its headers or its body, is left to itself when the time is up. What it holds by then is bounded:
a body by `largest`, headers by Python's http.client (100 lines of 64 kB).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread

import requests

PIECE = 65_536
GZIP = 16 + zlib.MAX_WBITS
ENCODINGS = ("", "identity", "gzip")
ACCEPTED = {"Accept-Encoding": "gzip"}


@dataclass(frozen=True)
class Answer:
    """A whole answer; `content` decoded."""

    status: int
    reason: str
    headers: Mapping[str, str]
    content: bytes


class LateError(Exception):
    """The answer was not whole when the time was up."""


class LargeError(Exception):
    """The answer is larger than any answer to such a request."""


class BrokenError(Exception):
    """The answer ended before its end, or its encoding cannot be read."""


def whole(send: Callable[[], requests.Response], *, seconds: float, largest: int) -> Answer:
    """Return the answer to what `send` sends (its body not yet read).

    Raises LateError after `seconds`, LargeError beyond `largest` bytes (decoded), BrokenError for an answer that is
    not whole, and what `send` raises.
    """
    box: SimpleQueue[Answer | BaseException] = SimpleQueue()
    gone = Event()

    def work() -> None:
        try:
            box.put(_read(send(), gone, largest))
        except BaseException as error:
            box.put(error)

    Thread(target=work, daemon=True).start()
    try:
        found = box.get(timeout=max(seconds, 0.0))
    except Empty:
        raise LateError from None
    finally:
        gone.set()
    if isinstance(found, BaseException):
        raise found
    return found


def _read(response: requests.Response, gone: Event, largest: int) -> Answer:
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    try:
        if encoding not in ENCODINGS:
            raise BrokenError(f"is encoded as {encoding!r}, which was not asked for")
        declared = response.headers.get("Content-Length", "")
        if declared.isdecimal() and int(declared[:18]) > largest:
            raise LargeError
        content = _body(
            response, gone, largest, zlib.decompressobj(GZIP) if encoding == "gzip" else None
        )
    except BaseException:
        response.close()
        raise
    return Answer(response.status_code, str(response.reason or ""), response.headers, content)


def _body(
    response: requests.Response, gone: Event, largest: int, decoder: zlib._Decompress | None
) -> bytes:
    content = bytearray()
    while not gone.is_set():
        piece = response.raw.read1(PIECE, decode_content=False)
        if not piece:
            break
        if decoder is not None:
            try:
                piece = decoder.decompress(piece, largest - len(content) + 1)
            except zlib.error:
                raise BrokenError("is no gzip") from None
        content += piece
        if len(content) > largest:
            raise LargeError
        if decoder is not None and decoder.eof:
            break  # what follows would be kept by the decoder, however much it is
    if decoder is not None and not decoder.eof:
        raise BrokenError("broke off")
    return bytes(content)
