"""What `overread import` says about a disc that keeps its promises, and about one that does not."""

from typing import Any

import pytest

from gateway.cli.import_report import exit_code, print_report


def _report(promised: dict[str, Any] | None, **counts: int) -> dict[str, Any]:
    files = [
        {"path": f"{disposition}{number}", "disposition": disposition, "reason": f"because [{disposition}]"}
        for disposition, count in counts.items()
        for number in range(count)
    ]
    return {"delivery": "d1", "files": files, "counts": counts, "promised": promised}


def test_a_disc_with_everything_its_directory_lists_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(_report({"listed": 12, "missing": [], "missing_count": 0}, published=12), verbose=False)
    assert "the DICOMDIR lists 12 files, and all of them are here" in capsys.readouterr().out


def test_a_scratched_disc_names_what_it_lacks_up_to_a_bound(capsys: pytest.CaptureFixture[str]) -> None:
    missing = [f"DICOM/IM{number:04}" for number in range(25)]
    print_report(_report({"listed": 99, "missing": missing, "missing_count": 25}, published=74), verbose=False)
    out = capsys.readouterr().out
    assert "lists 99 files, of which 25 are not here" in out
    assert "DICOM/IM0019" in out
    assert "DICOM/IM0020" not in out
    assert "and 5 more" in out


def test_the_summary_counts_each_reason_and_shows_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(_report(None, published=3, quarantined=2), verbose=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "delivery d1: 5 files"
    assert lines[2].split() == ["published", "3"]
    assert lines[3].split() == ["quarantined", "2", "because", "[quarantined]"]
    assert "DICOMDIR" not in "".join(lines)


@pytest.mark.parametrize(("counts", "code"), [({"published": 1}, 0), ({"published": 1, "quarantined": 1}, 3), ({}, 0)])
def test_the_exit_code_tells_of_the_quarantine(counts: dict[str, int], code: int) -> None:
    assert exit_code(_report(None, **counts)) == code
