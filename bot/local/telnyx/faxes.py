"""A fax that the stand-in has accepted: what it is, how Telnyx shows it, and its pages for people and tests."""

import json
import struct
import threading
import zlib
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pypdfium2

from .refusals import JSON

_TIMES = frozenset({"created_at", "updated_at"})
_DPI = 102
_ONE_AT_A_TIME = threading.Lock()
"""PDFium, which reads the pages, may be used by one thread at a time."""


@dataclass
class SentFax:
    """A fax; its state goes on with business time."""

    id: str
    to: str = field(repr=False)
    from_number: str = field(repr=False)
    connection_id: str
    media_url: str = field(repr=False)
    created_at: datetime
    updated_at: datetime
    client_state: str | None = None
    webhook_url: str | None = field(default=None, repr=False)
    quality: str = "normal"
    outcome: str | None = None
    """What becomes of it if nothing else is decided: None is delivered, else why it fails."""
    held: bool = False
    """Whether its state waits for the next decision."""
    status: str = "queued"
    failure_reason: str | None = None
    pages: int | None = None
    pdf: bytes | None = field(default=None, repr=False)
    """What was fetched from the link; None: nothing yet, or nothing that is a fax."""

    @property
    def media_key(self) -> str:
        """The path of the link, without its signature."""
        return unquote(urlsplit(self.media_url).path).lstrip("/")

    @property
    def ended(self) -> bool:
        """Whether nothing more becomes of it."""
        return self.status in {"delivered", "failed"}

    def shown(self) -> JSON:
        """Return it as Telnyx answers it."""
        return {
            "id": self.id,
            "record_type": "fax",
            "connection_id": self.connection_id,
            "direction": "outbound",
            "from": self.from_number,
            "to": self.to,
            "status": self.status,
            "failure_reason": self.failure_reason,
            "client_state": self.client_state,
            "media_url": self.media_url,
            "quality": self.quality,
            "webhook_url": self.webhook_url,
            "page_count": self.pages if self.status == "delivered" else None,
            "created_at": _wire(self.created_at),
            "updated_at": _wire(self.updated_at),
        }

    def page_texts(self) -> list[str]:
        """Return the text of each page."""
        if self.pdf is None:
            return []
        with _ONE_AT_A_TIME, pypdfium2.PdfDocument(self.pdf) as document:
            return [str(page.get_textpage().get_text_bounded()) for page in document]

    def page_pictures(self) -> list[bytes]:
        """Return a picture of each page, PNG in shades of grey."""
        if self.pdf is None:
            return []
        with _ONE_AT_A_TIME, pypdfium2.PdfDocument(self.pdf) as document:
            return [_picture(page.render(scale=_DPI / 72, grayscale=True)) for page in document]

    def keep(self, folder: Path) -> None:
        """Write it into a folder: its facts as JSON, its pages as PDF."""
        facts = {name: value for name, value in asdict(self).items() if name != "pdf"}
        facts |= {name: facts[name].isoformat() for name in _TIMES}
        (folder / f"{self.id}.json").write_text(json.dumps(facts, indent=1))
        if self.pdf is not None and not (kept := folder / f"{self.id}.pdf").exists():
            kept.write_bytes(self.pdf)


def read_kept(folder: Path) -> list[SentFax]:
    """Read what :meth:`SentFax.keep` wrote, oldest first."""
    known = {one.name for one in fields(SentFax)}
    found = []
    for path in folder.glob("*.json"):
        facts = {name: value for name, value in json.loads(path.read_text()).items() if name in known}
        facts |= {name: datetime.fromisoformat(facts[name]) for name in _TIMES}
        pages = path.with_suffix(".pdf")
        found.append(SentFax(**facts, pdf=pages.read_bytes() if pages.exists() else None))
    return sorted(found, key=lambda fax: fax.created_at)


def count_pages(pdf: bytes) -> int | None:
    """Count the pages of a PDF; None when it is none."""
    if not pdf.startswith(b"%PDF-"):
        return None
    try:
        with _ONE_AT_A_TIME, pypdfium2.PdfDocument(pdf) as document:
            return len(document) or None
    except pypdfium2.PdfiumError:
        return None


def _wire(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"


def _picture(bitmap: Any) -> bytes:
    """Write a bitmap of shades of grey as PNG."""
    rows, stride = bytes(bitmap.buffer), bitmap.stride
    lines = b"".join(b"\0" + rows[y * stride : y * stride + bitmap.width] for y in range(bitmap.height))
    head = struct.pack(">IIBBBBB", bitmap.width, bitmap.height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
