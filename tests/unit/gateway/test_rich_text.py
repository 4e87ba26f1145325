"""Rich Text Format as words: code pages, fonts, characters beyond them, what holds no words, and hostile bytes."""

import io
import json
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.attachments.extractor import extract
from gateway.attachments.kinds import attachment_kind
from gateway.attachments.reading import extract_text
from gateway.attachments.rich_text import DEEPEST, Deep, words_of_rtf


def words(content: bytes) -> str:
    return "".join(words_of_rtf(content))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (rb"{\rtf1\ansi Keine Blutung.\par Kein Tumor.}", "Keine Blutung.\nKein Tumor."),
        (rb"{\rtf1\ansi\ansicpg1252 Sch\'e4del M\'fcller}", "Schädel Müller"),
        (rb"{\rtf1\ansi\ansicpg1251 \'cd\'e5\'f2}", "Нет"),
        (rb"{\rtf1\mac Sch\'8adel}", "Schädel"),
        (rb"{\rtf1\ansi\ansicpg936 \'ce\'de\'b3\'f6\'d1\'aa}", "无出血"),
        (rb"{\rtf1\ansi\ansicpg65001 " + "无".encode() + b"}", "无"),
        (rb"{\rtf1\ansi{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}}\f0 a \f1\'cd\f0\'e4}", "a Нä"),
        (rb"{\rtf1\ansi\deff1{\fonttbl{\f1\fcharset204 A;}}\'cd{\f0 \'e4}\plain\'cd}", "НäН"),
        (rb"{\rtf1\ansi\uc1 5\u8364?\u-4064 ?}", "5\u20ac\uf020"),
        (rb"{\rtf1\ansi{\uc2\u20986\'b3\'f6}\u34880 ?.}", "出血."),
        (rb"{\rtf1\ansi\uc0\u20986\u34880 .}", "出血."),
        (rb"{\rtf1\ansi\u-10179?\u-8704?}", "\U0001f600"),
        (rb"{\rtf1\ansi\u-10179? x}", "\ufffd x"),
        (rb"{\rtf1 a\tab b\cell c\row d\line e\~f\_g\-h\{i\}\\}", "a\tb\tc\nd\ne f-gh{i}\\"),
        (rb"{\rtf1 \ldblquote a\rdblquote\emdash b\rquote s}", "\u201ca\u201d\u2014b\u2019s"),
        (b"{\\rtf1 one\r\ntwo\\\r\nthree}", "onetwo\n\nthree".replace("\n\n", "\n")),
        (
            rb"{\rtf1{\info{\title Secret}{\author X}}{\stylesheet{\s0 Normal;}}{\colortbl;\red0;}{\*\generator G}a}",
            "a",
        ),
        (rb"{\rtf1{\pict\pngblip 89504e47}{\object{\*\objdata 0105}{\result R}}a}", "a"),
        (b"{\\rtf1 a{\\pict\\bin4 }{}}b}c}", "ac"),
        (rb"{\rtf1 a{\v hidden}{\deleted gone}\v x\v0 b\v y\plain c}", "abc"),
        (
            rb"{\rtf1{\header Clinic\par}{\field{\*\fldinst HYPERLINK}{\fldrslt link}}{\footer page}}",
            "\nClinic\n\nlink\npage\n",
        ),
        (rb"{\rtf1 open {\b bold", "open bold"),
        (rb"{\rtf1 a}}} b", "a b"),
        (b"", ""),
    ],
)
def test_words_of_a_document(content: bytes, said: str) -> None:
    assert words(content) == said


def test_picture_s_bytes_are_passed_over_whatever_they_look_like() -> None:
    assert words(b"{\\rtf1 a{\\pict\\bin4 }{\\x}b}") == "ab"
    assert words(b"{\\rtf1 a\\bin99999999 b}") == "a"
    assert words(b"{\\rtf1 a\\bin-5 b}") == "ab"


def test_document_is_read_by_the_program_apart_and_says_no_more_than_a_report() -> None:
    assert extract("rtf", rb"{\rtf1\ansi Name: Anna One\par Kein Befund.}") == {"text": "Name: Anna One\nKein Befund."}
    assert len(extract("rtf", b"{\\rtf1 " + b"word " * 100_000 + b"}")["text"]) <= 200_000


def test_document_beside_images_is_told_by_its_beginning_and_read(tmp_path: Path) -> None:
    content = rb"{\rtf1\ansi Befund\par unauff\'e4llig}"
    assert attachment_kind(io.BytesIO(content), "Befund", len(content)) == "rtf"
    assert attachment_kind(io.BytesIO(content), "VIEWER/License.rtf", len(content)) is None
    file = tmp_path / "file"
    file.write_bytes(content)
    assert extract_text(file, "rtf", scratch=tmp_path) == {"text": "Befund\nunauffällig"}


def test_groups_within_too_many_groups_are_refused() -> None:
    assert words(b"{\\rtf1 " + b"{" * (DEEPEST - 1) + b"a") == "a"
    with pytest.raises(Deep):
        words(b"{\\rtf1 " + b"{" * DEEPEST + b"a")
    assert extract("rtf", b"{" * 100_000) == {"problem": "the file cannot be read (Deep)"}


def test_words_of_text_boxes_are_read_once_in_lines_of_their_own() -> None:
    box = rb"{\shp{\*\shpinst\shpleft1{\sp{\sn pib}{\sv blob}}{\shptxt\pard Name: One, Anna\par Born: 1950}}"
    box += rb"{\shprslt{\*\do{\dptxbx{\dptxbxtext Name: One, Anna}}}}}"
    assert words(rb"{\rtf1 Head" + box + rb"Body}").split("\n") == ["Head", "Name: One, Anna", "Born: 1950", "Body"]
    assert words(rb"{\rtf1 a{\v" + box + rb"}b}") == "ab"


@pytest.mark.parametrize(
    "piece",
    [
        b"{}",
        b"\\'",
        b"\\u1 ",
        b"\\f1 ",
        b"\\fcharset134",
        b"{\\*",
        b"\\",
        b"\\v ",
        b"{\\fonttbl\\f7\\fcharset134}",
        b"a",
    ],
)
def test_time_grows_with_the_document_and_no_more(piece: bytes) -> None:
    def seconds(count: int) -> float:
        begin = time.process_time()
        with suppress(Deep):
            words(b"{\\rtf1 " + piece * count)
        return time.process_time() - begin

    seconds(1000)
    few, many = min(seconds(20_000) for _ in range(3)), min(seconds(80_000) for _ in range(2))
    assert many < 12 * few + 0.05


@given(st.binary(max_size=400))
def test_any_bytes_are_read_to_their_end(content: bytes) -> None:
    found = words(b"{\\rtf1 " + content.replace(b"{", b""))
    json.dumps(found.encode("utf-8").decode("utf-8"))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
def test_text_written_in_units_of_16_bits_is_read_back(text: str) -> None:
    units = text.encode("utf-16-be")
    codes = [int.from_bytes(units[at : at + 2], "big", signed=True) for at in range(0, len(units), 2)]
    assert words(b"{\\rtf1\\uc1 " + b"".join(b"\\u%d?" % each for each in codes) + b"}") == text
