"""How much of burned-in text is found, how much is blacked in vain, and what it costs: by screening, and by reading.

    python tests/benchmarks/bench_burned_in.py [--images 24] [--frames 30]

Recall is the share of the ink of identities that boxes cover, over all images of a set: what is blacked without anybody
looking. How many images are sent to a person, since something in them is unsure, is counted beside it and adds nothing
to it. Over-redaction is the share of area that is blacked in images without an identity, which bear marks and scales.
The cost is processor time of one core, of all images and of those of ultrasound. Writing of dots, of seven strokes and
by hand has sets of its own. Thresholds were tried on the sets that are not held out, never on those. Reading needs
RapidOCR (the extra `ocr`); without it the screening alone is measured, which finds more than text.
"""

import argparse
import os
import time
from collections.abc import Callable
from statistics import median

import numpy as np
from banners import Case, film, make
from held_out_banners import make_held_out
from unusual_writing import KEPT, KINDS, TRIED, make_unusual

os.environ.setdefault("OMP_NUM_THREADS", "1")

from anonymizer.pixels import Box, Seen, can_read_text, find_text, text_candidates
from anonymizer.pixels.verification import mask_of

Finder = Callable[[Case], tuple[tuple[Box, ...], bool]]


def screened(case: Case) -> tuple[tuple[Box, ...], bool]:
    """Return what the screening alone finds, and that a person looks at the image where that is anything."""
    boxes = text_candidates(case.grey)
    return boxes, bool(boxes)


def read(case: Case) -> tuple[tuple[Box, ...], bool]:
    """Return what is blacked where text is read, and whether a person looks at the image."""
    found = find_text((case.grey,))
    return found.boxes, found.unsure


def measured(cases: list[Case], finder: Finder) -> tuple[float, float, int, list[float]]:
    """Return the recall by ink, the blacked share of area, the images for a person, and milliseconds for each image."""
    covered = ink = sent = 0
    shares, costs = [], []
    for case in cases:
        begin = time.process_time()
        boxes, unsure = finder(case)
        sent += unsure
        costs.append(1000 * (time.process_time() - begin))
        mask = mask_of(boxes, case.grey.shape[1], case.grey.shape[0])
        covered += int((mask & case.ink).sum())
        ink += int(case.ink.sum())
        shares.append(float(mask.mean()))
    return covered / max(ink, 1), float(np.mean(shares)), sent, costs


def measured_film(frames: list[Case]) -> tuple[float, float]:
    """Return recall and milliseconds a frame when a film is read as the pipeline does: what changed is looked at."""
    begin, boxes, seen = time.process_time(), (), Seen()
    for case in frames:
        view = np.where(mask_of(boxes, case.grey.shape[1], case.grey.shape[0]), 0, case.grey).astype(np.uint8)
        boxes = tuple({*boxes, *find_text((view,), seen).boxes})
    spent = 1000 * (time.process_time() - begin) / len(frames)
    mask = mask_of(boxes, frames[0].grey.shape[1], frames[0].grey.shape[0])
    ink = sum(int(case.ink.sum()) for case in frames)
    return sum(int((mask & case.ink).sum()) for case in frames) / ink, spent


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--frames", type=int, default=30)
    arguments = parser.parse_args()
    sets = {
        f"{name}{family}": [how(number, hard=hard, text=text) for number in range(arguments.images)]
        for family, how in (("", make), (", held out", make_held_out))
        for name, hard, text in (("standard", False, True), ("hard", True, True), ("no identity", False, False))
    }
    for kind in KINDS:
        for family, seed in (("", TRIED), (", held out", KEPT)):
            sets[f"{kind}{family}"] = [make_unusual(kind, number, seed) for number in range(arguments.images)]
    finders: dict[str, Finder] = {"screening": screened}
    if can_read_text():
        finders["reading"] = read
    print(
        f"{'':12} {'set':26} {'recall %':>9} {'blacked %':>10} {'to a person':>11} {'median ms':>10} {'ultrasound':>11}"
    )
    for name, finder in finders.items():
        finder(next(iter(sets.values()))[0])
        for which, cases in sets.items():
            recall, share, sent, costs = measured(cases, finder)
            shown = "-" if which.startswith("no identity") else f"{100 * recall:.2f}"
            sound = median(cost for cost, case in zip(costs, cases, strict=True) if case.ground == "sector")
            print(
                f"{name:12} {which:26} {shown:>9} {100 * share:10.3f} {sent:11} {median(costs):10.0f} {sound:11.0f}",
                flush=True,
            )
    if can_read_text():
        recall, spent = measured_film(film(1, arguments.frames))
        print(f"{'reading':12} {'film':26} {100 * recall:9.2f} {'':22} {spent:10.0f}  ({arguments.frames} frames)")


if __name__ == "__main__":
    main()
