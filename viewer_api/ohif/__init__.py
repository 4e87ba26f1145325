"""OHIF, a program of others, under `/ohif/` once it is installed: our page around its files, never its own page.

`installation.py` says what is installed, `router.py` serves it. Fetching and unpacking is `gateway.viewer`.
"""

from viewer_api.ohif.router import make_router

__all__ = ["make_router"]
