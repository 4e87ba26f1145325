"""What stands in brackets is shown as it is: neither a setting's section nor a name is taken for a colour."""

import pytest
from click.testing import CliRunner

from gateway import doctor
from gateway.cli import cli
from gateway.cli.frame import print_rows


def test_table_shows_brackets_and_what_looks_like_the_end_of_a_colour(capsys) -> None:
    print_rows(
        [{"name": "[Ada] [/red]", "reason": "[worker] object_minutes"}], ("name", "reason"), as_json=False, empty=""
    )
    printed = capsys.readouterr().out
    assert "[Ada] [/red]" in printed and "[worker] object_minutes" in printed


@pytest.mark.parametrize("well", [True, False])
def test_doctor_names_the_section_of_a_setting(monkeypatch, tmp_path, well) -> None:
    said = doctor.Diagnosis("tls hl7", well, "see [hl7]", "renew tls_certificate of [hl7]")
    monkeypatch.setattr(doctor, "examine", lambda _settings: [said])
    printed = CliRunner().invoke(cli, ["doctor", "--home", str(tmp_path)]).stdout
    assert "see [hl7]" in printed
    assert ("tls_certificate of [hl7]" in printed) is not well
