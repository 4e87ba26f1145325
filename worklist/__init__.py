"""The reading zone: published studies, worklist items, second reads, licences, charges, reports and the reading page.

Everything here is pseudonymous; this room cannot import a room that knows an identity. It may import `config` only.
Read `models.py` for what is kept, `states.py` and `items.py` for how an item moves from OPEN to SIGNED, then `api.py`
and `access/gate.py` for who may move it.
"""
