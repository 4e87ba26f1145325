"""A reader of whole images, and a writer of small UDF volumes in every way of burning them (ECMA-167, OSTA UDF).

Nothing of the writer comes from our reader. What it writes, 7-Zip reads too (`test_udf.py` asks it where it is there).
"""

import binascii
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.errors import Malformed
from config.settings import Uploads
from gateway.bundles import members

_DOMAIN = b"\0*OSTA UDF Compliant".ljust(24, b"\0") + b"\x50\x02".ljust(8, b"\0")
_START = 300  # the partition's first sector
_DATA = 1024  # the block where the contents of files begin
_PACKET = 16
_SPARED, _SPARE_SECTOR = 1024, 280  # the packet that was worn out, and where its replacement lies


@dataclass
class UdfWriter:
    """One volume. `kind` is the partition's: plain, virtual, sparable or metadata; `form` that of extents."""

    kind: str = "plain"
    block: int = 2048
    form: str = "short"
    extended: bool = False
    table_1_50: bool = False
    meta: list[bytes] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)

    @staticmethod
    def tagged(identifier: int, location: int, body: bytes) -> bytes:
        """Return a descriptor under its tag (ECMA-167 3/7.2)."""
        head = struct.pack("<HHBBHHHL", identifier, 3, 0, 0, 1, binascii.crc_hqx(body, 0), len(body), location)
        return head[:4] + bytes([(sum(head[:4]) + sum(head[5:])) & 0xFF]) + head[5:] + body

    def image(self, files: dict[str, bytes]) -> bytes:
        """Return the image of a volume with files; a value None in the place of a content is a symbolic link."""
        tree: dict = {}
        for path, content in files.items():
            *folders, name = path.split("/")
            folder = tree
            for each in folders:
                folder = folder.setdefault(each, {})
            folder[name] = content
        self._add(b"")  # the file set comes first
        root = self._folder(tree)
        self.meta[0] = self.tagged(256, 0, bytes(384) + self._long(self.block, root, meta=True) + _DOMAIN + bytes(64))
        return self._volume()

    def _add(self, block: bytes) -> int:
        self.meta.append(block)
        return len(self.meta) - 1

    @property
    def _meta_partition(self) -> int:
        return 1 if self.kind in {"virtual", "metadata"} else 0

    def _long(self, length: int, block: int, *, meta: bool) -> bytes:
        return struct.pack("<LLH6x", length, block, self._meta_partition if meta else 0)

    def _folder(self, tree: dict) -> int:
        number = self._add(b"")
        identifiers = self._identifier("", number, 0x0A)
        for name, content in tree.items():
            folder = isinstance(content, dict)
            entry = self._folder(content) if folder else self._file(content)
            identifiers += self._identifier(name, entry, 2 if folder else 0)
        blocks = [identifiers[at : at + self.block] for at in range(0, len(identifiers), self.block)]
        if len(identifiers) <= self.block - 300:
            self.meta[number] = self._entry(4, len(identifiers), 3, identifiers, number)
        else:
            first, *_ = [self._add(block) for block in blocks]
            packed = struct.pack("<LL", len(identifiers), first)
            self.meta[number] = self._entry(4, len(identifiers), 0, packed, number)
        return number

    def _identifier(self, name: str, entry: int, characteristics: int) -> bytes:
        wide = not name.isascii()
        stored = (b"\x10" + name.encode("utf-16-be") if wide else b"\x08" + name.encode()) if name else b""
        body = struct.pack("<HBB", 1, characteristics, len(stored)) + self._long(self.block, entry, meta=True)
        body += struct.pack("<H", 0) + stored
        body += bytes(-(len(body) + 16) % 4)
        return self.tagged(257, 0, body)

    def _file(self, content: bytes | None) -> int:
        number = self._add(b"")
        if content is None:
            self.meta[number] = self._entry(12, 4, 3, b"\x04\0\0\0", number)
        elif self.form == "embedded" and len(content) < self.block - 300:
            self.meta[number] = self._entry(5, len(content), 3, content, number)
        else:
            form = 1 if self.form in {"long", "continued"} or self._meta_partition else 0
            extents = self._extents(content, form)
            if self.form == "continued" and len(extents) > 16:
                rest = extents[16:]
                more = self._add(b"")
                self.meta[more] = self.tagged(258, more, struct.pack("<LL", 0, len(rest)) + rest)
                extents = extents[:16] + struct.pack("<LLH6x", 3 << 30 | self.block, more, self._meta_partition)
            self.meta[number] = self._entry(5, len(content), form, extents, number)
        return number

    def _extents(self, content: bytes, form: int) -> bytes:
        """Lay a content down in extents of up to three blocks, with a gap behind each; zeros are not recorded."""
        packed, step = b"", 3 * self.block
        for at in range(0, len(content), step):
            part = content[at : at + step]
            recorded = 0 if any(part) else 2 << 30
            packed += struct.pack("<LL", recorded | len(part), _DATA + len(self.data))
            packed += b"" if form == 0 else struct.pack("<H6x", 0)
            if not recorded:
                self.data += [part[each : each + self.block] for each in range(0, len(part), self.block)]
                self.data.append(b"a gap between two extents")
        return packed

    def _entry(self, file_type: int, size: int, form: int, allocations: bytes, location: int) -> bytes:
        icb = struct.pack("<LHHHBB6xH", 0, 4, 0, 1, 0, file_type, form)
        if self.extended:
            body = (
                icb + bytes(20) + struct.pack("<QQ", size, size) + bytes(136) + struct.pack("<LL", 0, len(allocations))
            )
        else:
            body = icb + bytes(20) + struct.pack("<Q", size) + bytes(104) + struct.pack("<LL", 0, len(allocations))
        return self.tagged(266 if self.extended else 261, location, body + allocations)

    def _volume(self) -> bytes:
        """Place everything: recognition sequence, anchor, volume descriptors, partition."""
        blocks: dict[int, bytes] = {_DATA + number: block for number, block in enumerate(self.data)}
        place = {
            "plain": lambda number: number,
            "sparable": lambda number: number,
            "virtual": lambda number: 7 + number * 3,
            "metadata": lambda number: 20 + number if number < 3 else 200 + number,
        }[self.kind]
        blocks |= {place(number): block for number, block in enumerate(self.meta)}
        if self.kind == "metadata":
            extents = struct.pack("<LLLL", 3 * self.block, 20, (len(self.meta) - 3) * self.block, 203)
            blocks[10] = b"scratched"
            blocks[11] = self._entry(251, len(self.meta) * self.block, 0, extents, 11)
        last = max([*blocks, _DATA + 32]) + 1
        if self.kind == "virtual":
            blocks[last] = self._allocation_table([place(number) for number in range(len(self.meta))], last)
        sectors = {_START + number: block for number, block in blocks.items()}
        if self.kind == "sparable":
            for number in range(_PACKET):
                sectors[_SPARE_SECTOR + number] = sectors.get(_START + _SPARED + number, b"")
                sectors[_START + _SPARED + number] = b"worn out"
            sectors[270] = self._sparing_table()
        sectors |= self._descriptors(260, last + 1) | self._descriptors(240, last + 1)
        sectors[256] = self.tagged(
            2, 256, struct.pack("<LLLL", 16 * self.block, 260, 16 * self.block, 240) + bytes(480)
        )
        image = bytearray((_START + last + 1) * self.block)
        for number, data in sectors.items():
            image[number * self.block : number * self.block + len(data)] = data
        for number, mark in enumerate((b"BEA01", b"NSR03", b"TEA01")):
            at = 32768 + number * max(2048, self.block)
            image[at : at + 7] = b"\0" + mark + b"\1"
        return bytes(image)

    def _allocation_table(self, table: list[int], location: int) -> bytes:
        packed = struct.pack(f"<{len(table)}L", *table)
        if self.table_1_50:
            content = packed + b"\0*UDF Virtual Alloc Tbl".ljust(32, b"\0") + struct.pack("<L", 0xFFFFFFFF)
        else:
            content = struct.pack("<HH", 152, 0).ljust(152, b"\0") + packed
        return self._entry(0 if self.table_1_50 else 248, len(content), 3, content, location)

    def _sparing_table(self) -> bytes:
        body = b"\0*UDF Sparing Table".ljust(32, b"\0") + struct.pack("<HHL", 1, 0, 1)
        return self.tagged(0, 270, body + struct.pack("<LL", _SPARED, _SPARE_SECTOR))

    def _descriptors(self, at: int, size: int) -> dict[int, bytes]:
        """Return primary, partition and logical volume descriptor and the end of the sequence (ECMA-167 3/10)."""
        maps = struct.pack("<BBHH", 1, 6, 1, 0)
        named = {"virtual": b"*UDF Virtual Partition", "sparable": b"*UDF Sparable Partition"}
        named["metadata"] = b"*UDF Metadata Partition"
        if self.kind != "plain":
            second = struct.pack("<BB2xB23s8xHH", 2, 64, 0, named[self.kind], 1, 0)
            if self.kind == "sparable":
                maps, second = b"", second + struct.pack("<HBxLL", _PACKET, 1, 512, 270)
            elif self.kind == "metadata":
                second += struct.pack("<LLLLHB", 10, 11, 0xFFFFFFFF, 1, 1, 0)
            maps += second.ljust(64, b"\0")
        logical = struct.pack("<L64s128sL32s", 2, b"\0OSTA Compressed Unicode", bytes(128), self.block, _DOMAIN)
        logical += self._long(self.block, 0, meta=True)
        logical += (
            struct.pack("<LL", len(maps), maps and 1 + (self.kind in {"virtual", "metadata"})) + bytes(168) + maps
        )
        partition = struct.pack("<LHH32s128sLLL", 3, 1, 0, b"\0+NSR03", bytes(128), 1, _START, size) + bytes(316)
        return {
            at: self.tagged(1, at, struct.pack("<L", 1) + bytes(492)),
            at + 1: self.tagged(5, at + 1, partition),
            at + 2: self.tagged(6, at + 2, logical),
            at + 3: self.tagged(8, at + 3, bytes(496)),
        }


@pytest.fixture
def udf() -> type[UdfWriter]:
    """Return the writer: `udf(kind=..., form=...).image(files)`."""
    return UdfWriter


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., dict[str, bytes | str]]:
    """Return a reader of an image: the content of each file, or what is wrong with it."""

    def run(data: bytes, **limits: int) -> dict[str, bytes | str]:
        (tmp_path / "image").write_bytes(data)
        found: dict[str, bytes | str] = {}
        for member in members(tmp_path / "image", Uploads(**limits), name="cd", scratch=tmp_path):
            assert member.path not in found
            try:
                with member.open() as stream:
                    found[member.path] = member.problem or stream.read()
            except Malformed as error:
                found[member.path] = str(error)
        return found

    return run
