"""The address of a server as it is typed: what is asked, and what is never shown or kept of it."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urljoin, urlsplit

from kommuneregnskap.support.errors import UsageError

USER_PART = re.compile(r"//[^/\s]*@")
SHORTEST = 4  # what is shorter stands in too many words to be hidden
TELLING = 8  # what is shorter may stand in any answer
GIVE = "give the address of a PxWebApi 2, such as https://data.ssb.no/api/pxwebapi/v2"


@dataclass(frozen=True)
class Address:
    """A server's address without user and password; `headers` and `secrets` are for requests alone."""

    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def hidden(self, text: str) -> str:
        """Return a text that may be shown: without user and password, wherever they come from."""
        shown = USER_PART.sub("//", text)
        for each in self.secrets:
            shown = shown.replace(each, "***")
        return shown

    def betrayed(self, content: bytes) -> bool:
        """Return whether an answer repeats the password: then it must not be kept."""
        return any(each.encode() in content for each in self.secrets if len(each) >= TELLING)


def parse(given: str) -> Address:
    """Return the address that a person typed.

    A user and a password before the host are sent with every request and stand nowhere else. Raises UsageError for
    what is no address of a server, without repeating it where it may hold a password.
    """
    try:
        parts = urlsplit(given.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.path:
        what = "no address" if "@" in given else f"{given!r}, which is no address"
        more = "; / and @ in a password are written %2F and %40" if "@" in given else ""
        raise UsageError(f"URL is {what}; {GIVE}{more}")
    if parts.query or parts.fragment:
        raise UsageError(f"URL holds more than an address (? or #); {GIVE}")
    place = f"[{host}]" if ":" in host else host
    url = f"{parts.scheme}://{place}{f':{port}' if port else ''}{parts.path.rstrip('/')}"
    if parts.username is None:
        return Address(url)
    user, password = unquote(parts.username), unquote(parts.password or "")
    token = b64encode(f"{user}:{password}".encode()).decode()
    as_header = password.encode().decode("latin-1")  # how Python reads headers
    forms = {token, password, as_header, parts.password or "", quote(password, safe="")}
    secrets = sorted((each for each in forms if len(each) >= SHORTEST), key=len, reverse=True)
    return Address(url, {"Authorization": f"Basic {token}"}, tuple(secrets))


def moved(asked: str, location: str, endpoint: str) -> str:
    """Return the address that a server points to, for a person to look at: without endpoint, query, user, password.

    asked: what was asked; endpoint: what of it was not typed. Empty where it points nowhere.
    """
    try:
        parts = urlsplit(urljoin(asked, location))
        port = parts.port
    except ValueError:
        return ""
    if not location or not parts.hostname:
        return ""
    path = parts.path.removesuffix(endpoint).rstrip("/")
    return f"{parts.scheme}://{parts.hostname}{f':{port}' if port else ''}{path}"
