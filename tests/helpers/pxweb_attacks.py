"""What a hostile or broken server may do with a connection: each takes the handler of a request, and writes at will.

They end when the client has gone, when the test is over, or after a while.
"""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

Act = Callable[[Any], None]
PATIENCE = 6.0  # seconds, more than any test waits
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def _going_on(handler: Any) -> Iterator[None]:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not handler.server.stopping.is_set():
        yield


def _write(handler: Any, content: bytes) -> None:
    handler.wfile.write(content)
    handler.wfile.flush()


def drip(opening: bytes, piece: bytes, pause: float = 0.03) -> Act:
    """Send an opening, then a piece again and again, slowly: never silent, never done."""

    def act(handler: Any) -> None:
        _write(handler, opening)
        for _ in _going_on(handler):
            _write(handler, piece)
            time.sleep(pause)

    return act


def flood(opening: bytes, piece: bytes) -> Act:
    """Send an opening, then a piece again and again as fast as it goes; how much is kept in `handler.server.sent`."""

    def act(handler: Any) -> None:
        _write(handler, opening)
        for _ in _going_on(handler):
            _write(handler, piece)
            handler.server.sent += len(piece)

    return act


def say(content: bytes) -> Act:
    """Send this and close."""
    return lambda handler: _write(handler, content)


def silent(handler: Any) -> None:
    """Send nothing at all."""
    handler.server.stopping.wait(PATIENCE)


def body(content: bytes, *headers: bytes) -> bytes:
    """Return a whole answer with this body."""
    length = b"Content-Length: %d\r\n" % len(content)
    return OK + length + b"".join(each + b"\r\n" for each in headers) + b"\r\n" + content


def zip_bomb(size: int) -> bytes:
    """Return what unpacks to `size` zeros."""
    packed = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    pieces = [packed.compress(b"0" * 1_000_000) for _ in range(size // 1_000_000)]
    return b"".join([*pieces, packed.flush()])


ENDLESS_JSON = b'{"class": "dataset", "value": ['
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GZIPPED = b"Content-Encoding: gzip"
NESTED = b"[" * 90_000 + b"]" * 90_000

DRIPS = {
    "a drip before the status": drip(b"", b"H"),
    "a drip of header lines": drip(OK, b"X-A: b\r\n"),
    "a drip inside one header": drip(OK + b"X-Long: ", b"a"),
    "endless 100 Continue": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a drip of the body": drip(OK + b"Content-Length: 900\r\n\r\n", b" "),
    "a drip of chunks": drip(CHUNKED, b"1\r\n \r\n"),
    "a drip of a chunk's size": drip(CHUNKED, b"0"),
    "a drip of a body without a length": drip(OK + b"\r\n", b" "),
    "a drip of a zip that unpacks to nothing": drip(
        OK + GZIPPED + b"\r\n\r\n" + gzip.compress(b"")[:10], b"\x00\x00\x00\xff\xff"
    ),
}
FLOODS = {
    "an endless body": flood(OK + b"\r\n" + ENDLESS_JSON, b"0," * 32_000),
    "an endless body of chunks": flood(CHUNKED, b"ffff\r\n" + b"0" * 65_535 + b"\r\n"),
    "an endless string": flood(OK + b'\r\n{"label": "', b"a" * 65_000),
    "a zip bomb": say(body(zip_bomb(20_000_000), GZIPPED)),
    "a body that is declared to be huge": say(OK + b"Content-Length: 99999999999999\r\n\r\n{"),
    "a body whose length is a number of a thousand digits": say(
        OK + b"Content-Length: " + b"9" * 1000 + b"\r\n\r\n{"
    ),
}
BROKEN = {
    "nothing, and closes": say(b""),
    "half a status": say(b"HTTP/1.1 2"),
    "no HTTP": say(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "a status that is no number": say(b"HTTP/1.1 OK 200\r\n\r\n{}"),
    "a header without end": flood(OK + b"X-Long: ", b"a" * 65_000),
    "headers without end": flood(OK, b"X-A: b\r\n" * 1000),
    "a body that is shorter than declared": say(OK + b"Content-Length: 900\r\n\r\n{"),
    "a length that is no number": say(OK + b"Content-Length: mye\r\n\r\n"),
    "a chunk that is none": say(CHUNKED + b"xyz\r\n"),
    "a zip that is none": say(body(b"{}", GZIPPED)),
    "half a zip": say(body(gzip.compress(b'{"a": 1}' * 100)[:20], GZIPPED)),
    "an encoding that was not asked for": say(body(b"{}", b"Content-Encoding: br")),
    "two encodings": say(body(b"{}", b"Content-Encoding: gzip, gzip")),
}
