"""Attachments: reports, photos and texts that came beside the images, kept with the case in the identified zone.

The intake tells them by their content (`kinds.py`) and records them (`recording.py`); the worker reads their text in a
process of its own with limits (`reading.py`, `extractor.py`); `linking.py` keeps them with the right case. Their bytes
are originals in the vault like any other, and no attachment ever reaches the reading zone.
"""
