"""The attributes every sample instance has whatever its modality, as plain tables keyed by DICOM keyword.

Each function returns one module of PS3.3 for a study plan. Identities are planted here, in every value representation
that can hold one; `planted.py` lists them, and a test proves that list against the bytes. Read `modules.py` first.
"""
