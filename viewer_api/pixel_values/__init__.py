"""Calibrated numbers of a region of an image, from stored pixels and never from pictures.

Read `statistics.py` first; `shapes.py` is geometry in pixels, `calibration.py` what a pixel measures, `quantity.py`
and `uptake.py` what its value means (HU, SUV). What the image does not say is refused with the fact that is missing.
"""
