"""HL7 v2 (ER7): messages with orders, reports, corrections and merges, as files and over MLLP.

Read `message.py` (bytes to fields) first, then `reading.py`, which tells the messages apart, `answering.py`, where a
message is taken in and acknowledged, and `server.py` for the door. The standard is HL7 version 2.5.1; its chapters are
cited where a rule of theirs is kept.
"""
