"""The log: an identity cannot slip in."""

import json

import pytest

from config.log import ALLOWED_KEYS, configure_log, describe, get_log, keep_allowed_keys


def test_keys_that_are_not_on_the_list_are_dropped_and_named(capsys):
    configure_log("info", "json")
    get_log().info("instance stored", site="north", patient_name="Planted^Identity", count=3)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["site"], line["count"], line["level"]) == ("instance stored", "north", 3, "info")
    assert line["dropped"] == ["patient_name"]
    assert "Planted" not in json.dumps(line)


def test_values_are_cut(capsys):
    configure_log("info", "json")
    get_log().info("x", reason="a" * 1000)
    assert len(json.loads(capsys.readouterr().err)["reason"]) == 200


@pytest.mark.parametrize("value", [True, 3, 2.5, None])
def test_plain_values_stay_what_they_are(value):
    assert keep_allowed_keys(None, "info", {"count": value})["count"] is value


def test_below_the_level_nothing_is_written(capsys):
    configure_log("warning", "json")
    get_log().info("x")
    assert capsys.readouterr().err == ""


def test_an_exception_is_described_without_its_words():
    try:
        raise ValueError("Planted^Identity")
    except ValueError as error:
        found = describe(error)
    assert found["error"] == "ValueError"
    assert found["error_at"].startswith("test_log.py:")
    assert "Planted" not in str(found)


def test_an_exception_that_was_never_raised_is_described_too():
    assert describe(ValueError("x")) == {"error": "ValueError", "error_at": "unknown"}


def test_no_allowed_key_names_an_identity():
    assert not {key for key in ALLOWED_KEYS if "name" in key or "patient" in key or "birth" in key or "path" in key}


def test_foreign_loggers_stay_quiet(capsys):
    import logging

    configure_log("debug", "console")
    logging.getLogger("pynetdicom.dul").error("Planted^Identity")
    logging.getLogger("pydicom").warning("Planted^Identity")
    own = logging.getLogger("foreign.with.a.level")
    own.setLevel(logging.DEBUG)
    own.error("Planted^Identity")
    assert "Planted" not in capsys.readouterr().err
