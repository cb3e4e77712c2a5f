"""StatBank through pxwebpy (package `pxweb`), made patient, polite, bounded and recorded.

What pxwebpy 0.6.0 does (read in its source, tried in tests): asks /config when it is opened, splits a query by
`maxDataCells`, keeps a limit of calls that /config names. What it does not: a timeout of it never reaches a request, a
limit in headers is not seen, 503 and broken connections are not repeated, a pause that is no number of seconds stops
it, and answers of other forms than SSB's usual one too; rows come without `status`, where SSB's symbols for missing
values stand. So every request of it, from the first, goes through an adapter on its session (`Recorder`), which asks
with a clock and a limit of size, waits, repeats what may pass, and hands over each answer as received. Of what was
asked for in /config pxwebpy gets what was found readable there, and of data an empty cell: the answer is taken already.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import requests
from pxweb import PxApi, get_known_apis
from pxweb._internal.client import Client
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from urllib3 import Retry
from urllib3.exceptions import (
    HTTPError,
    IncompleteRead,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as TimedOut

from kommuneregnskap.sources.statbank import exchange
from kommuneregnskap.sources.statbank.address import Address, moved, parse
from kommuneregnskap.sources.statbank.exchange import Answer, BrokenError, LargeError, LateError
from kommuneregnskap.sources.statbank.jsonstat import CELL, MalformedError, loaded
from kommuneregnskap.sources.statbank.pace import Pace, retry_after
from kommuneregnskap.support.commands import typed
from kommuneregnskap.support.errors import ServerError, one_line

if TYPE_CHECKING:
    from requests_cache import CachedSession

SSB_URL = get_known_apis()["ssb"]
TOO_MANY, REPEATED = 429, (429, 502, 503, 504)
NOT_FOUND = 404
LATER = "what was received is kept; ask again later with the same command"
CANDIDATES = 3
ENDPOINT = re.compile(r"/(config|tables.*)$")
MOST_CELLS = (
    800_000  # of one answer, also where a server allows more: they are all in memory at once
)
NO_CELL = b'{"id": [], "size": [], "dimension": {}, "value": [null]}'


@dataclass(frozen=True)
class Manners:
    """How long to wait and how often to try; seconds.

    timeout: silence. answer: from a request to its whole answer. deadline: the whole fetch. attempts: how often a
    request is sent. backoff: the first pause before another attempt; it doubles. longest_wait: a server that asks
    for a longer pause is left alone. largest: bytes of an answer beside its cells. most_calls: for one table.
    """

    timeout: float = 60.0
    answer: float = 300.0
    deadline: float = 1800.0
    attempts: int = 4
    backoff: float = 1.0
    longest_wait: float = 120.0
    largest: int = 4_000_000
    most_calls: int = 500


Keep = Callable[[str, str, bytes], None]
Replay = Callable[[str, str], bytes | None]


class MissingError(ServerError):
    """The server does not have what was asked for."""


class UnreadableError(ServerError):
    """What was answered, each time, is no answer."""


class PassingError(Exception):
    """What may pass: another attempt is worth it. Says what happened."""


class Recorder(HTTPAdapter):
    """The adapter that pxwebpy's requests go through.

    keep(path, query, content): called with every whole answer; may raise MalformedError, which counts as
    a broken answer. replay(path, query): an answer kept from before, which then needs no request. opening: what
    pxwebpy is told of /config.
    """

    def __init__(self, address: Address, manners: Manners, keep: Keep, replay: Replay) -> None:
        super().__init__(max_retries=Retry(total=0, read=False))
        self.address, self.manners, self.keep, self.replay = address, manners, keep, replay
        self.pace = Pace()
        self.opening = b""
        self.requests, self.bytes = 0, 0
        self.until = time.monotonic() + manners.deadline

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Return the answer to a request, whole, or raise ServerError with what is wrong."""
        path, query = request.path_url, _text(request.body)
        endpoint = _endpoint(path)
        if endpoint == "/config" and self.opening:
            return _response(request, self.opening)
        if self.replay(path, query) is not None:
            return _response(request, NO_CELL)
        request.headers.update(exchange.ACCEPTED | self.address.headers)
        options = {"verify": verify, "cert": cert, "proxies": proxies}
        content = self._patiently(request, endpoint, query, options)
        return _response(request, NO_CELL if query else content)

    def _patiently(
        self, request: requests.PreparedRequest, endpoint: str, query: str, options: dict[str, Any]
    ) -> bytes:
        told, kind = "", ServerError
        for attempt in range(self.manners.attempts):
            if attempt:
                self._rest(self.manners.backoff * 2 ** (attempt - 1), "between two attempts")
            self._rest(self.pace.wait(time.monotonic()), "as the server's limit of calls wants")
            try:
                answer = self._asked(request, query, options)
                self._refused(request, answer, endpoint)
                self.bytes += len(answer.content)
                if self.address.betrayed(answer.content):
                    self._stop(f"the answer to {endpoint} repeats the password, and is not kept")
                if not query:
                    loaded(answer.content)  # before pxwebpy reads it, which knows no bounds
                self.keep(request.path_url, query, answer.content)
            except PassingError as error:
                told, kind = str(error), ServerError
            except MalformedError as error:
                told = f"gave an answer to {endpoint} that is not whole: it is {error}"
                kind = UnreadableError
            else:
                return answer.content
        self._stop(f"StatBank {told} ({self.manners.attempts} attempts); {LATER}", kind)

    def _asked(
        self, request: requests.PreparedRequest, query: str, options: dict[str, Any]
    ) -> Answer:
        """Return one answer. Raises PassingError for what may pass."""
        manners = self.manners
        endpoint = _endpoint(request.path_url)
        self.requests += 1

        def send() -> requests.Response:
            quiet = (manners.timeout, manners.timeout)
            return HTTPAdapter.send(self, request, stream=True, timeout=quiet, **options)

        seconds = max(min(manners.answer, self._left()), 0.0)
        try:
            answer = exchange.whole(
                send, seconds=seconds, largest=manners.largest + CELL * _cells(query)
            )
        except LateError:
            self._stop_late(
                f"StatBank's answer to {endpoint} was not whole after {seconds:.3g} seconds"
            )
        except LargeError:
            self._stop(
                f"StatBank's answer to {endpoint} is larger than any answer to such a request"
            )
        except BrokenError as error:
            raise PassingError(f"gave an answer to {endpoint} that {error}") from None
        except (RequestException, HTTPError, OSError, ValueError) as error:
            raise PassingError(_failure(error, endpoint, manners.timeout)) from None
        self.pace.learn(answer.headers, time.monotonic())
        return answer

    def _refused(self, request: requests.PreparedRequest, answer: Answer, endpoint: str) -> None:
        """Raise what an answer other than 200 means: PassingError, MissingError, ServerError."""
        status = answer.status
        said = one_line(self.address.hidden(f"{status} {answer.reason}"), 60)
        if status in REPEATED:
            self._rest(self._pause(answer), f"(status {status})")
            raise PassingError(f"answered {said} to {endpoint}")
        if 300 <= status < 400:
            to = moved(
                str(request.url), answer.headers.get("Location", ""), endpoint.partition("?")[0]
            )
            where = (
                f"points to {to}; if that is StatBank, give {typed(f'URL={to}')}"
                if to
                else "does not say where to"
            )
            self._stop(f"{self.address.url} has moved: it answers {said} and {where}")
        if status != requests.codes.ok:
            problem = _problem(answer.content)
            kind = MissingError if NOT_FOUND in (status, problem.get("status")) else ServerError
            title = " ".join(str(problem[name]) for name in ("type", "title") if name in problem)
            self._stop(
                f"StatBank answered {said} to {endpoint}{f': {title}' if title else ''}", kind
            )

    def _pause(self, answer: Answer) -> float:
        """Return how long to wait after an answer that may pass: what it asks for, else the window of the limit."""
        asked = retry_after(answer.headers)
        if asked:
            return asked
        return self.pace.window or 0.0 if answer.status == TOO_MANY else 0.0

    def _rest(self, seconds: float, why: str) -> None:
        """Wait. Raises ServerError where that is longer than a server is waited for, or than the fetch may take."""
        if seconds <= 0:
            return
        if seconds > self.manners.longest_wait:
            self._stop(f"StatBank asks for a pause of {seconds:.4g} seconds {why}; {LATER}")
        if seconds > self._left():
            self._stop_late(f"the next call would have to wait {seconds:.3g} seconds {why}")
        time.sleep(seconds)

    def _left(self) -> float:
        return self.until - time.monotonic()

    def _stop_late(self, what: str) -> NoReturn:
        if self._left() <= self.manners.answer:
            what += f" (a fetch may take {self.manners.deadline:.4g})"
        self._stop(f"{what}; {LATER}")

    def _stop(self, what: str, kind: type[ServerError] = ServerError) -> NoReturn:
        raise kind(one_line(self.address.hidden(what), 500)) from None


def _text(body: object) -> str:
    return body.decode() if isinstance(body, bytes) else str(body or "")


def _endpoint(path: str) -> str:
    """Return what of a path the API itself names: /config, /tables/12137/data."""
    found = ENDPOINT.search(path.partition("?")[0])
    return found.group(0) if found else path.partition("?")[0]


def _cells(query: str) -> int:
    """Return how many cells a query asks for; none where it asks for no data."""
    count = 1 if query else 0
    for each in json.loads(query)["selection"] if query else ():
        count *= len(each["valueCodes"])
    return count


def _response(request: requests.PreparedRequest, content: bytes) -> requests.Response:
    made = requests.Response()
    made.status_code, made.reason = 200, "OK"
    made.request, made.url = request, request.url or ""
    made.headers["Content-Type"] = "application/json"
    made._content = content
    return made


def _problem(content: bytes) -> dict[str, Any]:
    """Return what a refusal says of itself; nothing where it says it in another form."""
    try:
        found = loaded(content)
    except MalformedError:
        return {}
    return found if isinstance(found, dict) else {}


def _failure(error: Exception, endpoint: str, timeout: float) -> str:
    """Return what happened to a request that got no whole answer."""
    cause = _cause(error)
    # urllib3 counts a refused connection among those that took too long.
    if isinstance(cause, TimedOut | ReadTimeoutError) and not isinstance(cause, NewConnectionError):
        return f"did not answer within {timeout:g} seconds"
    if isinstance(cause, IncompleteRead | ProtocolError) and not isinstance(cause, SSLError):
        return f"broke off its answer to {endpoint}"
    words = one_line(cause).rpartition(">: ")[2]
    return f"cannot be reached ({words or type(error).__name__})"


def _cause(error: BaseException) -> BaseException:
    """Return the innermost error that requests and urllib3 have wrapped."""
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", None)
    if isinstance(reason, BaseException):
        return reason
    return inner if isinstance(inner, BaseException) else error


class _Recorded(Client):
    """pxwebpy's client whose session has the adapter from the first request."""

    def __init__(self, url: str, recorder: Recorder) -> None:
        self._recorder = recorder
        super().__init__(url=url, timeout=0, disable_cache=True, language="no")

    @property
    def session(self) -> CachedSession:
        return self._session

    @session.setter
    def session(self, made: CachedSession) -> None:
        for scheme in ("http://", "https://"):
            made.mount(scheme, self._recorder)
        self._session = made


class _Api(PxApi):
    """pxwebpy on such a client: one request at a time, and the number of all tables is not asked for."""

    def __init__(self, url: str, recorder: Recorder) -> None:
        self._client = _Recorded(url, recorder)
        self._max_workers = 1
        self.number_of_tables = None


class StatBank:
    """An open StatBank. url: the API's address, SSB's own when empty.

    keep, replay: see `Recorder`. Raises UsageError for what is no address, and ServerError where nobody answers there
    as PxWebApi 2 does.
    """

    def __init__(self, url: str, manners: Manners, keep: Keep, replay: Replay) -> None:
        self.address = parse(url or SSB_URL)
        self.recorder = Recorder(self.address, manners, keep, replay)
        self.manners = manners
        self.config = self._config()
        self.recorder.opening = json.dumps(self.config).encode()
        self._api = _Api(self.address.url, self.recorder)

    def _config(self) -> dict[str, Any]:
        """Return what pxwebpy needs of /config, as far as it can be believed; limits of calls are kept here."""
        with requests.Session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, self.recorder)
            where = f"{self.address.url}/config"
            try:
                found = loaded(session.get(where).content)
            except (MissingError, UnreadableError, RequestException) as error:
                raise self._no_api(one_line(error).partition("; ")[0]) from None
        if not isinstance(found, dict):
            raise self._no_api("it is no object")
        version = str(found.get("apiVersion", ""))
        if not re.match(r"[2-9]\.[0-9]", version):
            raise self._no_api(f"apiVersion is {one_line(version, 20)!r}, 2.0 or newer is needed")
        cells, calls, window = (
            self._whole_number(found, name, least)
            for name, least in (
                ("maxDataCells", 1),
                ("maxCallsPerTimeWindow", 0),
                ("timeWindow", 0),
            )
        )
        self.recorder.pace.allow(calls, window)
        return {
            "apiVersion": "2.0.0",
            "defaultLanguage": "no",
            "maxDataCells": min(cells, MOST_CELLS),
            "maxCallsPerTimeWindow": 0,
            "timeWindow": 0,
        }

    def _whole_number(self, found: dict[str, Any], name: str, least: int) -> int:
        value = found.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self._no_api(
                f"{name} is {one_line(repr(value), 30)}, a whole number of {least} or more is needed"
            )
        return value

    def _no_api(self, why: str) -> ServerError:
        return ServerError(
            self.address.hidden(
                f"{self.address.url}/config is not that of a PxWebApi 2 ({why}); give the address of one"
            )
        )

    @property
    def requests(self) -> int:
        """Requests sent, repeated ones and those of opening included."""
        return self.recorder.requests

    def metadata(self, tabell: str) -> Any:
        """Return a table's metadata, which should be json-stat2; None where there is no such table."""
        try:
            found = self._asked(lambda: self._api.get_table_metadata(tabell), f"table {tabell}")
            return {} if found is None else found
        except MissingError:
            return None

    def data(self, tabell: str, selection: dict[str, list[str]]) -> None:
        """Ask for a selection of a table; its answers are handed to `keep` as they come.

        Raises ServerError where that would take more calls than a table is worth.
        """
        cells, most = 1, self.config["maxDataCells"]
        for codes in selection.values():
            cells *= len(codes)
        if cells > most * self.manners.most_calls:
            raise ServerError(
                f"{self.address.url}/config allows {most} cells in a call; table {tabell} would need {cells // most} "
                f"calls for its {cells} cells, and {self.manners.most_calls} is the most that are made"
            )

        def drain() -> None:
            for _ in self._api.get_table_data_iter(tabell, dict(selection)):
                pass

        self._asked(drain, f"table {tabell}")

    def candidates(self, words: str, but: Collection[str]) -> list[tuple[str, str]]:
        """Return up to three tables (id, title) that a search for `words` finds, those of `but` left out."""
        try:
            found = self._asked(lambda: self._api.search(query=words, page_size=20), "a search")
            tables = [
                (one_line(each["id"], 20), one_line(each["label"])) for each in found["tables"]
            ]
        except (ServerError, KeyError, TypeError):
            return []
        return [(table, title) for table, title in tables if table not in but][:CANDIDATES]

    def _asked(self, call: Callable[[], Any], what: str) -> Any:
        try:
            return call()
        except (RequestException, ValueError) as error:
            raise ServerError(
                f"StatBank's answer to {what}: {one_line(self.address.hidden(str(error)))}"
            ) from None
