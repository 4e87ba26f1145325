"""The ways in which a Japanese name may be written: Latin spellings with long vowels or short, and listed kanji."""

from gateway.matching import japanese

_LONG_VOWELS = ("o", "ou", "oh", "oo")


def latin(word: str) -> tuple[str, ...]:
    """Return the Latin spellings of a word in kana or listed kanji; its last o may be written long."""
    known = (japanese.KANJI[word],) if word in japanese.KANJI else ()
    found = known or tuple(sorted(japanese.native_readings(word)))
    return tuple(
        spelling
        for reading in found
        for spelling in ([reading[:-1] + long for long in _LONG_VOWELS] if reading.endswith("o") else [reading])
    )


def kanji(word: str) -> tuple[str, ...]:
    """Return the listed kanji that a Latin word can stand for."""
    readings = japanese.latin_readings(word)
    return tuple(characters for characters, reading in japanese.KANJI.items() if reading in readings)
