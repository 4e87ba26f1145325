"""Read text in a grey picture with RapidOCR, where it is installed (the extra `ocr`): its models come in its wheel.

Nothing is fetched: models that are not there are an error. One reader belongs to one process and uses one core.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from anonymizer.pixels.box import Box
from anonymizer.pixels.view import Grey

_MODELS = {
    "Det.model_path": "PP-OCRv6_det_small.onnx",
    "Rec.model_path": "PP-OCRv6_rec_small.onnx",
    "Cls.model_path": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}
_SETTINGS: dict[str, Any] = {
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Global.log_level": "critical",
    "Global.text_score": 0.0,  # who asks decides what a doubtful reading means
}
_LEAST_SIDE = 8


@dataclass(frozen=True, slots=True)
class TextFound:
    """Be what was read, and how sure that is, from 0 to 1."""

    text: str
    score: float


def can_read_text() -> bool:
    """Tell whether the reader is installed."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def find_lines(grey: Grey) -> tuple[Box, ...]:
    """Return upright boxes around the text in a picture of rows and columns, in whatever script it is."""
    if min(grey.shape) < _LEAST_SIDE or grey.max() == grey.min():
        return ()
    found = _run(grey, find=True)
    return () if found.boxes is None else tuple(_upright(corners, grey.shape) for corners in found.boxes)


def read_line(grey: Grey) -> TextFound | None:
    """Read a picture of one line of text; None where there is nothing to read, or in a script that it does not know."""
    if min(grey.shape) < _LEAST_SIDE or grey.max() == grey.min():
        return None
    found = _run(grey, find=False)
    return TextFound(str(found.txts[0]), float(found.scores[0])) if found.txts else None


def _run(grey: Grey, *, find: bool) -> Any:
    """Run one step of the reader; all are switched each time, since it remembers what was said last."""
    return _reader()(np.repeat(grey[:, :, None], 3, axis=2), use_det=find, use_cls=False, use_rec=not find)


@cache
def _reader() -> Any:
    import rapidocr

    folder = Path(rapidocr.__file__).parent / "models"
    paths = {setting: str(folder / name) for setting, name in _MODELS.items()}
    missing = [name for name in _MODELS.values() if not (folder / name).is_file()]
    if missing:
        raise RuntimeError(f"this release of RapidOCR lacks the models {', '.join(missing)}")
    return rapidocr.RapidOCR(params={**_SETTINGS, **paths})


def _upright(corners: Any, shape: tuple[int, ...]) -> Box:
    points = np.asarray(corners, np.float64).reshape(-1, 2)
    left, top = (max(0, int(np.floor(value))) for value in points.min(axis=0))
    right, bottom = (int(np.ceil(value)) for value in points.max(axis=0))
    left, top = min(left, shape[1] - 1), min(top, shape[0] - 1)
    return Box(left, top, max(1, min(right, shape[1]) - left), max(1, min(bottom, shape[0]) - top))
