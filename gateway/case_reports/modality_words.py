"""Modalities as people write them, in English, German, Spanish and Chinese; words that say two say nothing."""

import re

from gateway.case_reports.hl7.orders import modality_of

_WORDS = tuple(
    (modality, re.compile(words, re.IGNORECASE))
    for modality, words in (
        (
            "CT",
            r"\bCT\b|CT(?=[\u4e00-\u9fff])|computed tomograph|computertomogra|tomografía comput|\bTA?C\b|计算机断层",
        ),
        ("MR", r"\bMRI?\b|\bMRT\b|magnetic resonance|magnetresonanz|kernspin|resonancia|\bRM\b|磁共振"),
        ("MG", r"mammogra|mamogra|钼靶"),
        ("US", r"ultraso|ultraschall|sonogra|ecogra|超声|彩超"),
        ("DX", r"x-?ray|radiograph|röntgen|radiografía|X线|胸片|平片"),
        ("PT", r"\bPET\b|positron|正电子"),
    )
)


def modality_in(text: str) -> str:
    """Return the modality that a text is the code of, or that its words name; empty for none and for several."""
    found = {modality for modality, words in _WORDS if words.search(text)}
    return modality_of(text) or (found.pop() if len(found) == 1 else "")
