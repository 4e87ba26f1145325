"""Find and read text in grey pictures with the models of RapidOCR, where it is installed (the extra `ocr`).

Its models come in its wheel and nothing is fetched: models that are not there are an error. They are run by ONNX
Runtime itself, on one core, and with the smallest numbers counted as nothing: the detector has so many of those that
it takes a third of the time, with the same result. The runtime heeds that setting only in the first session of a
process, and for the thread that makes it.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from anonymizer.pixels.view import Grey

GRID = 32  # pixels: what the detector takes is of whole squares of this size
_DETECTOR, _READER = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"
_LINE = 48  # rows of a line, as the reader takes it
_WIDEST, _NARROWEST = 64, 0.25  # times its height, that a line is read at
_LEAST_SIDE = 8


@dataclass(frozen=True, slots=True)
class TextFound:
    """Be what was read, and how sure that is, from 0 to 1."""

    text: str
    score: float


def can_read_text() -> bool:
    """Tell whether the reader is installed."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def likely_text(grey: Grey) -> NDArray[np.float32]:
    """Return for each pixel how likely it is text, in whatever script; rows and columns are multiples of `GRID`."""
    session, _ = _session(_DETECTOR)
    return np.asarray(session.run(None, {"x": _planes(grey)})[0][0, 0], np.float32)


def read_line(grey: Grey) -> TextFound | None:
    """Read a picture of one line of text; None where there is nothing to read, or in a script that it does not know."""
    rows, columns = grey.shape
    if min(rows, columns) < _LEAST_SIDE or grey.max() == grey.min():
        return None
    width = round(_LINE * min(max(columns / rows, _NARROWEST), _WIDEST))
    line = np.asarray(Image.fromarray(grey).resize((width, _LINE), Image.Resampling.BILINEAR))
    session, letters = _session(_READER)
    chances = session.run(None, {"x": _planes(line)})[0][0]
    best = chances.argmax(axis=1)
    # The first class is no letter; a letter that goes on is one letter (connectionist temporal classification).
    begins = np.flatnonzero((best != 0) & (best != np.concatenate(([0], best[:-1]))))
    if not len(begins):
        return None
    text = "".join(letters[best[place]] for place in begins)
    return TextFound(text, float(chances[begins, best[begins]].mean()))


def _planes(grey: Grey) -> NDArray[np.float32]:
    """Return grey as the three equal planes, from -1 to 1, of one image in a batch."""
    values = grey.astype(np.float32) * np.float32(2 / 255) - np.float32(1)
    return np.ascontiguousarray(np.broadcast_to(values, (1, 3, *values.shape)))


@cache
def _session(model: str) -> tuple[Any, tuple[str, ...]]:
    """Return the session of a model, and the letters of its classes, where they stand in it."""
    import onnxruntime

    path = _models() / model
    if not path.is_file():
        raise RuntimeError(f"this release of RapidOCR lacks the model {model}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    listed = session.get_modelmeta().custom_metadata_map.get("character", "")
    return session, ("", *listed.splitlines(), " ")


def _models() -> Path:
    """Return the folder of the models, without importing the package that holds them."""
    found = find_spec("rapidocr")
    if found is None or found.origin is None:
        raise RuntimeError("RapidOCR is not installed")
    return Path(found.origin).parent / "models"
