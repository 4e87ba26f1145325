"""Where the signature of a report begins: a `Name:` in it is the doctor's, not the patient's.

It begins with a line that says who signed or what they are, stands at the end of the text, and nothing comes after it
that tells of patient or findings.
"""

import re
from collections.abc import Iterable, Sequence

_BEGINS = re.compile(
    r"^\W*(?:(?:(?:electronically|digitally)\s+)?(?:signed|dictated|interpreted|reported|approved|verified|authenticated"
    r"|validated|transcribed|read)(?:\s+(?:and|or|electronically|\w+ed)){0,4}\s+by\b"
    r"|(?:(?:reporting|consultant|consulting|attending|interpreting|reading|staff)\s+)?(?:radiologist|physician|radiologe"
    r"|radiologin|facharzt|fachärztin|oberarzt|oberärztin|chefarzt|chefärztin|befundender|radiólog[oa]|médic[oa]"
    r"|facultativ[oa]|signature|signed|unterschrift|firma(?:do)?)\b"
    r"|(?:gez\.|gezeichnet|befundet (?:von|durch)|unterzeichnet|freigegeben|validiert|informado por|validado por"
    r"|dictado por|mit freundlichen|sincerely|(?:kind |best )?regards|atentamente)"
    r"|(?:dr|dra|prof|pd|priv)\b\.?[ \t-]|(?:报告|审核|诊断|检查)?医[生师]|签名)",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^\W*(?:findings?|impression|conclusion|technique|comparison|history|befund|beurteilung|technik|hallazgos"
    r"|impresión|conclusión|técnica|影像所见|检查所见|诊断意见|诊断印象|影像诊断|印象)\b",
    re.IGNORECASE,
)
_MOST_LINES = 12
_LEAST_BEFORE = 2


def signature_start(lines: Sequence[str], tells: Iterable[int]) -> int:
    """Return at which line the signature begins, the number of lines where there is none.

    `tells` are the lines that tell of patient or examination by a label.
    """
    last = max(
        [*tells, *(at for at, line in enumerate(lines) if _HEADING.match(line))],
        default=-1,
    )
    filled = [at for at, line in enumerate(lines) if line.strip()]
    for at in filled[max(_LEAST_BEFORE, len(filled) - _MOST_LINES) :]:
        if at > last and _BEGINS.match(lines[at]):
            return at
    return len(lines)
