"""From stored pixels to a picture: decode, modality LUT, VOI LUT, colour, resize, encode (PS3.3 C.11, PS3.4 N.2).

Pure functions on numpy arrays, one concern a file, no HTTP and no database. Read `image.py` (what a file holds), then
`preview.py` (the order of the steps).
"""
