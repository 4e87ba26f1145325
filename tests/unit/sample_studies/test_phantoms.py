"""The pictures show what the reports say: tissue values, side of the lesion, contrast that comes and goes."""

import numpy as np
from pydicom import dcmread

from sample_studies import Manifest
from sample_studies.phantoms import head
from sample_studies.phantoms.coronary import angiogram
from sample_studies.phantoms.echo import cine
from sample_studies.phantoms.noise import texture
from sample_studies.phantoms.plane import Plane, Solid


def test_a_blob_has_the_area_of_its_ellipse_and_leaves_the_rest() -> None:
    plane = Plane(200, 200, 0.5, background=7.0)
    plane.blob(1007.0, (10, -5), (20, 12), angle=30)
    area = float((plane.pixels - 7.0).sum()) / 1000 * 0.25
    assert abs(area - np.pi * 20 * 12) < 8
    assert plane.pixels[0, 0] == 7.0


def test_a_solid_ends_at_its_half_axis_and_mirrors_across_the_midline() -> None:
    solid = Solid("bone", 30, 0, 10, 5, 5, 20, angle=15)
    assert solid.shrink(10) == 1.0
    assert solid.shrink(30.1) == 0.0
    assert (solid.mirrored().x, solid.mirrored().angle) == (-30, -15)


def test_noise_repeats_for_a_seed_and_moves_with_the_shift() -> None:
    assert np.array_equal(texture((64, 64), 2.0, 5, 1), texture((64, 64), 2.0, 5, 1))
    assert not np.array_equal(texture((64, 64), 2.0, 5, 1), texture((64, 64), 2.0, 5, 2))
    assert texture((700, 600), 2.0, 5).shape == (700, 600)


def test_the_bleed_is_dense_and_on_the_right_side_of_the_patient(samples: Manifest) -> None:
    for path in samples.study("ct-head").files:
        dataset = dcmread(path)
        if abs(float(dataset.SliceLocation) - 62.0) > 0.01:
            continue
        hounsfield = dataset.pixel_array.astype(int) - 1024
        middle = (dataset.Columns - 1) / 2
        centre = round(middle - 30 / 0.45), round(middle - 37 / 0.45)
        bleed = hounsfield[centre[1] - 4 : centre[1] + 5, centre[0] - 4 : centre[0] + 5]
        opposite = hounsfield[centre[1] - 4 : centre[1] + 5, 512 - centre[0] - 4 : 512 - centre[0] + 5]
        assert 60 < bleed.mean() < 75
        assert opposite.mean() < 45
        assert (hounsfield > 900).sum() > 5000
        assert dataset.pixel_array[0, 0] == dataset.PixelPaddingValue
        return
    raise AssertionError("no slice at the level of the bleed")


def test_plaques_shine_on_flair_while_water_does_not() -> None:
    lesion = (Solid("plaque", 25, 0, 58, 6, 6, 6),)
    flair = head.head_slice(58.0, head.FLAIR, (128, 128), 1.8, lesion)
    plain = head.head_slice(58.0, head.FLAIR, (128, 128), 1.8)
    changed = np.abs(flair - plain) > 100
    assert changed.sum() > 10
    assert flair[changed].min() > 500
    assert head.FLAIR["csf"] < head.FLAIR["white"] < head.FLAIR["plaque"]


def test_contrast_fills_the_coronary_tree_and_leaves_it() -> None:
    run = angiogram(128, 12, left=True, seed=5)
    dark = [int((frame[20:108, 20:108] < 100).sum()) for frame in run]
    assert dark[0] < max(dark) / 4
    assert dark[-1] < max(dark) / 2


def test_the_left_ventricle_is_smaller_in_systole() -> None:
    frames = cine(240, 320, 20, ())
    dark = [int((frame[40:140, 160:220].max(axis=2) < 20).sum()) for frame in frames]
    assert min(dark[3:7]) < 0.85 * dark[0]
