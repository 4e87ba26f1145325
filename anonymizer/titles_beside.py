"""Tell by a title, or the word for a patient, that what stands beside it is a name."""

import re

from anonymizer.text_patterns import NATIVE_TITLES

_BEFORE = re.compile(
    r"(?<![^\W\d_])(?:patient(?:in|en)?|paciente|pat|pt|mr|mrs|ms|miss|herrn?|frau|family|sra?|señora?"
    r"|пациент(?:а|у|ом|е|ка|ки|ке|ку|кой)?|пацієнт(?:а|у|ом|ка|ки|ці|ку|кою)?|больн(?:ой|ая|ого|ому|ую)|хвор(?:ий|а|ого|ої|у)"
    r"|г-н|г-жа|госп(?:один|ожа)|гражданин|гражданка|гр|фио|пан|пані"
    r"|ασθεν(?:ής|ή|ούς)|κ|κα|κος|κύρι(?:ος|ου|ο)|κυρί(?:α|ας|αν)"
    r"|و?ل?ل?(?:ال)?(?:مريضة?|مریضہ?|سيدة?|دكتورة?|طفلة?|مدعوة?)|بیمار|آقای|خانم"
    r"|מר|גב['׳]?|גברת|ד[\"״]ר|ה?מטופלת?|ה?חולה|ה?פציינטית?)[.:]?[ \t]+[\"'‘’`«„“ʻʼʾʿ]?$|姓$",
    re.IGNORECASE,
)
_BEHIND = re.compile(rf"[ \t]?(?:某|환자|(?!氏)(?:{NATIVE_TITLES}))")  # in Chinese 氏 stands behind eponyms
_LONGEST = 16


_ENDS = re.compile(r"[ \t]*(?:[,.;)\n\d\ue000]|$)")


def is_addressed(text: str, start: int, end: int) -> bool:
    """Tell whether a word in lower case ends what stands behind a title or the word for a patient."""
    before = text[max(0, start - _LONGEST) : start]
    return _BEFORE.search(before) is not None and _ENDS.match(text, end) is not None


def is_titled(text: str, start: int, end: int) -> bool:
    """Tell whether a title or the word for a patient stands beside what is not written as other words are."""
    if text[start].islower():
        return False
    before = text[max(0, start - _LONGEST) : start]
    return _BEFORE.search(before) is not None or _BEHIND.match(text, end) is not None
