"""Who pays, as people write it in reports in English, German, Spanish and Chinese.

Behind a label for whoever pays only words that say it count. Behind one for the insurance, whatever names one means an
insurer, as an insurance plan in a message does, but words for nobody, such as "no insurance", and those of patients who
pay themselves.
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
    r"\W*(?:(?:nil|n/?a|n\.a\.|unknown|pending|denied|declined|expired|verified|active|to follow|see \w+|siehe \w+"
    r"|yes|ja|nein|unbekannt|entfällt|abgelaufen|k\.\s?a\.|s\.\s?o\.|desconocid[oa]|sí|有|是|否|不详|未知)\W*)?"
    r"|\W*(?:(?:none|not|without|no(?!\W*\d|\.)|kein|keine[rnms]?|nicht|ohne|sin|ninguna|ninguno)\b|[无無](?![锡錫])|没有|沒有|未).*",
    re.IGNORECASE | re.DOTALL,
)


def payer_in(words: str) -> str:
    """Return who pays by what stands behind a label for that: `self`, `hospital`, `insurer`, or nothing."""
    found = {payer for payer, said in _SAYS if said.search(words)} if not _NOBODY.fullmatch(words) else set()
    return found.pop() if len(found) == 1 else ""


def payer_by_insurance(words: str) -> str:
    """Return who pays by what stands behind a label for the patient's insurance."""
    if _NOBODY.fullmatch(words):
        return ""
    return "self" if _SELF.search(words) and not _INSURER.search(words) else "insurer"


_SAYS = (("self", _SELF), ("hospital", _HOSPITAL), ("insurer", _INSURER))
