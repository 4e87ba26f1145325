"""Bundles: what a person hands over in one piece (an archive, a disc image, a folder, one file) as a stream of members.

Pure: paths and limits in, members out; no database, no spool, no decision what a member is. Imports `config` only.
Read `walk.py` first (one bundle from its first byte to its last member), then `kinds.py` for what is recognised.
"""

from gateway.bundles.member import Member
from gateway.bundles.walk import asks_for_password, members

__all__ = ["Member", "asks_for_password", "members"]
