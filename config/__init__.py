"""The ground floor: what every room stands on and what knows nothing of any room.

Holds the settings, the error tree, the values with a grammar (AE title, UID, case number, person name, money), the
one clock, the log with its allow-list, the metrics, and the factories for databases and blob stores. It imports none
of our packages. Read `settings.py` first, then `identifiers.py`.
"""
