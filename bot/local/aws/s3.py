"""S3, as far as pages of faxes need it: buckets, and objects that are put, fetched and deleted."""

import base64
import binascii
import hashlib
import mimetypes
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from .errors import AwsError
from .service import Operation, Service

_BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!xn--)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]", re.ASCII)
_LONGEST_KEY = 1024
_LONGEST_NAME = 240
_DEFAULT_REGION = "us-east-1"
_KEPT = ".object"


@dataclass(frozen=True)
class Stored:
    """An object."""

    content: bytes
    content_type: str
    modified: datetime

    @property
    def etag(self) -> str:
        """The quoted MD5 of the content, as S3 gives it."""
        return f'"{hashlib.md5(self.content, usedforsecurity=False).hexdigest()}"'

    @property
    def crc32(self) -> str:
        """The CRC-32 of the content, base64."""
        return base64.b64encode(zlib.crc32(self.content).to_bytes(4, "big")).decode()


@dataclass
class Bucket:
    """A bucket, and the region in which it lies."""

    region: str
    objects: dict[str, Stored] = field(default_factory=dict)


class S3(Service):
    """The service; what it holds is lost with it, unless there is a folder for it."""

    def __init__(self, region: str, now: Callable[[], float], folder: Path | None) -> None:
        """Begin with what the folder holds.

        Args:
            region: where the service is.
            now: machine time, seconds since 1970.
            folder: where objects are kept, one file each in a folder for each bucket; ``None`` for nowhere.
        """
        target = frozenset({"Bucket", "Key"})
        sent = {"Body", "ContentType", "ContentLength", "ContentMD5", "ChecksumAlgorithm", "ChecksumCRC32"}
        operations = {
            "PutObject": Operation(self._put, target | sent),
            "GetObject": Operation(self._get, target | {"ChecksumMode"}),
            "HeadObject": Operation(self._head, target | {"ChecksumMode"}),
            "DeleteObject": Operation(self._delete, target),
            "CreateBucket": Operation(self._create_bucket, frozenset({"Bucket", "CreateBucketConfiguration"})),
            "HeadBucket": Operation(self._head_bucket, frozenset({"Bucket"})),
        }
        super().__init__("s3", operations)
        self._region = region
        self._now = now
        self._folder = folder
        self.buckets: dict[str, Bucket] = {}
        for place in sorted(folder.iterdir()) if folder is not None and folder.exists() else ():
            self.buckets[place.name] = Bucket(region, dict(map(_read, sorted(place.glob(f"*{_KEPT}")))))

    def add_bucket(self, name: str, region: str | None = None) -> None:
        """Make a bucket, in this region or in another one; one that is there stays as it is."""
        if name not in self.buckets:
            self.buckets[name] = Bucket(region or self._region)
            if self._folder is not None:
                (self._folder / name).mkdir(parents=True, exist_ok=True)

    def _bucket(self, name: str) -> Bucket:
        bucket = self.buckets.get(name)
        if bucket is None:
            raise AwsError("NoSuchBucket", 404, "The specified bucket does not exist", {"BucketName": name})
        if bucket.region != self._region:
            raise AwsError(
                "PermanentRedirect",
                301,
                "The bucket you are attempting to access must be addressed using the specified endpoint.",
                {"Endpoint": f"{name}.s3.{bucket.region}.amazonaws.com", "Bucket": name},
                {"x-amz-bucket-region": bucket.region},
            )
        return bucket

    def _found(self, given: Mapping[str, Any]) -> Stored:
        stored = self._bucket(given["Bucket"]).objects.get(given["Key"])
        if stored is None:
            raise AwsError("NoSuchKey", 404, "The specified key does not exist.", {"Key": given["Key"]})
        return stored

    def _put(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        bucket, key, content = self._bucket(given["Bucket"]), given["Key"], given.get("Body", b"")
        if len(key.encode()) > _LONGEST_KEY:
            raise AwsError("KeyTooLongError", 400, "Your key is too long")
        stored = Stored(content, given.get("ContentType", "binary/octet-stream"), self._at())
        _check_sums(given, stored)
        self._keep(given["Bucket"], key, content)
        bucket.objects[key] = stored
        return {"ETag": stored.etag, "ChecksumCRC32": stored.crc32}

    def _get(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"Body": self._found(given).content, **self._head(given)}

    def _head(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        stored = self._found(given)
        sums = {"ChecksumCRC32": stored.crc32} if given.get("ChecksumMode") else {}
        return {
            "ContentLength": len(stored.content),
            "ContentType": stored.content_type,
            "ETag": stored.etag,
            "LastModified": stored.modified,
            **sums,
        }

    def _delete(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        self._bucket(given["Bucket"]).objects.pop(given["Key"], None)
        if self._folder is not None:
            self._file(given["Bucket"], given["Key"]).unlink(missing_ok=True)
        return {}

    def _create_bucket(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        name = given["Bucket"]
        if not _BUCKET.fullmatch(name):
            raise AwsError("InvalidBucketName", 400, "The specified bucket is not valid.", {"BucketName": name})
        where = given.get("CreateBucketConfiguration", {}).get("LocationConstraint", _DEFAULT_REGION)
        if where != self._region:
            raise AwsError(
                "IllegalLocationConstraintException",
                400,
                f"The {where} location constraint is incompatible for the region specific endpoint "
                "this request was sent to.",
            )
        if name in self.buckets:
            raise AwsError("BucketAlreadyOwnedByYou", 409, "The bucket is there already, and you own it.")
        self.add_bucket(name)
        return {"Location": f"/{name}"}

    def _head_bucket(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"BucketRegion": self._bucket(given["Bucket"]).region}

    def _at(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC).replace(microsecond=0)

    def _file(self, bucket: str, key: str) -> Path:
        name = quote(key, safe="") + _KEPT
        if self._folder is None or len(name) > _LONGEST_NAME:
            raise AwsError("NotImplemented", 501, "A key as long as this cannot be kept in a folder here.")
        return self._folder / bucket / name

    def _keep(self, bucket: str, key: str, content: bytes) -> None:
        if self._folder is not None:
            self._file(bucket, key).write_bytes(content)


def _read(path: Path) -> tuple[str, Stored]:
    """Read an object that was kept."""
    key = unquote(path.name.removesuffix(_KEPT))
    kind = mimetypes.guess_type(key)[0] or "binary/octet-stream"
    return key, Stored(path.read_bytes(), kind, datetime.fromtimestamp(int(path.stat().st_mtime), UTC))


def _check_sums(given: Mapping[str, Any], stored: Stored) -> None:
    """Compare the checksums that came along.

    Raises:
        AwsError: one is wrong, or of a kind that is not computed here.
    """
    if given.get("ChecksumAlgorithm", "CRC32") != "CRC32":
        raise AwsError("NotImplemented", 501, f"The checksum {given['ChecksumAlgorithm']} is not computed here.")
    if given.get("ChecksumCRC32", stored.crc32) != stored.crc32:
        raise AwsError("BadDigest", 400, "The CRC32 you specified did not match the calculated checksum.")
    if "ContentMD5" in given:
        try:
            said = base64.b64decode(given["ContentMD5"], validate=True).hex()
        except (binascii.Error, ValueError):
            raise AwsError("InvalidDigest", 400, "The Content-MD5 you specified is not valid.") from None
        if f'"{said}"' != stored.etag:
            raise AwsError("BadDigest", 400, "The Content-MD5 you specified did not match what we received.")
