"""Anatomy drawn with numpy: arrays of tissue, attenuation or echo that look like the images radiologists read.

A phantom knows millimetres and tissue values and nothing of DICOM: it imports no pydicom. Coordinates follow the
patient (PS3.3 C.7.6.2.1.1): x grows to the patient's left, y to the back, z to the head, so that the patient's right
is at the left of an axial image. Everything is a function of its arguments and a seed. Read plane.py first.
"""
