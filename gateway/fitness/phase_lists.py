"""Which phases of a CT a list names: "arterial, portal venous and delayed phases", "nativ, arteriell, portalvenös".

An adjective alone says nothing, since arteries and veins are examined too. It counts where it stands in a list of
phases behind which comes the end of a phrase or a word for a phase, and no other noun.
"""

import re
from collections.abc import Mapping

_LETTER = r"[A-Za-zÀ-ÿ]"
_PHASES: Mapping[str, str] = {
    "arterial": r"(?:spät|früh)?arteriell\w*|(?:late |early )?arterial(?:es)?|动脉[晚早]?",
    "portal-venous": r"(?:(?:porto?|portal|pfortader|spät)[- ]?)?ven(?:ö|oe|o|ou)s\w*|portal(?:es)?|门静?脉|静脉",
    "late": r"spät|late|delayed|tard[íi]as?|excretory|excretoras?|延迟|排泄",
}
_BESIDE = (
    r"nativ\w*|(?:ohne|without|sin) (?:i\W?v\W* ?)?(?:km|kontrast\w*|contrast\w*)|non-?contrast|unenhanced|plain|simple"
    r"|basal|(?:spät|ausscheidungs)phasen?|平扫|增强"
)
_NOUN = (
    r"(?:(?:km|kontrastmittel)-?)?phasen?\b|serien?\b|(?:phase|scan|acquisition)s?\b|imag(?:ing|es)\b"
    r"|[双三]?期|扫描|增强"
)
_AND = r"\s*(?:[,;/+&、，]|\b(?:und|sowie|and|y|e)\b|[及和与])\s*"
_ITEM = rf"(?:fases? )?(?:{'|'.join(_PHASES.values())}|{_BESIDE})[- ]?(?:期|phasen?|phases?)?(?!{_LETTER})"
_LIST = re.compile(
    rf"(?<!{_LETTER})(?>{_ITEM}(?:(?:{_AND}){{1,2}}{_ITEM}){{1,9}})(?=\s*(?:$|[-\n,.;:()/+、，。；（）]|{_NOUN}))",
    re.IGNORECASE,
)


def listed_phases(text: str) -> set[str]:
    """Return the phases that stand in lists of phases."""
    lists = [found.group() for found in _LIST.finditer(text)]
    return {
        name
        for name, words in _PHASES.items()
        if any(re.search(rf"(?<!{_LETTER})(?:{words})", each, re.IGNORECASE) for each in lists)
    }
