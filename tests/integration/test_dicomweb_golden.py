"""Every real file of the corpus: our pixels against DCMTK's and GDCM's bit for bit, our pictures against dcm2pnm's.

Whatever we do not render must be refused by a typed error.
"""

import csv
import subprocess
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image
from pydicom.uid import JPEGLSTransferSyntaxes, JPEGTransferSyntaxes, RLELossless

from config.errors import SenderFault
from viewer_api.indexing import instance_record_parts
from viewer_api.rendering.codecs import Frame
from viewer_api.rendering.grey import WordLayout, stored_values
from viewer_api.rendering.image import StoredImage, read_frame, read_image
from viewer_api.rendering.preview import render_pixels
from viewer_api.rendering.voi import Window

pytestmark = [pytest.mark.foreign, pytest.mark.slow]

WINDOW = Window(1000, 2500)
REFUSED = 60  # files without pixels, archives


class Decoded(NamedTuple):
    image: StoredImage
    frame: Frame


def _files(corpus: Path) -> Iterator[Path]:
    with (corpus / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        for row in csv.DictReader(manifest, delimiter="\t"):
            if (corpus / row["path"]).is_file():
                yield corpus / row["path"]


def _decode(path: Path) -> Decoded | None:
    with path.open("rb") as source:
        try:
            image = read_image(source)
            return Decoded(image, read_frame(source, image, image.format.frames - 1))
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
    compared = 0
    for number, path in enumerate(_files(shared_corpus)):
        decoded = _decode(path)
        if decoded is None or decoded.image.fragments is None:
            continue
        program, *options = _decompressor(decoded.image.transfer_syntax)
        plain = tmp_path / f"{number}.dcm"
        subprocess.run([foreign_program(program), *options, path, plain], check=True, capture_output=True)
        peer = _decode(plain)
        assert peer is not None, path.name
        assert np.array_equal(_values(decoded), _values(peer)), path.name
        plain.unlink()
        compared += 1
    assert compared > 80


def test_pictures_of_uncompressed_files_equal_dcmtk_s_within_one_grey_level(
    shared_corpus: Path, foreign_program: Callable[[str], str], tmp_path: Path
) -> None:
    compared = refused = 0
    picture = tmp_path / "peer.png"
    for path in _files(shared_corpus):
        decoded = _decode(path)
        if decoded is None:
            refused += 1
            continue
        image = decoded.image
        if not image.format.monochrome or image.fragments is not None:
            continue
        ours = render_pixels(decoded.frame, image, image.format.frames - 1, WINDOW)
        if ours.ndim == 3:
            continue  # a supplemental palette, which dcm2pnm passes over
        options = ["-O", "+on", "+F", str(image.format.frames), "+Ww", str(WINDOW.center), str(WINDOW.width)]
        picture.unlink(missing_ok=True)
        subprocess.run([foreign_program("dcm2pnm"), *options, path, picture], check=True, capture_output=True)
        theirs = np.asarray(Image.open(picture).convert("L")).astype(int)
        assert np.abs(theirs - ours).max() <= 1, path.name
        compared += 1
    assert compared > 180
    assert refused <= REFUSED


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
