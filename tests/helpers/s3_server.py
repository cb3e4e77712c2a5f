"""A real S3-compatible server (moto's) on loopback, as the environment of a command and of polars names it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
import requests
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

BUCKET = "regnskap"


@dataclass
class S3:
    """The server: `url` is its endpoint, `environment` what a client is told of it."""

    url: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "proeve",
            "AWS_SECRET_ACCESS_KEY": "proeve",
            "AWS_REGION": "us-east-1",
        }

    @cached_property
    def client(self) -> Any:
        """Amazon's own client of the server, for what the tests do behind the package's back."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id="proeve",
            aws_secret_access_key="proeve",
            region_name="us-east-1",
        )

    def get(self, key: str) -> bytes:
        """The content of an object of the bucket."""
        return bytes(self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=BUCKET, Key=key, Body=content)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """While the block lasts, the server gives access to nobody it does not know, and it knows nobody."""
        address = f"{self.url}/moto-api/reset-auth"
        requests.post(address, data="0", timeout=10).raise_for_status()
        try:
            yield
        finally:
            requests.post(address, data="inf", timeout=10).raise_for_status()


@contextmanager
def running() -> Iterator[S3]:
    """Run a server with one bucket on a free port of loopback until the block is left."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line per request otherwise
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        started = S3(f"http://{host}:{port}")
        started.client.create_bucket(Bucket=BUCKET)
        yield started
    finally:
        server.stop()
