"""Lists of cases as CSV or XLSX: a row is a case, and a bad row does not fail the good ones.

Read `columns.py` (which heading means what, in four languages) first, then `rows.py`, `reading.py` and `workbooks.py`.
"""
