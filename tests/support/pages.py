"""Pages of a PDF as a test sees them: the words on each, and what a fax machine makes of them."""

import ctypes
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from pypdfium2 import raw

from bot.paper.phrases import without_marks

_BLACK = bytes(1 if grey < 128 else 0 for grey in range(256))  # a point darker than half is black


@dataclass(frozen=True)
class Picture:
    """A page in black and white; a row is packed eight points a byte, a set bit is white, as PNG has it."""

    width: int
    rows: tuple[bytes, ...]

    def png(self) -> bytes:
        """Write the picture as a PNG of one bit a point."""

        def chunk(name: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        header = struct.pack(">IIBBBBB", self.width, len(self.rows), 1, 0, 0, 0, 0)
        body = zlib.compress(b"".join(b"\0" + row for row in self.rows), 9)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")

    @classmethod
    def read(cls, path: Path) -> "Picture":
        """Read what :meth:`png` wrote."""
        data = path.read_bytes()
        width, height = struct.unpack(">II", data[16:24])
        start = data.index(b"IDAT")
        (length,) = struct.unpack(">I", data[start - 4 : start])
        body = zlib.decompress(data[start + 4 : start + 4 + length])
        step = (width + 7) // 8 + 1
        return cls(width, tuple(body[row * step + 1 : (row + 1) * step] for row in range(height)))


def texts(pdf: bytes) -> list[str]:
    """Return the text of each page, without the marks that say where a line may end."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [without_marks(page.get_textpage().get_text_bounded()) for page in document]


def pictures(pdf: bytes, across: int, down: int | None = None) -> list[Picture]:
    """Draw each page in black and white, as a fax machine has it.

    Params:
        across: points an inch, from left to right.
        down: lines an inch (standard fax has 98, fine 196); as many as ``across`` when left out.
    """
    with pypdfium2.PdfDocument(pdf) as document:
        return [_picture(page, across, down or across) for page in document]


def _picture(page: pypdfium2.PdfPage, across: int, down: int) -> Picture:
    width, height = round(page.get_width() / 72 * across), round(page.get_height() / 72 * down)
    bitmap = raw.FPDFBitmap_CreateEx(width, height, raw.FPDFBitmap_Gray, None, 0)
    raw.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
    raw.FPDF_RenderPageBitmap(bitmap, page.raw, 0, 0, width, height, 0, raw.FPDF_GRAYSCALE)
    stride = raw.FPDFBitmap_GetStride(bitmap)
    grey = ctypes.string_at(raw.FPDFBitmap_GetBuffer(bitmap), stride * height)
    raw.FPDFBitmap_Destroy(bitmap)
    black = grey.translate(_BLACK)
    return Picture(width, tuple(_packed(black[row * stride : row * stride + width]) for row in range(height)))


def _packed(black: bytes) -> bytes:
    """Pack a row of points, one a byte and 1 for black, into bits with 1 for white."""
    padded = black + b"\1" * (-len(black) % 8)
    bits = int(padded.translate(bytes.maketrans(b"\0\1", b"10")), 2)
    return bits.to_bytes(len(padded) // 8, "big")
