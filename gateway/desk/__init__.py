"""The coordinators' desk: which study belongs to which case, decided by people who may see both names.

Read `api.py` for what can be done there; the pages (`pages.py`, `templates/`) show the same and do it through that API.
`waiting.py` and `study_at_desk.py` are what a coordinator sees, `gateway.decisions` and `gateway.merging` what a
decision does. Accounts and log-ins are this zone's own (`coordinators.py`, `log_ins.py`); tokens of the roles
coordinator and admin work besides. Every look that shows an identity is in the audit trail.
"""
