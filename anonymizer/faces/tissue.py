"""Tell what is body and what is air around it.

In CT by Hounsfield units; in MR, whose values mean nothing by themselves, by the histogram: the parting of Otsu (1979)
over the roots of the values, then as near to the noise of the air as its spread allows.
"""

import numpy as np
from numpy.typing import NDArray

from anonymizer.faces.unsure import unsure

CT, MR = "CT", "MR"
AIR_OF_CT = -1000.0
_SKIN_OF_CT = -350.0
_BINS = 256
_BRIGHTEST = 99.0  # percentile: what is above says nothing of air
_SPREADS, _SHARE = 5.0, 0.2


def air_and_least_tissue(values: NDArray[np.float32], modality: str) -> tuple[float, float]:
    """Return the value of air and the least value of the body; raises Refused where the two cannot be told apart."""
    if modality == CT:
        return AIR_OF_CT, _SKIN_OF_CT
    seen = values[np.isfinite(values)]
    roots = np.sqrt(np.clip(seen, 0, max(float(np.percentile(seen, _BRIGHTEST)), 0)))
    if roots.max() <= roots.min():
        raise unsure("the picture is empty")
    parting = _otsu(roots) ** 2
    dark, bright = seen[seen < parting], seen[seen >= parting]
    if dark.size == 0 or bright.size == 0:
        raise unsure("body and air cannot be told apart")
    air = float(np.median(dark))
    spread = 1.4826 * float(np.median(np.abs(dark - air)))
    return air, max(air + _SPREADS * spread, air + _SHARE * (float(np.median(bright)) - air))


def _otsu(values: NDArray[np.float32]) -> float:
    counts, edges = np.histogram(values, _BINS)
    middles = (edges[1:] + edges[:-1]) / 2
    below, moment = np.cumsum(counts), np.cumsum(counts * middles)
    total, whole = below[-1], moment[-1]
    parts = below * (total - below)
    between = np.where(parts > 0, (whole * below / total - moment) ** 2 / np.maximum(parts, 1), 0)
    return float(middles[int(between.argmax())])
