"""Keep of a person's prose what can be vouched for, and show every place where something was taken out.

Two filters, one after the other: `free_text` takes out what is known of somebody or looks like an identity, and moves
dates; then every word goes that no vocabulary lists. A gap is always visible: a finding whose "no" went missing without
a trace would say the opposite.
"""

import re
from dataclasses import dataclass, field

from anonymizer.free_text import clean_and_trace
from anonymizer.identities import OwnIdentities
from anonymizer.known import KnownIdentity
from anonymizer.text_dates import DateShift
from anonymizer.wording import GAP, vouched_words

LONGEST_TEXT = 100_000
# No word is so long; patterns that look for one would take minutes over it. Ideographs are written without spaces.
_WIDE = r"\u3000-\u9fff\uac00-\ud7af\uff00-\uffef"
_NO_WORD = re.compile(rf"[^\s{_WIDE}]{{200,}}|[{_WIDE}]{{2000,}}")
_MARKS = re.compile(r"\[(?:\.\.\.|name|id|date|contact|other)\]")
_GAPS = re.compile(rf"{re.escape(GAP)}(?:[^\w\[\]]*{re.escape(GAP)})+")
_SOMETHING = re.compile(r"[^\W_]")
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)  # some makers write it into plain text


@dataclass(frozen=True)
class TextRules:
    """Hold what is known about the people of an object, and how its dates move."""

    own: OwnIdentities = field(repr=False)
    known: KnownIdentity = field(repr=False)
    shift: DateShift | None = None


def vouched_text(text: str, rules: TextRules) -> str:
    """Return the text with `[...]` for words nobody vouches for and `[name]` and the like for identities.

    Empty when nothing is left that says anything, or the text is longer than a person writes.
    """
    if len(text) > LONGEST_TEXT:
        return ""
    text = _NO_WORD.sub(GAP, _LINE_BREAK.sub("\n", text))
    parts, end = [], 0
    for removal in clean_and_trace(text, rules.known, rules.shift, words_stay=False).removals:
        parts += [vouched_words(text[end : removal.start], rules.own.among), removal.instead]
        end = removal.end
    parts.append(vouched_words(text[end:], rules.own.among))
    result = _GAPS.sub(GAP, "".join(parts)).strip()
    return result if _SOMETHING.search(_MARKS.sub("", result)) else ""


def masked_text(text: str, rules: TextRules) -> str:
    """Return the text without identities, for values that an option of the profile keeps; empty when it is too long."""
    if len(text) > LONGEST_TEXT:
        return ""
    return clean_and_trace(_NO_WORD.sub(GAP, text), rules.known, rules.shift, words_stay=False).text.strip()
