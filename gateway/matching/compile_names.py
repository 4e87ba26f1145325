"""Compile the readings of Japanese and Korean names into the files under `data/`; run once per edition of the sources.

    python -m gateway.matching.compile_names SYS_DIC UNIHAN_READINGS

SYS_DIC is the system dictionary of UniDic for MeCab (2.1.2, as the distribution unidic-lite carries it), of which the
entries of person names are taken: surnames whole, and of given names what each character is read as, learned from how
their readings can be cut (expectation maximisation). UNIHAN_READINGS is `Unihan_Readings.txt` of the Unicode Character
Database, of which the property kHangul is taken (UAX #38).
"""

import struct
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from math import exp, prod
from pathlib import Path

from gateway.matching.japanese import spell_kana

DATA = Path(__file__).parent / "data"
UNIDIC = "from UniDic 2.1.2, (c) 2011-2017 The UniDic Consortium, BSD 3-Clause; see LICENSE.unidic.txt"
UNIHAN = "from kHangul of the Unihan database, (c) 1991-2021 Unicode, Inc., Unicode License; see LICENSE.unicode.txt"
_HEADER = struct.Struct("<10I32x")
_SIZES = slice(6, 9)  # of the trie, the tokens and the features
_POS, _READING, _WRITTEN = slice(1, 4), 6, 8
_SURNAME, _GIVEN = ("固有名詞", "人名", "姓"), ("固有名詞", "人名", "名")
_ROUNDS, _LONGEST, _LEAST = 8, 4, 0.5
_SMALL = "ゃゅょぁぃぅぇぉー"
_NO_BEGINNING = "んっ"

Names = set[tuple[str, str]]
Shares = dict[str, dict[str, float]]


def read_names(dictionary: bytes) -> tuple[Names, Names]:
    """Return the surnames and the given names of a dictionary that are in kanji, each with its reading in hiragana."""
    trie, tokens, features = _HEADER.unpack_from(dictionary)[_SIZES]
    start = _HEADER.size + trie + tokens
    found: dict[tuple[str, ...], Names] = {_SURNAME: set(), _GIVEN: set()}
    for entry in dictionary[start : start + features].split(b"\0"):
        fields = entry.decode("utf-8").split(",")
        kind = tuple(fields[_POS])
        if kind in found and all(_is_kanji(c) for c in fields[_WRITTEN]) and len(fields[_WRITTEN]) <= _LONGEST:
            found[kind].add((fields[_WRITTEN], "".join(map(_to_hiragana, fields[_READING]))))
    return found[_SURNAME], found[_GIVEN]


def learn_readings(names: Names) -> dict[str, list[str]]:
    """Return what each character of names is read as, the most usual first."""
    cuts = [(_unfolded(name), list(_cuts(_morae(reading), len(name)))) for name, reading in sorted(names)]
    shares: Shares = {}
    for _ in range(_ROUNDS):
        counted: Shares = defaultdict(lambda: defaultdict(float))
        for name, ways in cuts:
            weights = [prod(_share(shares, *each) for each in zip(name, way, strict=True)) for way in ways]
            for way, weight in zip(ways, weights, strict=True):
                for character, part in zip(name, way, strict=True):
                    counted[character][part] += weight / sum(weights)
        shares = counted
    return {
        character: [
            part for part, count in sorted(parts.items(), key=lambda each: (-each[1], each[0])) if count >= _LEAST
        ]
        for character, parts in sorted(shares.items())
    }


def _share(shares: Shares, character: str, part: str) -> float:
    """Return how likely a character is read so; what was never met is the likelier the nearer to two syllables."""
    if not shares:
        return 1.0
    known = shares[character]
    return (known.get(part, 0.0) + 0.01 * exp(-1.2 * abs(len(_morae(part)) - 2))) / (sum(known.values()) + 1.0)


def _cuts(morae: list[str], parts: int) -> Iterator[tuple[str, ...]]:
    """Yield the ways to cut a reading into so many parts of at most four syllables."""
    if parts == 1:
        if 0 < len(morae) <= _LONGEST:
            yield ("".join(morae),)
        return
    for end in range(1, min(_LONGEST, len(morae) - parts + 1) + 1):
        if morae[end][0] not in _NO_BEGINNING:
            for rest in _cuts(morae[end:], parts - 1):
                yield ("".join(morae[:end]), *rest)


def _morae(reading: str) -> list[str]:
    found: list[str] = []
    for character in reading:
        if found and character in _SMALL:
            found[-1] += character
        else:
            found.append(character)
    return found


def _unfolded(name: str) -> str:
    """Return a name with the sign of repetition as what it repeats."""
    return "".join(name[place - 1] if c == "々" and place else c for place, c in enumerate(name))


def _is_kanji(character: str) -> bool:
    return "㐀" <= character <= "鿿" or character == "々"


def _to_hiragana(character: str) -> str:
    return chr(ord(character) - 0x60) if "ァ" <= character <= "ヶ" else character


def hangul_readings(unihan: Iterable[str]) -> dict[str, list[str]]:
    """Return the Hanja of each Hangul syllable, from the lines of Unihan's readings, in the order of their codes."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in unihan:
        code, _, rest = line.partition("\tkHangul\t")
        for said in rest.split():
            found[said.partition(":")[0]].append(chr(int(code.replace("U+", "0x"), 0)))
    return dict(sorted(found.items()))


def _write(name: str, source: str, lines: Iterable[str]) -> None:
    (DATA / name).write_text("".join(f"{line}\n" for line in (f"# {source}", *lines)), "utf-8")


def main(dictionary: Path, unihan: Path) -> None:
    """Write the three files."""
    surnames, given = read_names(dictionary.read_bytes())
    written: dict[str, list[str]] = defaultdict(list)
    for name, reading in sorted(surnames):
        written[spell_kana(reading)].append(name)
    _write(
        "japanese_surnames.txt",
        UNIDIC,
        (f"{said} {' '.join(names)}" for said, names in sorted(written.items()) if said),
    )
    learned = (
        (c, [spelt for part in parts if (spelt := spell_kana(part))]) for c, parts in learn_readings(given).items()
    )
    _write("japanese_given.txt", UNIDIC, (f"{c} {' '.join(dict.fromkeys(parts))}" for c, parts in learned if parts))
    with unihan.open(encoding="utf-8") as lines:
        hanja = hangul_readings(lines)
    _write("hanja.txt", UNIHAN, (f"{syllable} {''.join(characters)}" for syllable, characters in hanja.items()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
