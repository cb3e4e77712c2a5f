"""StatBank through pxwebpy (package `pxweb`), made patient, polite and recorded.

What pxwebpy 0.6.0 does (read in its source, tried in tests): asks /config and /tables when it is
opened, splits a query by `maxDataCells`, keeps `maxCallsPerTimeWindow`, and repeats a request on 429
three times. What it does not: its `timeout` never reaches a request, so that a slow server hangs it;
503 and broken connections are not repeated; rows come without `status`, where SSB's symbols for
missing values stand. All requests of an opened client go through its session, so an adapter mounted
there gives every request a timeout, repeats what may pass, and hands over each answer as received.
Opening itself cannot be reached so; it runs beside a clock after /config has answered.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from pxweb import PxApi, get_known_apis
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError, ContentDecodingError, RequestException
from urllib3 import BaseHTTPResponse, Retry
from urllib3.exceptions import NewConnectionError
from urllib3.exceptions import TimeoutError as TimedOut

from kommuneregnskap.sources.statbank.jsonstat import MalformedError
from kommuneregnskap.support.errors import ServerError

SSB_URL = get_known_apis()["ssb"]
REPEATED = (429, 502, 503, 504)
LATER = "what was received is kept; ask again later with the same command"
OPENING_CALLS = 2  # what pxwebpy asks before the adapter can be mounted
CANDIDATES = 3


@dataclass(frozen=True)
class Manners:
    """How long to wait and how often to try: seconds, attempts, seconds of the first back-off.

    longest_wait: a server that asks for a longer pause than this (Retry-After) is left alone.
    """

    timeout: float = 60.0
    attempts: int = 4
    backoff: float = 1.0
    longest_wait: float = 120.0


class _Patience(Retry):
    """urllib3's back-off that stops, rather than sleeps, when a server asks for a very long pause."""

    longest_wait = 120.0

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        wait = super().get_retry_after(response)
        if wait is not None and wait > self.longest_wait:
            raise ServerError(
                f"StatBank asks for a pause of {wait:.0f} seconds (status {response.status}); {LATER}"
            )
        return wait

    def new(self, **changes: Any) -> _Patience:
        made = super().new(**changes)
        made.longest_wait = self.longest_wait
        return made


Keep = Callable[[str, str, bytes], None]
Replay = Callable[[str, str], bytes | None]


class Recorder(HTTPAdapter):
    """The adapter that pxwebpy's requests go through.

    keep(path, query, content): called with every whole answer; may raise MalformedError, which counts as
    a broken answer. replay(path, query): an answer kept from before, which then needs no request.
    """

    def __init__(self, manners: Manners, keep: Keep, replay: Replay) -> None:
        retries = _Patience(
            total=manners.attempts - 1,
            backoff_factor=manners.backoff,
            status_forcelist=REPEATED,
            allowed_methods=None,  # a query by POST changes nothing and may be repeated
            raise_on_status=False,
        )
        retries.longest_wait = manners.longest_wait
        super().__init__(max_retries=retries)
        self.manners, self.keep, self.replay = manners, keep, replay
        self.requests, self.bytes, self.replayed, self.status = 0, 0, 0, 0

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
        kept = self.replay(path, query)
        if kept is not None:
            self.replayed += 1
            return _response(request, kept)
        told = ""
        for attempt in range(self.manners.attempts):
            time.sleep(self.manners.backoff * (2**attempt - 1))
            response = self._answer(request, verify=verify, cert=cert, proxies=proxies)
            try:
                content = response.content
                if response.ok:
                    self.keep(path, query, content)
            except (ChunkedEncodingError, ContentDecodingError, requests.ConnectionError):
                told = "the connection broke off"
            except MalformedError as error:
                told = f"the answer is {error}"
            else:
                self.bytes += len(content)
                return response
        raise ServerError(
            f"StatBank's answer to {path.partition('?')[0]} is not whole ({told}, "
            f"{self.manners.attempts} attempts); {LATER}"
        )

    def _answer(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        self.requests += 1
        try:
            response = super().send(
                request,
                stream=True,
                timeout=(self.manners.timeout, self.manners.timeout),
                **options,
            )
        except RequestException as error:
            cause = _cause(error)
            # urllib3 counts a refused connection among those that took too long.
            if isinstance(cause, TimedOut) and not isinstance(cause, NewConnectionError):
                told = f"did not answer within {self.manners.timeout:g} seconds"
            else:
                told = f"cannot be reached ({_reason(error)})"
            raise ServerError(f"StatBank {told}; {LATER}") from None
        history = getattr(getattr(response.raw, "retries", None), "history", ())
        self.requests += len(history)
        self.status = response.status_code
        if response.status_code in REPEATED:
            raise ServerError(
                f"StatBank answered {response.status_code} ({response.reason}) "
                f"{self.manners.attempts} times; {LATER}"
            )
        return response


def _text(body: object) -> str:
    return body.decode() if isinstance(body, bytes) else str(body or "")


def _response(request: requests.PreparedRequest, content: bytes) -> requests.Response:
    made = requests.Response()
    made.status_code, made.reason = 200, "OK"
    made.request, made.url = request, request.url or ""
    made.headers["Content-Type"] = "application/json"
    made._content = content
    return made


def _cause(error: BaseException) -> BaseException:
    """Return the innermost error that requests and urllib3 have wrapped."""
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", None)
    if isinstance(reason, BaseException):
        return reason
    return inner if isinstance(inner, BaseException) else error


def _reason(error: BaseException) -> str:
    """Return the words of the innermost error, in one line."""
    text = str(_cause(error)).partition("\n")[0]
    return text.rpartition(">: ")[2] or type(error).__name__


class StatBank:
    """An open StatBank. url: the API's address, SSB's own when empty.

    Raises ServerError where it does not answer, UsageError never: what is asked is checked before.
    """

    def __init__(self, url: str, manners: Manners, keep: Keep, replay: Replay) -> None:
        self.url = (url or SSB_URL).rstrip("/")
        self.recorder = Recorder(manners, keep, replay)
        self._check_config()
        self._api = _opened(self.url, manners)
        # Private, but the only way to reach the session that pxwebpy sends with; a test proves that
        # requests do go through the adapter.
        for scheme in ("http://", "https://"):
            self._api._client.session.mount(scheme, self.recorder)

    def _check_config(self) -> None:
        """Ask /config with patience before pxwebpy does so without any."""
        with requests.Session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, self.recorder)
            try:
                answer = session.get(f"{self.url}/config")
                config = answer.json() if answer.ok else None
            except RequestException as error:
                raise ServerError(
                    f"{self.url}/config cannot be read ({_reason(error)}); give the address of a PxWebApi 2"
                ) from None
        if not isinstance(config, dict) or "maxDataCells" not in config:
            raise ServerError(
                f"{self.url}/config is not that of a PxWebApi 2 (status {answer.status_code}); give its address"
            )

    @property
    def requests(self) -> int:
        """Requests sent, repeated ones and those of opening included."""
        return self.recorder.requests + OPENING_CALLS

    def metadata(self, tabell: str) -> Any:
        """Return a table's metadata as json-stat2; None where there is no such table."""
        try:
            return self._asked(lambda: self._api.get_table_metadata(tabell), f"table {tabell}")
        except ServerError:
            if self.recorder.status == requests.codes.not_found:
                return None
            raise

    def data(self, tabell: str, selection: dict[str, list[str]]) -> None:
        """Ask for a selection of a table; its answers are handed to `keep` as they come."""

        def drain() -> None:
            for _ in self._api.get_table_data_iter(tabell, dict(selection)):
                pass

        self._asked(drain, f"table {tabell}")

    def candidates(self, words: str, but: str) -> list[tuple[str, str]]:
        """Return up to three tables (id, title) that a search for `words` finds, `but` left out."""
        try:
            found = self._asked(lambda: self._api.search(query=words, page_size=20), "a search")
            tables = [(str(each["id"]), str(each["label"])) for each in found["tables"]]
        except (ServerError, KeyError, TypeError):
            return []
        return [(table, title) for table, title in tables if table != but][:CANDIDATES]

    def _asked(self, call: Callable[[], Any], what: str) -> Any:
        try:
            return call()
        except (RequestException, ValueError) as error:
            raise ServerError(f"StatBank's answer to {what}: {_problem(error)}") from None


def _problem(error: Exception) -> str:
    """Return pxwebpy's lines about a refused request as one: `Error 400: Bad Request, Title: …`."""
    lines = [line.strip() for line in str(error).splitlines()]
    return ", ".join(line for line in lines if line and not line.endswith("None"))


def _opened(url: str, manners: Manners) -> PxApi:
    """Open pxwebpy beside a clock: what it asks while it is opened has no timeout of its own."""
    result: list[PxApi | Exception] = []

    def opening() -> None:
        try:
            # One request at a time, and nothing kept in memory: every answer is kept on disk.
            result.append(PxApi(url, language="no", disable_cache=True, max_workers=1))
        except Exception as error:
            result.append(error)

    thread = threading.Thread(target=opening, daemon=True)
    thread.start()
    thread.join(OPENING_CALLS * manners.timeout)
    if not result:
        raise ServerError(
            f"StatBank did not answer within {OPENING_CALLS * manners.timeout:g} seconds; {LATER}"
        )
    if isinstance(result[0], Exception):
        raise ServerError(f"{url} cannot be opened: {_problem(result[0])}; {LATER}")
    return result[0]
