"""Sample studies: small, realistic, generated imaging studies with planted identities, and their case reports.

What `overread demo` and the tests send to a node. No real patient, hospital or scanner is in here, and nothing that is
generated is ever committed. The package imports nothing of ours, only pydicom, numpy, Pillow and the codecs.
Read `catalogue.py` first: one literal entry per study; then `headers/modules.py` for where identities are planted.

    python -m sample_studies OUT [--small]
"""

from sample_studies.generate import generate
from sample_studies.load import ct_series
from sample_studies.manifest import Manifest, SampleStudy
from sample_studies.sites import SITES, SampleSite

__all__ = ["SITES", "Manifest", "SampleSite", "SampleStudy", "ct_series", "generate"]
