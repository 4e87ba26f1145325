"""Strokes stand out in pictures of contrasts: in the view that shows them, and above what they stand on."""

import numpy as np

from anonymizer.pixels.contrast import MIDDLE, amplified, evened, local_contrast, strongest


def test_a_stroke_stands_out_in_the_colour_that_shows_it():
    flat, stroke = np.full((40, 60), 90, np.uint8), np.full((40, 60), 90, np.uint8)
    stroke[20:22, 10:50] = 120
    contrast = strongest([local_contrast(flat, 8), local_contrast(stroke, 8)])
    assert (contrast[20:22, 10:50] > 20).all() and abs(contrast[:10]).max() <= 1
    assert (amplified(contrast)[20, 20:40] > MIDDLE + 50).all()


def test_at_an_edge_the_last_value_goes_on():
    ramp = np.tile(np.arange(0, 120, 2, dtype=np.uint8), (40, 1))
    contrast = local_contrast(ramp, 8)
    assert abs(contrast[:, 8:-8]).max() <= 1
    assert -10 < contrast[0, 0] < 0 < contrast[-1, -1] < 10


def test_faint_strokes_become_clear_and_keep_above_the_grain_they_stand_on():
    plain = np.full((120, 120), 60, np.uint8)
    plain[60:62, 30:90] += 12
    assert (evened(local_contrast(plain, 8))[60:62, 32:88] > MIDDLE + 30).all()
    grain = np.random.default_rng(1).normal(90, 20, (120, 120)).clip(0, 255).astype(np.uint8)
    grain[60:63, 30:90] = 190
    picture = evened(local_contrast(grain, 8)).astype(int)
    assert np.abs(picture[:40] - MIDDLE).mean() < 70 < picture[61, 32:88].min() - MIDDLE + 30
