"""The upload page for patients and clerks: signed links, sessions bound to one case, and the page in four languages.

Whoever comes here may do one thing: upload to that case and see what became of it. Read `admission.py` for who is let
in, then `router.py`.
"""
