"""Settings: one frozen object, read strictly, and a commented file that tells the truth."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

import config
from config.errors import Misconfigured
from config.settings import Settings

SHIPPED = Path(config.__file__).with_name("overread.toml")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    import os

    for name in list(os.environ):
        if name.startswith("OVERREAD_"):
            monkeypatch.delenv(name)


def load(tmp_path, text="", encoding="utf-8"):
    (tmp_path / "overread.toml").write_text(text, encoding=encoding)
    return Settings.load(tmp_path)


def sections():
    return {
        name: field.annotation.model_fields
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }


def test_an_empty_home_has_the_defaults(tmp_path):
    settings = Settings.load(tmp_path)
    assert settings.dicom.port == 11112
    assert settings.dicom.ae_title == "OVERREAD"
    assert settings.identity_url == f"sqlite:///{tmp_path / 'identity.sqlite'}"
    assert settings.vault_url == (tmp_path / "vault").as_uri()
    assert settings.spool == tmp_path / "spool"


def test_the_file_changes_them_and_the_environment_wins(tmp_path, monkeypatch):
    text = "[dicom]\nport = 104\nae_title = 'NODE'\n"
    assert (load(tmp_path, text).dicom.port, load(tmp_path, text).dicom.ae_title) == (104, "NODE")
    monkeypatch.setenv("OVERREAD_DICOM__PORT", "4242")
    assert (load(tmp_path, text).dicom.port, load(tmp_path, text).dicom.ae_title) == (4242, "NODE")


def test_the_home_comes_from_the_environment_or_is_beside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Settings.load().home == tmp_path / "overread-home"
    monkeypatch.setenv("OVERREAD_HOME", str(tmp_path / "else"))
    assert Settings.load().home == tmp_path / "else"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[dicom]\nprot = 1\n", r"overread.toml:2: unknown key 'prot' in \[dicom\]; did you mean 'port'"),
        ("\n[dcom]\nport = 1\n", r"overread.toml:2: unknown section \[dcom\]; did you mean 'dicom'"),
        ("[http]\nport = 1\n[dicom]\n  'prot'=1\n", r"overread.toml:4: unknown key 'prot'"),
        ("port = 1\n", r"unknown section \[port\]"),
        ("[dicom\n", "not TOML"),
        ("[dicom]\nport = 'x'\n", r"dicom\.port"),
        ("[dicom]\nport = 70000\n", r"dicom\.port"),
        ("[dicom]\nae_title = 'SEVENTEEN LETTERS'\n", r"dicom\.ae_title"),
        ("[dicom]\nae_title = ''\n", r"dicom\.ae_title"),
        ("[billing]\nrate = 'much'\n", r"billing\.rate|billing"),
        ("[billing]\ncurrency = 'dollars'\n", r"billing"),
    ],
)
def test_what_nobody_would_read_is_refused_with_its_place(tmp_path, text, words):
    with pytest.raises(Misconfigured, match=words):
        load(tmp_path, text)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "overread.toml").write_bytes(b"\xff\xfe[dicom]")
    with pytest.raises(Misconfigured, match=r"overread\.toml"):
        Settings.load(tmp_path)


@pytest.mark.parametrize("name", ["OVERREAD_DICOM__PROT", "OVERREAD_DCOM__PORT", "overread_dicom__prot"])
def test_an_environment_name_that_sets_nothing_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setenv(name, "1")
    with pytest.raises(Misconfigured, match="did you mean 'OVERREAD_DICOM__PORT'"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["OVERREAD_DICOM_PORT", "overread_dicom_port"])
def test_an_environment_name_with_one_underscore_too_few_is_refused_with_the_right_one(tmp_path, monkeypatch, name):
    monkeypatch.setenv(name, "1")
    with pytest.raises(Misconfigured, match="write 'OVERREAD_DICOM__PORT'"):
        load(tmp_path)


def test_environment_names_of_others_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("OVERREAD_HOME", str(tmp_path))
    monkeypatch.setenv("OVERREAD_IMAGE_TAG", "7")
    assert load(tmp_path).dicom.port == 11112


def test_settings_are_frozen(tmp_path):
    settings = load(tmp_path)
    with pytest.raises(ValidationError):
        settings.dicom.port = 1
    with pytest.raises(ValidationError):
        settings.home = tmp_path


def test_the_shipped_file_shows_every_setting_with_its_default():
    text = SHIPPED.read_text(encoding="utf-8")
    uncommented = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)
    shown = tomllib.loads(uncommented)
    assert set(shown) == set(sections())
    for section, fields in sections().items():
        assert set(shown[section]) == set(fields), section
        for key, field in fields.items():
            if field.default is not None:
                assert shown[section][key] == field.default, (section, key)


def test_the_shipped_file_loads_and_changes_nothing(tmp_path):
    assert load(tmp_path, SHIPPED.read_text(encoding="utf-8")).model_dump() == Settings(home=tmp_path).model_dump()


def test_one_database_for_both_zones_is_refused(tmp_path, monkeypatch):
    for zone in ("IDENTITY", "READING"):
        monkeypatch.setenv(f"OVERREAD_{zone}__DATABASE_URL", "postgresql://overread@/overread")
    with pytest.raises(Misconfigured, match="a database each"):
        Settings.load(tmp_path)
