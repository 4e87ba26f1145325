"""DICOMweb on the reading zone (PS3.18): QIDO-RS, WADO-RS with rendered resources and thumbnails.

Read `router.py` first: it lists every resource and who may ask for it. `accept.py` decides what is served, `locate.py`
finds instances in the index; files are opened only for pixels and whole instances.
"""

from viewer_api.dicomweb.router import make_router

__all__ = ["make_router"]
