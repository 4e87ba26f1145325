"""Coded concepts the X-ray objects need: views and anatomy (PS3.16 CID 4010, 4014, 4009)."""

from sample_studies.plan import Elements


def code(value: str, meaning: str, scheme: str = "SCT") -> Elements:
    """Return one item of a code sequence (PS3.3 8.8)."""
    return {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": meaning}


CHEST = code("43799004", "Chest")
BREAST = code("76752008", "Breast")
POSTERO_ANTERIOR = code("272479007", "postero-anterior")
LEFT_LATERAL = code("399198007", "left lateral")
CRANIO_CAUDAL = code("399162004", "cranio-caudal")
MEDIO_LATERAL_OBLIQUE = code("399368009", "medio-lateral oblique")
