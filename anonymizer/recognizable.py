"""Say which objects may show a face that somebody could recognize: Clean Recognizable Visual Features (PS3.15 E.3.2).

Where a profile asks for the option, what may show a face is refused, unless the face is cut away from its whole series
(`anonymizer.faces`) or a person has looked at it; only what was cut claims that the option was applied. It is asked of
the object itself first (Recognizable Visual Features), then of its kind, then of the part of the body it says it shows:
a kind of object that can show a face does so unless it names another part, since a head is often examined without a
word of it.
"""

import re
from dataclasses import dataclass

from anonymizer.kinds import in_families
from anonymizer.wording import fold

OPTION, CODE = "clean-recognizable-visual-features", "recognizable-visual-features"
_STORAGE = "1.2.840.10008.5.1.4.1.1."
# Sections and volumes: CT, MR, PET and cone beam CT, and what was made of them; surfaces and contours of the skin.
_SECTIONS = "2 2.1 2.2 4 4.1 4.3 4.4 128 128.1 130 13.1.1 13.1.2 20 66.5 68. 481.3 7 7."
SECTIONS = tuple(_STORAGE + family for family in _SECTIONS.split())
# Photographs and films of the outside; what looks into the body or through a microscope shows no face.
PHOTOGRAPHS = (_STORAGE + "77.1.4", _STORAGE + "77.1.4.1")
# Terms of Body Part Examined (PS3.16 annex L) that show no face; words of other parts are not enough.
_WITHOUT_FACE = """
    ABDOMEN ABDOMENPELVIS ADRENAL ANKLE AORTA ARM AXILLA BACK BLADDER BREAST CALF CHEST CHESTABDOMEN CHESTABDPELVIS
    CLAVICLE COCCYX COLON CORONARYARTERY DUODENUM ELBOW ESOPHAGUS EXTREMITY FEMUR FINGER FOOT FOREARM GALLBLADDER
    HAND HEART HIP HUMERUS ILEUM ILIUM JEJUNUM KIDNEY KNEE LEG LIVER LSPINE LSSPINE LUNG MEDIASTINUM OVARY PANCREAS
    PELVIS PROSTATE RECTUM RIB SCAPULA SHOULDER SIJOINT SPLEEN SSPINE STERNUM STOMACH TESTIS THIGH THORAX THUMB
    TLSPINE TOE TSPINE UPRLEG URETER UTERUS WRIST THORACICAORTA ABDOMINALAORTA LOWEXTREMITY UPEXTREMITY
    PELVISLOWEXTREMT
"""
_BODY_PARTS_WITHOUT_FACE = frozenset(_WITHOUT_FACE.split())
# What a description says where the head is in the picture, in English, German, French, Spanish and Italian.
_OF_THE_HEAD = re.compile(
    r"head|brain|skull|crani|face|facial|sinus|orbit|maxill|mandib|dental|jaw|tempor|pituitar|sella|cerebr|neck|carotid"
    r"|kopf|schadel|hirn|gesicht|nnh|kiefer|augenhohle|hals|hypophyse|tete|cerveau|crane|cou\b|cabeza|cerebro|cuello"
    r"|testa|cervello|collo|whole\s?body|ganzkorper|corps entier|cuerpo entero"
)


@dataclass(frozen=True)
class FaceFacts:
    """Hold the header values that say whether a face may be shown."""

    recognizable: str
    body_part: str
    words: tuple[str, ...]


def may_show_a_face(sop_class_uid: str, facts: FaceFacts) -> bool:
    """Tell whether somebody could be recognized by what an object shows."""
    if facts.recognizable in {"YES", "NO"}:
        return facts.recognizable == "YES"
    if in_families(sop_class_uid, PHOTOGRAPHS):
        return True
    if not in_families(sop_class_uid, SECTIONS):
        return False
    elsewhere = re.sub(r"[^A-Z]", "", facts.body_part.upper()) in _BODY_PARTS_WITHOUT_FACE
    return not elsewhere or of_the_head(facts)


def of_the_head(facts: FaceFacts) -> bool:
    """Tell whether an object says in its own words that it shows a head."""
    return any(_OF_THE_HEAD.search(fold(each)) for each in facts.words)
