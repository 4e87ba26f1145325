"""Query and retrieve over the reading zone: what the DIMSE door hands to readers' workstations.

It knows the reading database and the published blobs, never the identified zone: what goes out is what is published,
under pseudonyms. Queries are matched by the same code as QIDO-RS. Read `archive.py` first.
"""
