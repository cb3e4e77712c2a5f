"""A real HTTP server on loopback that answers as PxWebApi 2 does; its behaviour can be switched.

It knows /config, /tables (search), /tables/{id}, /tables/{id}/metadata and /tables/{id}/data by GET
and POST, refuses what the real one refuses (400 with a problem, 404, 429 with Retry-After), and can
be told to be slow, break off or talk nonsense. Written from the public documentation of the API.

`as_ssb`: what was seen of SSB's own in 2026 besides: a limit of calls that stands in headers alone, an unknown
table that is 400 with 404 in its body, a long address that is 404 in HTML, a code asked for twice that is 500 without
a word.
"""

from __future__ import annotations

import gzip
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.helpers.pxweb_tables import Dim, Fault, Seen, Table, Value

LONGEST = 2100  # signs of an address

__all__ = ["Dim", "Fault", "PxWebServer", "Seen", "Table", "Value", "running"]


class PxWebServer(ThreadingHTTPServer):
    """The server; `url` is the address of its API."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tables: dict[str, Table] = {}
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self.max_cells = 800_000
        self.max_calls, self.window = 0, 60
        self.enforced: tuple[int, float] | None = None  # calls per seconds, answered by 429
        self.retry_after: str | None = "1"  # what a 429 says
        self.as_ssb = False
        self.zipped = False
        self.stopping = threading.Event()
        self.sent = 0  # bytes of a flood
        self.calls: list[float] = []
        self.lock = threading.Lock()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone away is part of the tests and no news."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/api/v2"

    def add(self, *tables: Table) -> None:
        self.tables |= {table.id: table for table in tables}

    def count(self, part: str) -> int:
        return sum(part in each.path for each in self.seen)

    def fault(self, path: str) -> Fault | None:
        with self.lock:
            for each in self.faults:
                end = each.part.endswith("$") and path.endswith(each.part[:-1])
                if (end or each.part in path) and each.times != 0:
                    if each.after > 0:
                        each.after -= 1
                        continue
                    each.times -= 1
                    return each
        return None

    def limited(self) -> bool:
        if self.enforced is None:
            return False
        calls, seconds = self.enforced
        with self.lock:
            now = time.monotonic()
            self.calls = [each for each in self.calls if now - each < seconds]
            if len(self.calls) >= calls:
                return True
            self.calls.append(now)
        return False

    def limits(self) -> dict[str, str]:
        """Return what an answer of SSB's says of the limit."""
        if self.enforced is None or not self.as_ssb:
            return {}
        calls, seconds = self.enforced
        return {
            "x-ratelimit-limit": str(calls),
            "x-ratelimit-policy": f"{calls};w={seconds:g}s",
            "x-ratelimit-remaining": str(calls - len(self.calls)),
            "x-ratelimit-resource": "SB_API_1MIN",
        }


class _Handler(BaseHTTPRequestHandler):
    server: PxWebServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._handle(None)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        self._handle(json.loads(self.rfile.read(length)))

    def _handle(self, body: dict[str, Any] | None) -> None:
        path = urlsplit(self.path).path
        if self.server.limited():
            wait = self.server.retry_after
            self._problem(
                429, "Too many requests", headers={} if wait is None else {"Retry-After": wait}
            )
            return
        if self.server.as_ssb and len(self.path) > LONGEST:
            self._send(
                404, b"<!DOCTYPE html><html><body>404 - File or directory not found.</body></html>"
            )
            return
        fault = self.server.fault(path)
        if fault is not None and fault.kind == "status":
            self._problem(fault.status, "Out of order", headers=fault.headers)
            return
        if fault is not None and fault.kind == "text":
            self._send(200, fault.text.encode())
            return
        if fault is not None and fault.kind == "raw" and fault.act is not None:
            self.server.seen.append(Seen(self.command, self.path, 0, 0))
            self.close_connection = True
            with suppress(OSError):
                fault.act(self)
            return
        if fault is not None and fault.kind == "slow":
            time.sleep(fault.seconds)
        self._answer(path, body, fault)

    def _answer(self, path: str, body: dict[str, Any] | None, fault: Fault | None) -> None:
        parts = path.removeprefix("/api/v2/").split("/")
        query = parse_qs(urlsplit(self.path).query)
        if parts == ["config"]:
            self._json(self._config(), fault)
        elif parts == ["tables"]:
            self._json(self._search(query), fault)
        elif len(parts) >= 2 and parts[0] == "tables" and parts[1] in self.server.tables:
            table = self.server.tables[parts[1]]
            whole = {each.id: list(each.codes) for each in table.dims}
            if parts[2:] == ["metadata"]:
                self._json(table.dataset(whole, data=False), fault)
            elif parts[2:] == ["data"]:
                self._data(table, self._selection(body, query), fault)
            else:
                self._json(_entry(table), fault)
        elif self.server.as_ssb and parts[0] == "tables":
            self._problem(400, "Non-existent table", said=404)
        else:
            self._problem(404, "Not Found")

    def _config(self) -> dict[str, Any]:
        return {
            "apiVersion": "2.0.0",
            "languages": [{"id": "no", "label": "norsk"}, {"id": "en", "label": "English"}],
            "defaultLanguage": "no",
            "maxDataCells": self.server.max_cells,
            "maxCallsPerTimeWindow": self.server.max_calls,
            "timeWindow": self.server.window,
            "license": "CC BY 4.0",
        }

    def _search(self, query: dict[str, list[str]]) -> dict[str, Any]:
        words = unquote(query.get("query", [""])[0]).casefold()
        found = [
            _entry(table)
            for table in self.server.tables.values()
            if words in table.label.casefold() and not table.discontinued
        ]
        page = {"pageNumber": 1, "pageSize": 20, "totalElements": len(found), "totalPages": 1}
        return {"language": "no", "tables": found[:20], "page": page}

    def _selection(
        self, body: dict[str, Any] | None, query: dict[str, list[str]]
    ) -> dict[str, list[str]]:
        if body is not None:
            return {each["variableCode"]: each["valueCodes"] for each in body["selection"]}
        named = {unquote(key): value for key, value in query.items()}
        return {
            key[len("valueCodes[") : -1]: value[0].split(",")
            for key, value in named.items()
            if key.lower().startswith("valuecodes[")
        }

    def _data(self, table: Table, chosen: dict[str, list[str]], fault: Fault | None) -> None:
        cells = 1
        for each in table.dims:
            if each.id not in chosen:
                if not each.elimination:
                    self._problem(400, "Missing selection for mandantory variable")
                    return
                continue
            if any(code not in each.codes for code in chosen[each.id]):
                self._problem(400, "Non-existent value")
                return
            if self.server.as_ssb and len(set(chosen[each.id])) < len(chosen[each.id]):
                self._send(500, b"")
                return
            cells *= len(chosen[each.id])
        if cells > self.server.max_cells:
            self._problem(400, "Too many cells selected")
            return
        self._json(table.dataset(chosen, data=True), fault)

    def _json(self, answer: dict[str, Any], fault: Fault | None = None) -> None:
        if fault is not None and fault.change is not None:
            answer = fault.change(answer)
        content = json.dumps(answer, ensure_ascii=fault is not None).encode()
        self._send(200, content, broken=fault is not None and fault.kind == "broken")

    def _problem(
        self, status: int, title: str, headers: dict[str, str] | None = None, said: int = 0
    ) -> None:
        told = {"type": "Parameter error", "title": title, "status": said or status}
        self._send(status, json.dumps(told).encode(), headers=headers)

    def _send(
        self,
        status: int,
        content: bytes,
        *,
        headers: dict[str, str] | None = None,
        broken: bool = False,
    ) -> None:
        self.server.seen.append(Seen(self.command, self.path, status, len(content)))
        headers = (headers or {}) | self.server.limits()
        if self.server.zipped and "gzip" in self.headers.get("Accept-Encoding", ""):
            content = gzip.compress(content, 1)
            headers["Content-Encoding"] = "gzip"
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if broken else content)
            self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            broken = True
        if broken:
            self.close_connection = True


def _entry(table: Table) -> dict[str, Any]:
    return {
        "id": table.id,
        "label": table.label,
        "updated": table.updated,
        "discontinued": table.discontinued,
    }


@contextmanager
def running() -> Iterator[PxWebServer]:
    """Run a server on a free port of loopback until the block is left."""
    server = PxWebServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()
