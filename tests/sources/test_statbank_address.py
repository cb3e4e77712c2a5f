"""Addresses: what is no address, what has moved, and a password that stands nowhere afterwards."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from kommuneregnskap.sources.statbank import address, fetch, snapshot
from kommuneregnskap.support.errors import KommuneregnskapError, ServerError, UsageError
from tests.helpers.pxweb_attacks import say
from tests.helpers.pxweb_server import Fault, PxWebServer
from tests.helpers.statbank_small import DAY, QUICK, get
from tests.helpers.steps import without_steps

pytestmark = pytest.mark.slow  # all of them together

PASSWORD = "hemmelig-7Q!æ"
QUOTED = "hemmelig-7Q%21%C3%A6"
TOKEN = b64encode(f"ola:{PASSWORD}".encode()).decode()
FORMS = (PASSWORD, QUOTED, TOKEN)


def with_password(server: PxWebServer) -> str:
    return server.url.replace("http://", f"http://ola:{QUOTED}@")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://data.ssb.no/api/pxwebapi/v2", "https://data.ssb.no/api/pxwebapi/v2"),
        (" https://data.ssb.no/api/pxwebapi/v2/ ", "https://data.ssb.no/api/pxwebapi/v2"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:80/v2", "http://[::1]:80/v2"),
        ("https://ola:x@data.ssb.no/v2", "https://data.ssb.no/v2"),
        ("https://ola@data.ssb.no/v2", "https://data.ssb.no/v2"),
        ("https://:passord@data.ssb.no/v2", "https://data.ssb.no/v2"),
    ],
)
def test_an_address_is_kept_without_user_and_password(given: str, url: str) -> None:
    found = address.parse(given)
    assert found.url == url
    assert "passord" not in repr(found)
    assert ("Authorization" in found.headers) == ("@" in given)


@pytest.mark.parametrize(
    "given",
    [
        *("", "tull", "data.ssb.no", "ftp://data.ssb.no", "http://", "https:///v2", "file:///etc"),
        *("http://host:port/", "http://host:99999999/", "http://[::1/", "//host/v2"),
        *("http://ola:hemmelig/12@host/v2", "http://ola:hemmelig#12@host/v2"),
        *("http://ola:hemmelig?12@host/v2", "ola:hemmelig@host", "http://ola:hemmelig@host:x/v2"),
        *("http://host/v2?key=hemmelig", "http://host/v2#hemmelig"),
    ],
)
def test_what_is_no_address_is_told_without_what_may_be_a_password(given: str) -> None:
    with pytest.raises(UsageError) as error:
        address.parse(given)
    line = str(error.value)
    assert line.startswith("URL ")
    assert "hemmelig" not in line
    assert "\n" not in line


def test_a_password_reaches_the_server_and_stands_nowhere_else(
    server: PxWebServer, root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str] = []
    server.faults = [
        Fault("12137/data", "status", status=503),
        Fault(
            "12137/metadata", "raw", act=lambda each: asked.append(each.headers["Authorization"])
        ),
    ]
    with caplog.at_level(logging.DEBUG):
        done = fetch.fetch(
            [2024], retrieved=DAY, url=with_password(server), folder=root, manners=QUICK
        )
    assert asked == [f"Basic {TOKEN}"]
    assert done.snapshot.receipt["kilde"] == server.url
    for path in root.rglob("*"):
        assert not any(form in path.name for form in FORMS)
        if path.is_file():
            content = path.read_bytes()
            assert not any(form.encode() in content for form in FORMS), path.name
    assert not any(form in caplog.text for form in FORMS)


def refusing(status: bytes, headers: bytes, body: str) -> Fault:
    content = body.encode()
    head = b"HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n" % (status, headers, len(content))
    return Fault("/", "raw", -1, act=say(head + content))


REPEATS = {
    "in a refusal": refusing(b"401 No", b"", json.dumps({"title": f"wrong: Basic {TOKEN}"})),
    "in its reason": refusing(b"403 no ola:%s" % QUOTED.encode(), b"", ""),
    "in its reason, as it is": refusing(b"403 ola:%s" % PASSWORD.encode(), b"", ""),
    "at the end of a long reason": refusing(b"403 %s%s" % (b"n" * 45, PASSWORD.encode()), b"", ""),
    "in plain text": refusing(b"400 No", b"", json.dumps({"title": f"ola and {PASSWORD}"})),
    "in where it has moved": refusing(
        b"302 Found", b"Location: http://ola:%s@annet.no/v2/config\r\n" % QUOTED.encode(), ""
    ),
    "in its config": refusing(b"200 OK", b"", json.dumps({"apiVersion": PASSWORD})),
    "in an answer": refusing(b"200 OK", b"", json.dumps({"maxDataCells": TOKEN})),
}


@pytest.mark.parametrize("name", REPEATS)
def test_a_server_that_repeats_the_password_does_not_get_it_shown(
    server: PxWebServer, root: Path, name: str
) -> None:
    server.faults = [REPEATS[name]]
    with pytest.raises(KommuneregnskapError) as error:
        fetch.fetch([2024], retrieved=DAY, url=with_password(server), folder=root, manners=QUICK)
    assert not any(form in str(error.value) for form in FORMS)
    assert "hemm" not in str(error.value)
    assert "\n" not in str(error.value)
    assert snapshot.ids(root) == []
    assert not list(root.rglob("*.json"))


def test_an_answer_that_repeats_the_password_is_not_kept(server: PxWebServer, root: Path) -> None:
    server.tables["12137"].notes = (f"Hei, ola:{PASSWORD}",)
    with pytest.raises(ServerError, match="repeats the password, and is not kept"):
        fetch.fetch([2024], retrieved=DAY, url=with_password(server), folder=root, manners=QUICK)
    kept = [path.read_text("utf-8") for path in root.rglob("*.json")]
    assert not any(form in text for form in FORMS for text in kept)


def test_the_command_says_nothing_of_a_password(server: PxWebServer, project: Path) -> None:
    server.faults = [Fault("12137/data", "status", -1, status=500)]
    run = subprocess.run(
        [
            *(sys.executable, "-m", "kommuneregnskap", "fetch", "--year", "2023-2024"),
            *("--url", with_password(server)),
        ],
        cwd=project,
        env={"KOMMUNEREGNSKAP_ROOT": str(project), "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    (said,) = without_steps(run.stderr)
    assert said.startswith("Error: StatBank answered 500")
    assert not any(form in run.stdout + run.stderr for form in FORMS)


@pytest.mark.parametrize(
    ("status", "location", "said"),
    [
        (301, "https://annet.no/ny/v2/config", "points to https://annet.no/ny/v2; if that is"),
        (302, "/ny/v2/config", "/ny/v2; if that is StatBank, give URL=http://127.0.0.1:"),
        (307, "https://annet.no", "points to https://annet.no; if that"),
        (308, "https://annet.no/v2/config?n=1#x", "points to https://annet.no/v2; if that"),
        (301, "", "does not say where to"),
        (301, "http://[", "does not say where to"),
        (303, "\x1b[2J", "points to http://127.0.0.1:"),
        (304, "", "does not say where to"),
    ],
)
def test_a_server_that_has_moved_is_told_and_not_followed(
    server: PxWebServer, root: Path, status: int, location: str, said: str
) -> None:
    server.faults = [Fault("/config", "status", -1, status=status, headers={"Location": location})]
    with pytest.raises(ServerError) as error:
        get(server, folder=root)
    line = str(error.value)
    assert line.startswith(f"{server.url} has moved: it answers {status} ")
    assert said in line
    assert line.isprintable()
    assert len(server.seen) == 1
    assert snapshot.ids(root) == []


def test_one_table_that_has_moved_is_told_too(server: PxWebServer, root: Path) -> None:
    server.faults = [
        Fault("12362/data", "status", -1, status=301, headers={"Location": server.url})
    ]
    with pytest.raises(ServerError, match="has moved: it answers 301 Moved Permanently"):
        get(server, folder=root)
