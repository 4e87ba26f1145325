"""The DIMSE door: a fast, dumb, durable mailbox.

It takes what a hospital's PACS sends, lays it down exactly as it came, and says 0x0000 only when it is on disk. It
knows the spool and the AE titles of the sites; it has no database, decodes no data set and reads no identity. It
imports `config` alone of our packages. Read `spool.py` first (what every door writes), then `reception.py` (one C-STORE
from its first fragment to its status), then `server.py`.

Readers' workstations query and retrieve what is published: `query_retrieve.py` speaks with them, and the archive that
it asks (`retrieval.py` says what it must be) is handed in.
"""
