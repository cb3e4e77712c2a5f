"""RO-Crates held against their specification by its own validator, without a network."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import requests
import rocrate
import urllib3
from requests_cache import CachedSession
from requests_cache.models import CachedResponse
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.services import validate

# The words of RO-Crate 1.3, as rocrate brings them along: what the validator would fetch.
WORDS = Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld"
ADDRESS = "https://w3id.org/ro/crate/1.3/context"
PROFILE = "ro-crate-1.3"


def issues(crate: Path, cache: Path, *, recommended: bool = False) -> Counter[str]:
    """Return what the specification requires (or recommends as well) of a crate and it lacks: text → how often.

    cache: where the validator finds the words it would fetch.
    """
    _keep(cache)
    settings = ValidationSettings(
        rocrate_uri=str(crate),
        profile_identifier=PROFILE,
        requirement_severity=Severity.RECOMMENDED if recommended else Severity.REQUIRED,
        offline=True,
        cache_path=str(cache),
        cache_max_age=-1,
    )
    return Counter(
        f"{each.message} ({each.violatingEntity})" for each in validate(settings).get_issues()
    )


def _keep(cache: Path) -> None:
    """Put the words into the validator's cache, as an answer of the address that it asks."""
    said = {"Content-Type": "application/ld+json"}
    answer = requests.Response()
    answer.status_code, answer.url, answer.reason = 200, ADDRESS, "OK"
    answer.headers.update(said)
    answer.request = requests.Request("GET", ADDRESS).prepare()
    answer.raw = urllib3.HTTPResponse(
        body=io.BytesIO(WORDS.read_bytes()),
        headers=said,
        status=200,
        preload_content=False,
        request_url=ADDRESS,
    )
    with CachedSession(str(cache), backend="sqlite", expire_after=-1) as session:
        session.cache.save_response(CachedResponse.from_response(answer))
