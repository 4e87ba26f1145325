"""Each codec of the table on real frames: milliseconds of processor time, and whether it gives the same bits.

    python tests/benchmarks/bench_codecs.py FOLDER [--rounds 5]

For each transfer syntax the frames of a folder are decoded by every codec that `viewer_api.rendering.codecs` lists for
it, in their order; the first should be the fastest of those that agree. Lossy codecs may differ by rounding; without
loss any difference is an error.
"""

import argparse
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from config.errors import SenderFault
from viewer_api.rendering.codecs import CODECS
from viewer_api.rendering.image import StoredImage, compressed_frame, read_image

_LARGEST = 1 << 21


def frames_of(folder: Path) -> dict[str, list[tuple[bytes, StoredImage]]]:
    """Return the first frame of each compressed file, by transfer syntax."""
    found = defaultdict(list)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as source:
            try:
                image = read_image(source)
                if image.fragments is not None and image.format.rows * image.format.columns <= _LARGEST:
                    found[str(image.transfer_syntax)].append((compressed_frame(source, image, 0), image))
            except SenderFault:
                continue
    return found


def main() -> None:
    """Measure and print a line for each codec of each syntax."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    for syntax, frames in frames_of(arguments.folder).items():
        if syntax not in CODECS:
            continue
        print(f"{frames[0][1].transfer_syntax.name}, {len(frames)} frames")
        first: list[np.ndarray] = []
        for place, codec in enumerate(CODECS[syntax]):
            spent, failed, apart = 0.0, 0, 0
            for number, (frame, image) in enumerate(frames):
                try:
                    codec(frame, image.format, syntax)
                    begin = time.process_time()
                    for _ in range(arguments.rounds):
                        pixels, _space = codec(frame, image.format, syntax)
                    spent += (time.process_time() - begin) / arguments.rounds
                except Exception:  # noqa: BLE001 - that a codec fails is the finding
                    failed += 1
                    pixels = np.zeros(0)
                if place == 0:
                    first.append(pixels)
                elif pixels.size and first[number].size:
                    apart = max(apart, int(np.abs(pixels.astype(int) - first[number]).max()))
            measured = max(1, len(frames) - failed)
            name = getattr(codec, "__qualname__", "").split(".")[0]
            print(f"  {place + 1}. {name:22} {spent / measured * 1000:8.2f} ms a frame, {failed} failed, {apart} apart")


if __name__ == "__main__":
    main()
