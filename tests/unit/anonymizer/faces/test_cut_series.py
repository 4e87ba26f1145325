"""The face of a whole series is cut away, nothing else is, and the result says so."""

from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmread

from anonymizer import Refused
from anonymizer.faces import prove_cut
from tests.unit.anonymizer.faces.heads import AIR, BONE, BRAIN, SKIN, Cut, Series, cut_file, cut_series, plan_of

AIR_STORED = 24  # -1000 HU


def points(series: Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, y and z of every pixel."""
    rows, columns = series.frames.shape[1:]
    down, right = np.arange(rows)[:, None] * series.spacing, np.arange(columns)[None, :] * series.spacing
    places = np.array(series.places)
    return tuple(
        places[:, axis, None, None] + right * series.right[axis] + down * series.down[axis] for axis in range(3)
    )


def test_nose_lips_and_ears_are_air(ct: Cut) -> None:
    x, y, z = points(ct.series)
    gone = ct.after == AIR_STORED
    of_skin = ct.series.kinds == SKIN
    nose = of_skin & (np.abs(x) < 14) & (y < -95) & (z > -40) & (z < 0)
    lips = of_skin & (np.abs(x) < 20) & (y < -92) & (z > -72) & (z < -52)
    chin = of_skin & (np.abs(x) < 15) & (y < -88) & (z > -100) & (z < -80)
    ears = of_skin & (np.abs(x) > 84) & (np.abs(z + 5) < 24)
    for part in (nose, lips, chin):
        assert part.sum() > 20 and gone[part].all()
    assert ears.sum() > 20 and gone[ears].mean() > 0.9


def test_every_part_of_the_skin_of_the_face_is_cut_some_millimetres_deep(ct: Cut) -> None:
    x, y, z = points(ct.series)
    body = ct.series.kinds != AIR
    from_front = np.cumsum(body, axis=1) * body  # pixels of 3 mm
    face = x**2 + (y + 115) ** 2 + (z + 34) ** 2 < 60**2
    first, second = (face & (from_front == number) for number in (1, 2))
    assert first.sum() > 400
    assert (ct.after[first] == AIR_STORED).all() and (ct.after[second] == AIR_STORED).mean() > 0.98


def test_brain_and_back_of_the_head_are_the_same_bit_by_bit(ct: Cut) -> None:
    _, y, z = points(ct.series)
    same = ct.after == ct.before
    assert same[ct.series.kinds == BRAIN].all()
    assert same[y > 40].all() and same[z > 85].all()
    assert same[(ct.series.kinds == BONE) & (y > -40)].all()


def test_what_changed_is_air_now_and_little_of_the_body(ct: Cut) -> None:
    changed = ct.after != ct.before
    assert (ct.after[changed] == AIR_STORED).all()
    assert changed[ct.series.kinds != AIR].mean() < 0.1
    proof = ct.proof()
    assert proof.moved > 0.97 and proof.likeness < 0.5 and 6 < proof.depth < 40


def test_every_image_says_that_it_shows_no_face_and_changed_ones_how(ct: Cut) -> None:
    headers = [dcmread(BytesIO(each)) for each in ct.results]
    assert {header.RecognizableVisualFeatures for header in headers} == {"NO"}
    assert {header.DeidentificationMethodCodeSequence[-1].CodeValue for header in headers} == {"113102"}
    changed = (ct.after != ct.before).any((1, 2))
    assert changed.any() and not changed.all()
    for header, is_changed in zip(headers, changed, strict=True):
        assert header.ImageType[0] == ("DERIVED" if is_changed else "ORIGINAL")
        assert ("DerivationDescription" in header) == is_changed


def test_the_same_slices_in_another_order_give_the_same_cut(ct: Cut) -> None:
    order = np.random.default_rng(3).permutation(len(ct.files))
    plan = plan_of([ct.files[number] for number in order])
    assert np.array_equal(plan.cut.near, ct.plan.cut.near) and np.array_equal(plan.cut.far, ct.plan.cut.far)
    assert cut_file(ct.files[20], plan) == ct.results[20]


@pytest.mark.parametrize(
    "series",
    [
        {"modality": "MR", "right": (0, 1, 0), "down": (0, 0, -1), "begin": (-96, -150, 140), "step": (6, 0, 0),
         "count": 33, "size": (65, 75), "spacing": 4.0},
        {"modality": "MR", "right": (1, 0, 0), "down": (0, 0.94, 0.342), "begin": (-126, -155, -150),
         "step": (0, -0.342 * 6, 0.94 * 6), "count": 46, "size": (78, 64), "spacing": 4.0},
        {"begin": (-126, -160, -112), "step": (0, 1.8, 6), "count": 30, "size": (75, 64), "spacing": 4.0},
        {"scale": 0.85, "begin": (-108, -128, -94), "step": (0, 0, 5), "count": 28},
    ],
    ids=["sagittal", "oblique", "tilted gantry", "child"],
)  # fmt: skip
def test_a_head_is_cut_whichever_way_its_slices_go(series) -> None:
    cut = cut_series(Series(**series))
    changed = cut.after != cut.before
    assert not changed[cut.series.kinds == BRAIN].any()
    x, y, z = (each / series.get("scale", 1) for each in points(cut.series))
    nose = (cut.series.kinds == SKIN) & (np.abs(x) < 12) & (y < -100) & (z > -38) & (z < -5)
    assert nose.sum() > 8 and changed[nose].all()
    assert cut.proof().moved > 0.97


def test_a_face_that_is_left_in_the_files_is_seen(ct: Cut) -> None:
    with pytest.raises(Refused, match="may still be known"):
        prove_cut(ct.plan, len(ct.files), lambda number: BytesIO(ct.files[number]))


def test_a_nose_that_is_left_alone_is_seen(ct: Cut) -> None:
    x, y, z = points(ct.series)
    nose = (np.abs(x) < 16) & (y < -80) & (z > -42) & (z < 4)
    left = ct.after.copy()
    left[nose] = ct.before[nose]
    files = []
    for file, values in zip(ct.results, left, strict=True):
        ds = dcmread(BytesIO(file))
        ds.PixelData = values.tobytes()
        buffer = BytesIO()
        ds.save_as(buffer)
        files.append(buffer.getvalue())
    with pytest.raises(Refused, match="may still be known"):
        prove_cut(ct.plan, len(files), lambda number: BytesIO(files[number]))
