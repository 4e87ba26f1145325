"""Cut the face away from a series of CT or MR: Clean Recognizable Visual Features (PS3.15 E.3.2).

Stored values are altered in the original frames; what is not cut stays bit by bit. Read `series.py` first: a whole
series is looked at, since one slice shows no face. `images`, `geometry` and `volume` put its slices upright in the
patient, `tissue` and `head` find the skin and the nose, `cut` says what goes, `frames` and `removing` write it, and
`proving` looks at the result by another way. Whatever is not sure is refused, for a person to look at (`unsure`).
Nothing here starts a process: who decodes strangers' pixels elsewhere hands in functions that do.
"""

from anonymizer.faces.cut import FaceCut
from anonymizer.faces.frames import CutOrder, Frame, cut_frame, look_at
from anonymizer.faces.proving import Proof
from anonymizer.faces.removing import Removed, remove_face
from anonymizer.faces.series import Open, Plan, plan_cut, prove_cut
from anonymizer.faces.unsure import unsure
from anonymizer.faces.volume import Values

__all__ = [
    "CutOrder",
    "FaceCut",
    "Frame",
    "Open",
    "Plan",
    "Proof",
    "Removed",
    "Values",
    "cut_frame",
    "look_at",
    "plan_cut",
    "prove_cut",
    "remove_face",
    "unsure",
]
