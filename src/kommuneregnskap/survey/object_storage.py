"""Where parquet files lie: in a folder of this machine, or below a prefix in object storage that speaks S3.

A file in a folder carries the hash of its own bytes and is held against it before anything in it is read; object
storage answers for its bytes itself.

Object storage is reached by what polars itself has for it. The environment says where and as whom (SETTINGS), and
must: left without keys, polars asks an address of the network for them.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import polars as pl

from kommuneregnskap.support.errors import DataError, KommuneregnskapError, ServerError, UsageError
from kommuneregnskap.support.files import refuse_special, replacing

SCHEME = "s3://"
URL = re.compile(r"^s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/|$)")
ENDPOINT, *KEYS = "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
SETTINGS = (ENDPOINT, *KEYS, "AWS_SESSION_TOKEN", "AWS_REGION")
HTTP = re.compile(r"^https?://[\w.:\[\]-]+(/[\w./~-]*)?$", re.ASCII)
# A server that is not there is said to be so within seconds; left alone, polars tries for half a minute a file.
PATIENCE = {"max_retries": 3, "retry_timeout_ms": 20_000}
REASON_LENGTH = 160
# The note with the hash of the file, and what stands in its place where that is taken.
BYTES, BLANK = "innhold", "sha256:" + 64 * "0"
SEAL = re.compile(rb"sha256:[0-9a-f]{64}")


class MissingError(KommuneregnskapError):
    """There is no such file or object."""


def checked(place: str, option: str) -> str:
    """Return a folder or address without the slash at its end.

    option: what the user calls it. Raises UsageError for a file, and for an address that is no bucket of object
    storage or whose server or keys the environment does not tell.
    """
    if any("\ud800" <= sign <= "\udfff" for sign in place):  # polars takes no such name
        raise UsageError(
            f"{option} is {place!r}, whose name is not UTF-8; give another, or rename it"
        )
    local = bool(place) and "://" not in place
    if not local and not URL.match(place):
        raise UsageError(f"{option} is {place!r}; allowed: a folder, or s3://bucket/prefix")
    if local and Path(place).is_file():
        raise UsageError(f"{option} is {place!r}, which is a file; allowed: a folder")
    if not local:
        _options(place)
    return place.rstrip("/") or "/"


def _options(place: str) -> dict[str, str | int] | None:
    """Return what polars is told of the server of a place; None for a folder."""
    if not place.startswith(SCHEME):
        return None
    told = {name: os.environ[name] for name in SETTINGS if os.environ.get(name)}
    if not HTTP.match(told.get(ENDPOINT, "https://amazon")):
        raise UsageError(
            f"{ENDPOINT} is {told[ENDPOINT]!r}; allowed: the address of a server, such as http://127.0.0.1:9000"
        )
    lacking = [name for name in KEYS if name not in told]
    if lacking:
        raise UsageError(f"{place} needs {lacking[0]} in the environment; set {' and '.join(KEYS)}")
    return {name.lower(): value for name, value in told.items()} | PATIENCE


@contextmanager
def asking(place: str) -> Iterator[None]:
    """Turn what polars says of a folder or server into one line for the user.

    Raises MissingError where there is no such file, UsageError where there is no such bucket, ServerError where the
    server refuses or does not answer, and DataError where a file is no parquet.
    """
    try:
        yield
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _said(place, error) from None


def _said(place: str, error: BaseException) -> KommuneregnskapError:
    said = str(error)
    code = re.search(r"<Code>(\w+)</Code>", said)
    reason = code.group(1) if code else _reason(said)
    server = os.environ.get(ENDPOINT) or "Amazon S3"
    bucket = URL.match(place)
    if not isinstance(error, OSError) or bucket is None:
        return _of_a_file(place, error, reason)
    if reason == "NoSuchBucket":
        return UsageError(
            f"{server} has no bucket {bucket['bucket']!r}; make it there, or name another"
        )
    if isinstance(error, FileNotFoundError):
        return MissingError(f"{place} is not there")
    if isinstance(error, PermissionError):
        return ServerError(
            f"{server} gives no access to {place} ({reason}); check {' and '.join(KEYS)}, and what they may do there"
        )
    return ServerError(
        f"{server} does not answer as object storage ({reason}); check {ENDPOINT}, and try again"
    )


def _of_a_file(place: str, error: BaseException, reason: str) -> KommuneregnskapError:
    if isinstance(error, FileNotFoundError):
        return MissingError(f"{place} is not there")
    if isinstance(error, OSError):
        return DataError(place, problem=f"cannot be read ({reason})", todo="Check its permissions.")
    return DataError(
        place, problem=f"cannot be read as parquet ({reason})", todo="Write the year again."
    )


def _reason(said: str) -> str:
    """Return what an error came from, the last line of what polars tells, without numbers and addresses."""
    last = said.strip().splitlines()[-1].split(" (os error")[0].split(" (path:")[0]
    return re.sub(r"^\d+: ", "", last.strip()).removeprefix("parquet: ")[:REASON_LENGTH]


def write(frame: pl.DataFrame, file: str, notes: dict[str, str]) -> None:
    """Write a frame as one parquet file, with notes in the file's metadata: whole, or not at all.

    In a folder under a temporary name that becomes `file`; object storage shows what is sent to it when
    all of it has come. Raises NotWrittenError where the system refuses, and as `asking`.
    """
    content, seal = _sealed(frame, notes)
    if not file.startswith(SCHEME):
        with replacing(Path(file)) as part:
            part.write_bytes(content)
        return
    with asking(file):
        frame.write_parquet(
            file,
            metadata=notes | {BYTES: seal},
            storage_options=_options(file),
            credential_provider=None,
        )


def _sealed(frame: pl.DataFrame, notes: dict[str, str]) -> tuple[bytes, str]:
    """Return a frame as parquet with notes, one of them the hash of all bytes but its own; and that one."""
    buffer = BytesIO()
    frame.write_parquet(buffer, metadata=notes | {BYTES: BLANK})
    content = buffer.getvalue()
    seal = _seal(content)
    before, _, after = content.rpartition(BLANK.encode())
    return before + seal.encode() + after, seal


def _seal(blank: bytes) -> str:
    return f"sha256:{hashlib.sha256(blank).hexdigest()}"


def _proved(file: str) -> bytes:
    """Return the bytes of a file in a folder. Raises DataError where they are not those that were written."""
    with asking(file):
        refuse_special(Path(file))
        content = Path(file).read_bytes()
    seals = SEAL.findall(content)
    before, seal, after = content.rpartition(seals[-1] if seals else b"sha256:")
    if not seal or seal.decode() != _seal(before + BLANK.encode() + after):
        raise DataError(
            file,
            problem="is not as it was written, or was written by another program or version",
            todo="Write the year again.",
        )
    return content


def notes(file: str) -> dict[str, str] | None:
    """Return the notes in the metadata of a parquet file; None where there is no such file.

    Raises as `asking`, and DataError for a file in a folder that is not as it was written.
    """
    try:
        if not file.startswith(SCHEME):
            content = BytesIO(_proved(file))
            with asking(file):
                return pl.read_parquet_metadata(content)
        with asking(file):
            return pl.read_parquet_metadata(
                file, storage_options=_options(file), credential_provider=None
            )
    except MissingError:
        return None


def exists(file: str) -> bool:
    """Return whether there is a file, parquet or not. Raises UsageError and ServerError as `asking`."""
    if not file.startswith(SCHEME):
        return Path(file).is_file()
    try:
        return notes(file) is not None
    except DataError:
        return True


def scan(files: Sequence[str], keys: dict[str, pl.DataType]) -> pl.LazyFrame:
    """Return parquet files as one lazy frame, with the `keys` that stand in their addresses (`aar=2024`).

    A filter on a key leaves files out. Folders above that are named in the same way add columns of text.
    """
    named = (part.partition("=")[0] for part in files[0].split("/") if "=" in part)
    return pl.scan_parquet(
        list(files),
        glob=False,
        hive_partitioning=True,
        hive_schema={name: keys.get(name, pl.String()) for name in named},
        storage_options=_options(files[0]),
        credential_provider=None,
    )
