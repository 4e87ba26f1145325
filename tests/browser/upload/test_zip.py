"""The zip that the browser makes is read by others, with files and a whole of any size: its own bytes are looked at at
their places in a file with holes where the content would be, so that no gigabyte has to move.
"""

import base64
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

GIB = 1 << 30

ADDRESS = "() => document.querySelector('script[type=module]').src.replace(/\\/[^/]*$/, '')"
# Returns the zip's own bytes as [place, base64] and its length. A file is [name, size], or [name, text] with content.
PARTS = """async ([address, files]) => {
  const { planZip, zipParts } = await import(address + "/zip_stream.js");
  const { crc32 } = await import(address + "/crc32.js");
  const made = (is) => (typeof is === "number" ? { size: is } : new Blob([is]));
  const plan = planZip(files.map(([path, is]) => ({ path, file: made(is) })));
  const base64 = (bytes) => {
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text);
  };
  const parts = [];
  let place = 0, from = 0, run = [];
  const flush = () => {
    const all = new Uint8Array(run.reduce((sum, each) => sum + each.length, 0));
    let at = 0;
    for (const each of run) { all.set(each, at); at += each.length; }
    if (all.length) parts.push([from, base64(all)]);
    run = [];
  };
  const put = (bytes) => { run.push(bytes); place += bytes.length; };
  for (const part of zipParts(plan)) {
    if (part instanceof Uint8Array) { put(part); continue; }
    if (part.file instanceof Blob) {
      const content = new Uint8Array(await part.file.arrayBuffer());
      part.crc = crc32(content);
      put(content);
    } else if (part.file.size) {
      flush();
      place += part.file.size;
      from = place;
    }
  }
  flush();
  return { parts, place, length: plan.length };
}"""


@pytest.fixture
def module(hospital, visit, begin):
    """Return a page that has the modules."""
    return begin(visit(hospital.link()))


@pytest.fixture
def written(module, tmp_path):
    """Return a maker of such a file, of what `PARTS` takes."""

    def write(files: list[tuple[str, int | str]]) -> Path:
        made = module.evaluate(PARTS, [module.evaluate(ADDRESS), files])
        assert made["place"] == made["length"], "the length was promised before the first byte"
        path = tmp_path / "made.zip"
        with path.open("wb") as file:
            for place, text in made["parts"]:
                file.seek(place)
                file.write(base64.b64decode(text))
        assert path.stat().st_size == made["length"]
        return path

    return write


def test_files_and_places_beyond_four_gibibytes_are_written_as_zip64_and_found_again(written):
    files = [
        ("before", "content"),
        ("just below", 4 * GIB - 2),
        ("at", 4 * GIB - 1),
        ("above", 5 * GIB),
        ("Süd/影", "x"),
    ]
    path = written(files)
    with zipfile.ZipFile(path) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
        assert sizes == {name: is_ if isinstance(is_, int) else len(is_) for name, is_ in files}
        assert archive.read("before") == b"content"
        assert archive.read("Süd/影") == b"x"
        assert archive.getinfo("Süd/影").header_offset > 12 * GIB
        for name in ("just below", "at", "above"):
            with archive.open(name) as member:  # the header at its place names the same file
                assert member.read(100) == bytes(100)
        assert [info.extract_version for info in archive.infolist()] == [20, 20, 45, 45, 45]


def test_the_sizes_behind_a_large_file_have_eight_bytes_and_those_behind_a_small_one_four(written):
    path = written([("large", 4 * GIB), ("small", "abc")])
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        small = archive.getinfo("small").header_offset
        file.seek(small - 24)
        large = file.read(24)
        assert (large[:4], int.from_bytes(large[8:16], "little"), large[8:16]) == (b"PK\7\x08", 4 * GIB, large[16:])
        file.seek(archive.start_dir - 16)
        behind = file.read(16)
    assert behind == b"PK\7\x08" + zlib.crc32(b"abc").to_bytes(4, "little") + (3).to_bytes(4, "little") * 2


def test_more_files_than_a_plain_zip_can_count(module):
    said = module.evaluate(
        """async (address) => {
          const { planZip, zipParts } = await import(address + "/zip_stream.js");
          const plan = planZip(Array.from({ length: 65536 }, (_, n) => ({ path: n.toString(16), file: { size: 0 } })));
          let length = 0, last;
          for (const part of zipParts(plan)) if (part instanceof Uint8Array) { length += part.length; last = part; }
          return { length, promised: plan.length, last: [...last] };
        }""",
        module.evaluate(ADDRESS),
    )
    record, locator, plain = bytes(said["last"][:56]), bytes(said["last"][56:76]), bytes(said["last"][76:])
    assert said["length"] == said["promised"]
    assert struct.unpack("<L8xHHLLQQQQ", record)[5:7] == (65_536, 65_536)
    assert struct.unpack("<4sLQL", locator) == (b"PK\6\7", 0, said["length"] - 98, 1)
    assert struct.unpack("<4s4H2LH", plain) == (b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
