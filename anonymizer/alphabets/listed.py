"""The alphabets that are known beside the Latin one, by the first word of their letters' Unicode names."""

from anonymizer.alphabets.arabic import ARABIC
from anonymizer.alphabets.cyrillic import CYRILLIC
from anonymizer.alphabets.greek import GREEK
from anonymizer.alphabets.hebrew import HEBREW

ALPHABETS = {alphabet.name.upper(): alphabet for alphabet in (CYRILLIC, GREEK, ARABIC, HEBREW)}
