"""AWS on this machine: one endpoint that checks signatures and answers by botocore's models.

A further service is one file with its state and its operations, and one line in the table of
services; one that speaks another protocol than rest-xml needs that protocol's file too.
"""

import asyncio
import secrets
import time
from collections import Counter
from pathlib import Path
from typing import Literal

from aiohttp import web

from bot.local.loopback import Fault, Faults, drop, listen

from . import models, rest_xml
from .errors import AwsError
from .s3 import S3
from .signatures import Asked, pairs, scope_of, verify

Kind = Literal["status", "throttle", "denied", "delay", "answer_lost", "black_hole"]
BUCKET = "faxi-bot-faxes"
_LARGEST = 64 * 1024 * 1024


class LocalAws:
    """AWS on loopback, for trials and tests; it knows S3."""

    def __init__(self, region: str, bucket: str, folder: Path | None) -> None:
        """Make the services; :meth:`start` serves them."""
        self.region = region
        self.bucket = bucket
        self.access_key_id = f"AKIALOCAL{secrets.token_hex(5).upper()}"
        self.secret_access_key = secrets.token_urlsafe(30)
        self.url = ""
        self.ahead = 0.0
        """Seconds by which machine time is taken to be ahead here; a test of expiry sets it."""
        self.requests: Counter[str] = Counter()
        """How often each operation was asked for, refused ones included."""
        self.s3 = S3(region, self._now, folder)
        self.s3.add_bucket(bucket)
        self._services = {service.name: service for service in (self.s3,)}
        self._faults = Faults()
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @classmethod
    async def start(
        cls, *, port: int = 0, region: str = "ap-northeast-1", bucket: str = BUCKET, folder: Path | None = None
    ) -> "LocalAws":
        """Start AWS on loopback.

        Args:
            port: where to listen; 0 takes a free one.
            region: the one region that there is.
            bucket: a bucket that is there from the start.
            folder: where objects are kept beyond its end; ``None`` for nowhere.

        Raises:
            OSError: the port is taken.
        """
        aws = await asyncio.to_thread(cls, region, bucket, folder)
        await aws.serve(port)
        return aws

    async def serve(self, port: int = 0) -> None:
        """Listen; 0 takes a free port.

        Raises:
            OSError: the port is taken.
        """
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner, self.url = await listen(app, port)

    def environment(self) -> dict[str, str]:
        """Return the settings by which a bot uses it."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_ENDPOINT_URL": self.url,
            "FAX_MEDIA_BUCKET": self.bucket,
        }

    def objects(self, bucket: str | None = None) -> dict[str, bytes]:
        """Return what a bucket holds: contents by key."""
        return {key: one.content for key, one in self.s3.buckets[bucket or self.bucket].objects.items()}

    def fault(
        self, kind: Kind, *, operation: str = "*", count: int | None = None, status: int = 500, seconds: float = 1.0
    ) -> None:
        """Switch a fault on.

        Args:
            kind: ``status`` (an error of AWS's own, with ``status``), ``throttle``, ``denied``, ``delay`` (by
                ``seconds`` of machine time), ``answer_lost`` (done, then no answer), ``black_hole`` (neither).
            operation: whom it strikes, such as ``PutObject``; ``*`` for all.
            count: how many times; ``None`` until :meth:`heal`.
            status: the HTTP status of ``status``.
            seconds: the length of ``delay``.
        """
        self._faults.add(Fault(kind, operation, count, status=status, seconds=seconds))

    def heal(self) -> None:
        """Switch all faults off."""
        self._faults.clear()

    async def close(self) -> None:
        """Break what hangs, and stop."""
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def _now(self) -> float:
        return time.time() + self.ahead

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        raw_path, _, raw_query = request.raw_path.partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(request.method, raw_path, pairs(raw_query), headers, await request.read())
        request_id = secrets.token_hex(8).upper()
        try:
            answer = await self._done(asked)
        except AwsError as error:
            return rest_xml.refuse(error, request_id)
        if answer is None:
            return drop(request)
        answer.headers["x-amz-request-id"] = request_id
        return answer

    async def _done(self, asked: Asked) -> web.Response | None:
        """Do what is asked and give the answer; None: no answer comes."""
        scope = scope_of(asked)
        if scope.service not in self._services:
            target = asked.headers.get("x-amz-target", "").rpartition(".")[2] or asked.raw_path
            raise AwsError("NotImplemented", 501, f"{scope.service} {target} is not written here.")
        service = self._services[scope.service]
        found = models.route(service.model, asked)
        if found is None:
            raise AwsError("MethodNotAllowed", 405, "The specified method is not allowed against this resource.")
        operation, labels = found
        name = operation.name
        self.requests[name] += 1
        fault = self._faults.strike(name)
        if fault is not None and await self._struck(fault):
            return None
        verify(
            asked,
            scope,
            secrets={self.access_key_id: self.secret_access_key},
            region=self.region,
            now=self._now(),
        )
        written = service.operations.get(name)
        if written is None:
            raise AwsError("NotImplemented", 501, f"{name} is not written here.")
        given = rest_xml.read(operation, labels, asked)
        models.check_input(given, operation.input_shape)
        unheeded = sorted(given.keys() - written.heeds)
        if unheeded:
            raise AwsError("NotImplemented", 501, f"{name} with {unheeded[0]} is not written here.")
        result = written.run(given)
        models.check_output(result, operation.output_shape)
        return None if fault is not None and fault.kind == "answer_lost" else rest_xml.write(operation, result)

    async def _struck(self, fault: Fault) -> bool:
        """Let a fault strike before anything is done; say whether no answer comes.

        Raises:
            AwsError: the fault is a refusal.
        """
        if fault.kind == "black_hole":
            await self._closing.wait()
            return True
        if fault.kind == "status":
            raise AwsError("InternalError", fault.status, "We encountered an internal error. Please try again.")
        if fault.kind == "throttle":
            raise AwsError("SlowDown", 503, "Please reduce your request rate.")
        if fault.kind == "denied":
            raise AwsError("AccessDenied", 403, "Access Denied")
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        return False
