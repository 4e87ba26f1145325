"""FHIR R4 in JSON: service requests and diagnostic reports, alone with what they contain or in a Bundle.

Read `resources.py` (the parts of resources that are used) first, then `references.py`, `reading.py` and `patient.py`.
What is not used is ignored, extensions among it; no address is ever fetched.
"""
