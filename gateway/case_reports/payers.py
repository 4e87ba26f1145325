"""Who pays, as people write it in reports in English, German, Spanish and Chinese.

Behind a label for whoever pays only words that say it count. Behind one for the insurance, whatever names one means an
insurer, as an insurance plan in a message does, but words for nobody, and those of patients who pay themselves.
"""

import re

_SELF = re.compile(
    r"\b(?:self|patient(?:in)?|paciente|selbst\w*|igel|out[ -]of[ -]pocket|cash|uninsured|particular)\b"
    r"|自费|自費|自付|自理",
    re.IGNORECASE,
)
_HOSPITAL = re.compile(
    r"\b(?:hospital|krankenhaus|\w*klinik(?:um)?|clinic|clínica)\b|医院|醫院",
    re.IGNORECASE,
)
_INSURER = re.compile(
    r"(?<!un)insur|versicher|kasse\b|\b(?:gkv|pkv|aok|tk|barmer|dak|ikk|bkk|kkh|medicare|medicaid|tricare|health plan"
    r"|hmo|ppo|seguro|seguridad social|aseguradora|mutua|mutualidad)\b|医保|醫保|保险|保險|新农合",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"\W*(?:none|no|nil|n/?a|unknown|not \w+|pending|yes|ja|nein|unbekannt|keine?|kein[er]|entfällt|ninguno|ninguna"
    r"|no consta|desconocid[oa]|sin seguro|sí|无|無|有|是|否|不详|未知)?\W*",
    re.IGNORECASE,
)


def payer_in(words: str) -> str:
    """Return who pays by what stands behind a label for that: `self`, `hospital`, `insurer`, or nothing."""
    found = {payer for payer, said in _SAYS if said.search(words)}
    return found.pop() if len(found) == 1 else ""


def payer_by_insurance(words: str) -> str:
    """Return who pays by what stands behind a label for the patient's insurance."""
    if _NOBODY.fullmatch(words):
        return ""
    return "self" if _SELF.search(words) and not _INSURER.search(words) else "insurer"


_SAYS = (("self", _SELF), ("hospital", _HOSPITAL), ("insurer", _INSURER))
