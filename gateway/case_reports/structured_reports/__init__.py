"""DICOM SR as case reports: sent in as documents (`reading.py`), or found among the images (`arrival.py`)."""
