"""Who may touch the reading zone: readers, tokens, log-ins, and the gate that every route stands behind.

Default deny: a route names the roles it admits through `Gate.requires`, and whoever asks without a valid token or
log-in is turned away before anything is looked up. Secrets are kept as hashes only. Read `gate.py` first.
"""
