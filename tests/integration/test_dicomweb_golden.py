"""Real files: our pixels against DCMTK's and GDCM's bit for bit, our pictures against dcm2pnm's and its siblings'.

A sample of them, or with OVERREAD_WHOLE_CORPUS=1 all.

Whatever we do not render must be refused by a typed error.
"""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from pydicom.uid import JPEG2000, JPEGLSTransferSyntaxes, JPEGTransferSyntaxes, RLELossless

from config.errors import SenderFault
from viewer_api.indexing import instance_record_parts
from viewer_api.rendering.frame import Frame
from viewer_api.rendering.grey import WordLayout, stored_values
from viewer_api.rendering.image import StoredImage, compressed_frame, read_frame, read_image

pytestmark = [pytest.mark.foreign, pytest.mark.slow]

EVERY = 1 if os.environ.get("OVERREAD_WHOLE_CORPUS") == "1" else 6
SAMPLE = 1 if EVERY == 1 else 12
COMPARE = Path(__file__).parents[1] / "benchmarks" / "compare_pictures.py"


class Decoded(NamedTuple):
    image: StoredImage
    frame: Frame
    codestream: bytes


def _files(corpus: Path) -> Iterator[Path]:
    with (corpus / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        for row in csv.DictReader(manifest, delimiter="\t"):
            if (corpus / row["path"]).is_file():
                yield corpus / row["path"]


def _decode(path: Path) -> Decoded | None:
    with path.open("rb") as source:
        try:
            image = read_image(source)
            last = image.format.frames - 1
            codestream = b"" if image.fragments is None else compressed_frame(source, image, last)
            return Decoded(image, read_frame(source, image, last), codestream)
        except SenderFault as error:
            assert str(error)
            return None


def _decompressor(syntax: str) -> list[str]:
    if syntax in JPEGTransferSyntaxes:
        return ["dcmdjpeg", "+cn"]
    if syntax in JPEGLSTransferSyntaxes:
        return ["dcmdjpls"]
    return ["dcmdrle"] if syntax == RLELossless else ["gdcmconv", "--raw"]


def _values(decoded: Decoded) -> np.ndarray:
    layout = decoded.image.format
    return stored_values(
        decoded.frame, WordLayout(layout.allocated, layout.stored, decoded.frame.high_bit, layout.signed)
    )


def test_compressed_pixels_equal_the_peers_bit_for_bit(
    shared_corpus: Path, foreign_program: Callable[[str], str], tmp_path: Path
) -> None:
    compressed = [path for path in _files(shared_corpus) if _is_compressed(path)]
    assert len(compressed) > 80
    for number, path in enumerate(compressed[::EVERY]):
        decoded = _decode(path)
        assert decoded is not None, path.name
        syntax = decoded.image.transfer_syntax
        program, *options = _decompressor(syntax)
        plain = tmp_path / f"{number}.dcm"
        subprocess.run([foreign_program(program), *options, path, plain], check=True, capture_output=True)
        peer = _decode(plain)
        assert peer is not None, path.name
        apart = np.abs(_values(decoded).astype(int) - _values(peer)).max()
        assert apart <= (1 if syntax == JPEG2000 else 0), path.name  # its colours go through floating point
        plain.unlink()


def test_pictures_equal_the_peers_within_one_grey_level_or_the_peer_s_error_is_known(
    shared_corpus: Path, foreign_program: Callable[[str], str]
) -> None:
    for program in ("dcm2pnm", "dcmj2pnm", "dcml2pnm", "gdcmconv"):
        foreign_program(program)
    command = [sys.executable, COMPARE, shared_corpus, "--json", "--every", str(SAMPLE)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=1200)
    rows = json.loads(done.stdout)
    compared = [row for row in rows if row["greatest"] is not None]
    assert [row for row in compared if row["greatest"] > 1 and not row["explained"]] == []
    missing = [row["reason"] for row in rows if row["greatest"] is None and "no pixel data" not in row["reason"]]
    assert missing.count("the peer renders no picture") == len(missing) <= 2
    assert len(compared) > 400 // SAMPLE


LOSSLESS_TWINS = ("JPLL", "JLSL", "J2KR")


def test_images_of_nema_s_working_group_4_equal_their_uncompressed_twins(shared_corpus: Path) -> None:
    families = _working_group_4(shared_corpus)
    exact = 0
    for kinds in families.values():
        twin = next((kinds[kind] for kind in ("UNC", *LOSSLESS_TWINS) if kind in kinds), None)
        if twin is None:
            continue
        for kind, decoded in kinds.items():
            apart = np.abs(_values(decoded).astype(int) - _values(twin)).max()
            if kind in ("UNC", *LOSSLESS_TWINS):
                assert apart == 0, kind
                exact += kind != "UNC"
            elif kind == "JLSN":
                assert apart <= _near(decoded), kind
    assert exact >= 15


def _working_group_4(corpus: Path) -> dict[str, dict[str, Decoded]]:
    """Return the images by name, each by the syntax it is in."""
    families: dict[str, dict[str, Decoded]] = {}
    for path in corpus.rglob("*"):
        name, _, kind = path.name.removesuffix(".dcm").partition("_")
        if path.is_file() and kind in ("UNC", *LOSSLESS_TWINS, "J2KI", "JLSN"):
            decoded = _decode(path)
            assert decoded is not None, path.name
            families.setdefault(name, {})[kind] = decoded
    return families


def _near(decoded: Decoded) -> int:
    """Return the bound that a JPEG-LS codestream states: NEAR, in its scan header (ITU-T T.87 C.2.3)."""
    scan = decoded.codestream.index(b"\xff\xda")
    return decoded.codestream[scan + 5 + 2 * decoded.codestream[scan + 4]]


def _is_compressed(path: Path) -> bool:
    with path.open("rb") as source:
        try:
            return read_image(source).fragments is not None
        except SenderFault:
            return False


def test_every_file_is_indexed_or_refused(shared_corpus: Path) -> None:
    indexed = 0
    for path in _files(shared_corpus):
        try:
            header = instance_record_parts(BytesIO(path.read_bytes()))
        except SenderFault:
            continue
        assert header.attributes["00080018"]["Value"] == [header.sop_instance_uid]
        indexed += 1
    assert indexed > 350
