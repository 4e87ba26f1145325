"""Every image of a folder rendered by us and by a foreign program: how far the greys and colours are apart.

    python tests/benchmarks/compare_pictures.py FOLDER [--every 1] [--json]

Each image is shown in one window from the lowest to the highest value of its frame, by us and by DCMTK's dcm2pnm,
dcmj2pnm or dcml2pnm; what DCMTK does not decode is decompressed by GDCM before. First, middle and last frame are
compared. What we show beyond the peer (ICC profiles, supplemental palettes, colours of segments) is left off for the
comparison and named in the row. Prints the rows that differ by more than one of 255 greys, then a summary.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset

from config.errors import SenderFault
from viewer_api.rendering.frame import Frame
from viewer_api.rendering.grey import WordLayout, stored_values
from viewer_api.rendering.grey_rules import read_grey_rules
from viewer_api.rendering.image import StoredImage, read_frame, read_image
from viewer_api.rendering.preview import render_pixels
from viewer_api.rendering.voi import Window

BEYOND_PEERS = ("ICCProfile", "OpticalPathSequence", "PixelPresentation")
EXPLAINED = {
    "rt-utils/": "a rescale slope of 0.001: DCMTK computes in whole units of the modality and shows 19 greys",
    "IM00001.fragmented": "DCMTK's YBR to RGB is up to 1.9 from the equations of PS3.3 C.7.6.3.1.2, ours up to 1.0",
    "CTImage.dcm_JPEG2000": "the rescale is written with VR UN, which DCMTK passes over",
    "CTImage.dcm_JPEGLSLossy": "the rescale is written with VR UN, which DCMTK passes over",
}
"""Where a peer is wrong, by a part of the path (docs/rendering.md)."""
NATIVE = (uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian, uid.RLELossless)


@dataclass(frozen=True)
class Row:
    """One frame compared: the greatest and the mean difference, or why there is none."""

    path: str
    syntax: str
    photometric: str
    frame: int
    peer: str
    greatest: int | None
    mean: float | None
    beyond: str
    reason: str = ""

    @property
    def explained(self) -> str:
        """Return why the peer is wrong, or ""."""
        return next((why for part, why in EXPLAINED.items() if part in self.path), "")


def compare(path: Path, name: str, folder: Path) -> Iterator[Row]:
    """Yield a row for each compared frame of a file."""
    with path.open("rb") as source:
        try:
            image = read_image(source)
        except SenderFault as error:
            yield Row(name, "", "", 0, "", None, None, "", f"refused: {error}")
            return
        peer = Peer(path, image, folder)
        for index in sorted({0, image.format.frames // 2, image.format.frames - 1}):
            syntax, photometric = image.transfer_syntax.name, image.format.photometric
            try:
                frame = read_frame(source, image, index)
                window = full_window(frame, image, index)
                plain, beyond = like_the_peer(image)
                ours = render_pixels(frame, plain, index, window)
            except SenderFault as error:
                yield Row(name, syntax, photometric, index + 1, "", None, None, "", f"refused: {error}")
                continue
            theirs = peer.picture(index, window, colour=ours.ndim == 3)
            if theirs is None or theirs.shape != ours.shape:
                reason = "the peer renders no picture" if theirs is None else f"the peer's picture is {theirs.shape}"
                yield Row(name, syntax, photometric, index + 1, peer.name, None, None, beyond, reason)
                continue
            apart = np.abs(theirs.astype(int) - ours)
            row = Row(name, syntax, photometric, index + 1, peer.name, int(apart.max()), float(apart.mean()), beyond)
            yield row


def full_window(frame: Frame, image: StoredImage, index: int) -> Window | None:
    """Return the window from the lowest to the highest value of a grey frame, as PS3.3 C.11.2.1.2.1 counts width."""
    if not image.format.monochrome:
        return None
    format_ = image.format
    stored = stored_values(frame, WordLayout(format_.allocated, format_.stored, frame.high_bit, format_.signed))
    rules = read_grey_rules(image, index)
    values = rules.modality.apply(np.array([stored.min(), stored.max()]))
    lowest, highest = sorted(float(value) for value in values)
    return Window((lowest + highest + 1) / 2, max(2.0, highest - lowest + 1))


def like_the_peer(image: StoredImage) -> tuple[StoredImage, str]:
    """Return the image without what the peers pass over, and the names of that."""
    beyond = [keyword for keyword in BEYOND_PEERS if keyword in image.header]
    header = Dataset(image.header)
    for keyword in beyond:
        delattr(header, keyword)
    return replace(image, header=header), " ".join(beyond)


class Peer:
    """The foreign program for a file, decompressed once where need be."""

    def __init__(self, path: Path, image: StoredImage, folder: Path) -> None:
        self._path, self._folder = path, folder
        self.name = "dcm2pnm"
        syntax = image.transfer_syntax
        if syntax in (uid.JPEGLSLossless, uid.JPEGLSNearLossless):
            self.name = "dcml2pnm"
        elif syntax in uid.JPEGTransferSyntaxes:
            self.name = "dcmj2pnm"
        elif syntax not in NATIVE and not syntax.is_deflated:
            self._decompress()

    def picture(self, index: int, window: Window | None, *, colour: bool) -> NDArray[np.uint8] | None:
        """Return the peer's picture of a frame counted from 0, or None."""
        shown = self._shown(index, window, colour=colour)
        if shown is None and "gdcmconv" not in self.name:  # DCMTK finds no frames without an offset table
            self._decompress()
            shown = self._shown(index, window, colour=colour)
        return shown

    def _decompress(self) -> None:
        self.name, plain = "gdcmconv+dcm2pnm", self._folder / "plain.dcm"
        plain.unlink(missing_ok=True)
        subprocess.run(["gdcmconv", "--raw", self._path, plain], check=False, capture_output=True)
        self._path = plain

    def _shown(self, index: int, window: Window | None, *, colour: bool) -> NDArray[np.uint8] | None:
        picture = self._folder / "picture.pnm"
        picture.unlink(missing_ok=True)
        options = ["-O", "+F", str(index + 1)]
        if window is not None:
            options += ["+Ww", repr(window.center), repr(window.width)]
        command = [self.name.rsplit("+", 1)[-1], *options, str(self._path), str(picture)]
        subprocess.run(command, check=False, capture_output=True)
        if not picture.is_file():
            return None
        return np.asarray(Image.open(picture).convert("RGB" if colour else "L"))


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="compare each N-th file only")
    parser.add_argument("--json", action="store_true", help="print every row as JSON")
    arguments = parser.parse_args()
    files = sorted(path for path in arguments.folder.rglob("*") if path.is_file())[:: arguments.every]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            with path.open("rb") as file:
                if file.read(132)[128:] != b"DICM":
                    continue
            rows += compare(path, str(path.relative_to(arguments.folder)), Path(folder))
    if arguments.json:
        json.dump([{**asdict(row), "explained": row.explained} for row in rows], sys.stdout)
        return
    for row in rows:
        if row.greatest is None or row.greatest > 1:
            apart = row.reason if row.greatest is None else f"{row.greatest} at most, {row.mean:.4f} in the mean"
            why = f" ({row.explained})" if row.explained else ""
            print(f"{row.path}#{row.frame}  {row.syntax}, {row.photometric}, {row.peer}: {apart}{why}")
    print(Counter("not compared" if row.greatest is None else f"apart by {row.greatest}" for row in rows))


if __name__ == "__main__":
    main()
