"""Workstations over the reading zone: who is entered, what they find, and that it bears no identity."""

import json
from io import BytesIO

import pytest
from click.testing import CliRunner
from pydicom import Dataset, dcmread
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from sqlalchemy import select

from config.audit import verify_chain
from config.errors import Conflict, Forbidden, Malformed, NotFound, TooLarge
from config.identifiers import AETitle
from gateway.cli import cli
from gateway.retrieval.archive import ReadingArchive
from gateway.retrieval.asking import asked_by
from gateway.sites import SiteChange, set_site, tell_the_doors
from gateway.workstations import enter_workstation, withdraw_workstation
from scp.information_models import INFORMATION_MODELS, Identifier, read_identifier
from scp.peers import Peers, WorkstationRule
from worklist.access.readers import add_reader, set_active
from worklist.models import PublishedStudy, ReadingAudit

STUDY_FIND, STUDY_GET = "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.3"
PATIENT_FIND = "1.2.840.10008.5.1.4.1.2.1.1"


@pytest.fixture
def reader(node):
    with node.reading.write() as session:
        add_reader(session, node.clock, name="Ada", email="ada@example.org")
    return "Ada"


def enter(node, title="READING", *, reader="Ada", **more):
    return enter_workstation(node, AETitle(title), reader=reader, host="127.0.0.1", port=11112, actor="test", **more)


def identifier(level, model=STUDY_FIND, *, relational=False, **elements) -> Identifier:
    dataset = Dataset()
    dataset.QueryRetrieveLevel = level
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return read_identifier(dataset, INFORMATION_MODELS[model], relational=relational)


def rule(node, title="READING"):
    return Peers(node.settings.peers_file).rule_of(title)


def test_a_workstation_that_is_entered_is_told_to_the_door_and_gone_when_it_is_withdrawn(node, reader) -> None:
    view = enter(node, networks=("10.1.0.0/16",))
    assert (view["reader"], view["networks"], view["active"]) == ("Ada", ("10.1.0.0/16",), True)
    told = rule(node)
    assert isinstance(told, WorkstationRule)
    assert (told.terms.networks, told.terms.maximum_associations) == (("10.1.0.0/16",), 8)
    withdraw_workstation(node, "READING", actor="test")
    assert rule(node) is None
    with node.reading.read() as session:
        entries = list(session.scalars(select(ReadingAudit).order_by(ReadingAudit.seq)))
    assert [entry.action for entry in entries] == ["workstation-added", "workstation-removed"]
    assert verify_chain(entries) is None


def test_a_workstation_rests_with_its_reader(node, reader) -> None:
    enter(node)
    with node.reading.write() as session:
        set_active(session, name="Ada", active=False)
    tell_the_doors(node)
    assert rule(node) is None


def test_one_title_belongs_to_one_site_or_workstation(node, reader) -> None:
    set_site(node, "north", SiteChange(ae_titles=(AETitle("NORTH"),)), actor="test")
    with pytest.raises(Conflict, match="site north"):
        enter(node, "NORTH")
    with pytest.raises(Conflict, match="own"):
        enter(node, "OVERREAD")
    enter(node)
    with pytest.raises(Conflict, match="already"):
        enter(node)
    with pytest.raises(Conflict, match="workstation"):
        set_site(node, "south", SiteChange(ae_titles=(AETitle("READING"),)), actor="test")
    assert isinstance(rule(node), WorkstationRule)


def test_a_workstation_needs_a_reader_a_host_and_networks_that_are_some(node, reader) -> None:
    with pytest.raises(NotFound):
        enter(node, reader="Nobody")
    with pytest.raises(Malformed):
        enter(node, networks=("everywhere",))
    with pytest.raises(Malformed):
        enter_workstation(node, AETitle("X"), reader="Ada", host="a b", port=104, actor="test")
    assert rule(node, "X") is None


def test_what_is_found_and_sent_is_the_published_study_and_no_identity(gate, reader) -> None:
    node = gate.node
    study = gate.publish(AccessionNumber="ACC-12345", StudyDescription="CT HEAD")
    enter(node)
    archive = ReadingArchive(node.room)
    wanted = dict.fromkeys(("PatientName", "PatientID", "PatientBirthDate", "AccessionNumber", "StudyDescription"), "")
    (patient,) = archive.find("READING", identifier("PATIENT", PATIENT_FIND, PatientID="", PatientName=""), fuzzy=False)
    (found,) = archive.find("READING", identifier("STUDY", StudyInstanceUID="", **wanted), fuzzy=False)
    assert found.attributes.StudyInstanceUID == study.study_uid
    keys = {"StudyInstanceUID": study.study_uid, "SeriesInstanceUID": ""}
    (series,) = archive.find("READING", identifier("SERIES", **keys), fuzzy=False)
    keys["SeriesInstanceUID"] = series.attributes.SeriesInstanceUID
    everything = dict.fromkeys(("SOPInstanceUID", "PatientName", "ReferencedImageSequence", "InstitutionName"), "")
    everything["ReferencedImageSequence"] = Sequence()
    (image,) = archive.find("READING", identifier("IMAGE", **keys, **everything), fuzzy=False)
    (instance,) = archive.select(
        "READING", identifier("STUDY", STUDY_GET, StudyInstanceUID=study.study_uid), "get", "READING"
    )
    sent = b"".join(archive.data_set(instance, instance.transfer_syntax_uid))
    said = repr([each.attributes for each in (patient, found, series, image)]).encode() + sent
    for planted in (b"Planted", b"PATIENT-1", b"ACC-12345", b"1.2.826.0.1.3680043.10"):
        assert planted not in said
    assert patient.attributes.PatientID.startswith("OVR-")
    assert dcmread(BytesIO(sent), force=True).SOPInstanceUID == instance.sop_instance_uid


def test_an_instance_is_rewritten_in_the_uncompressed_syntaxes(gate, reader) -> None:
    study = gate.publish()
    enter(gate.node)
    archive = ReadingArchive(gate.node.room)
    (instance,) = archive.select(
        "READING", identifier("STUDY", STUDY_GET, StudyInstanceUID=study.study_uid), "get", "READING"
    )
    assert instance.obtainable == {ExplicitVRLittleEndian, ImplicitVRLittleEndian}
    stored, implicit = (
        dcmread(BytesIO(preamble(syntax) + b"".join(archive.data_set(instance, syntax))))
        for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
    )
    assert implicit.PixelData == stored.PixelData == bytes(range(256)) * 2
    assert implicit.to_json_dict() == stored.to_json_dict()


def preamble(syntax: str) -> bytes:
    value = syntax.encode() + b"\0" * (len(syntax) % 2)
    element = b"\x02\x00\x10\x00UI" + len(value).to_bytes(2, "little") + value
    return bytes(128) + b"DICM\x02\x00\x00\x00UL\x04\x00" + len(element).to_bytes(4, "little") + element


def test_whoever_is_not_entered_or_shut_out_gets_nothing(gate, reader) -> None:
    node = gate.node
    study = gate.publish()
    archive = ReadingArchive(node.room)
    wanted = identifier("STUDY", STUDY_GET, StudyInstanceUID=study.study_uid)
    with pytest.raises(Forbidden):
        archive.select("READING", wanted, "get", "READING")
    enter(node)
    assert archive.select("READING", wanted, "get", "READING")
    with node.reading.write() as session:
        set_active(session, name="Ada", active=False)
    for ask in (
        lambda: archive.select("READING", wanted, "get", "READING"),
        lambda: archive.destination("READING", "READING"),
        lambda: list(archive.find("READING", identifier("STUDY", StudyInstanceUID=""), fuzzy=False)),
    ):
        with pytest.raises(Forbidden):
            ask()


def test_keys_that_cannot_be_matched_or_answered_are_said_to_be_so() -> None:
    assert asked_by(identifier("STUDY", StudyInstanceUID="", StudyDate="20240101"), fuzzy=False).complete
    for elements in (
        {"SliceThickness": "3"},  # of a lower level
        {"NumberOfStudyRelatedInstances": "3"},  # is answered, and not matched
        {"Modality": ""},
    ):
        assert not asked_by(identifier("STUDY", StudyInstanceUID="", **elements), fuzzy=False).complete
    private = identifier("STUDY", StudyInstanceUID="")
    private.attributes.add_new(0x00091001, "LO", "x")
    assert asked_by(private, fuzzy=False).keys == ("0020000D",)


def test_a_condition_inside_a_sequence_is_matched_where_it_stands() -> None:
    inside = Dataset()
    inside.ScheduledProcedureStepID = "S1"
    keys = {"StudyInstanceUID": "2.25.1", "SeriesInstanceUID": "", "RequestAttributesSequence": Sequence([inside])}
    asked = asked_by(identifier("SERIES", **keys), fuzzy=False)
    assert ("00400275", "00400009") in [condition.path for condition in asked.query.conditions]


def test_a_query_of_too_much_is_refused() -> None:
    many = [f"2.25.{number}" for number in range(1, 502)]
    with pytest.raises(TooLarge):
        asked_by(identifier("STUDY", StudyInstanceUID=many), fuzzy=False)
    deep = Dataset()
    deep.StudyDate = "20240101"
    for _ in range(6):
        outer = Dataset()
        outer.ReferencedStudySequence = Sequence([deep])
        deep = outer
    nested = identifier("STUDY", StudyInstanceUID="")
    nested.attributes.ProcedureCodeSequence = Sequence([deep])
    with pytest.raises(TooLarge):
        asked_by(nested, fuzzy=False)


def test_the_command_line_enters_and_removes_and_a_reader_shut_out_takes_the_workstation_along(node, reader) -> None:
    def overread(*words: str) -> str:
        done = CliRunner().invoke(cli, [*words, "--home", str(node.settings.home)], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    where = ("--host", "10.1.0.3", "--port", "104", "--network", "10.1.0.0/24")
    assert json.loads(overread("workstation", "add", "DESK", "--reader", "Ada", *where, "--json"))["reader"] == "Ada"
    (listed,) = json.loads(overread("workstation", "list", "--json"))
    assert (listed["ae_title"], listed["networks"], listed["active"]) == ("DESK", ["10.1.0.0/24"], True)
    overread("reader", "deactivate", "Ada")
    assert rule(node, "DESK") is None
    overread("reader", "activate", "Ada")
    assert rule(node, "DESK") is not None
    overread("workstation", "remove", "DESK")
    assert json.loads(overread("workstation", "list", "--json")) == []


def test_a_date_and_its_time_are_one_range_where_that_was_agreed_on(gate, reader) -> None:
    gate.publish(StudyDate="20240105", StudyTime="110000", StudyInstanceUID="1.2.3.4")
    enter(gate.node)
    archive = ReadingArchive(gate.node.room)
    with gate.node.reading.read() as session:
        day = str(session.scalars(select(PublishedStudy.study_date)).one())
    wanted = identifier("STUDY", StudyInstanceUID="", StudyDate=f"20000101-{int(day) + 1}", StudyTime="1200-1300")
    assert list(archive.find("READING", wanted, fuzzy=False)) == []
    assert len(list(archive.find("READING", wanted, fuzzy=False, combined=True))) == 1


def test_a_workstation_entered_with_tls_is_a_destination_over_tls_alone(node, reader, certificates) -> None:
    def run(*words: str) -> str:
        address = ["--reader", reader, "--host", "127.0.0.1", "--port", "104", "--home", str(node.settings.home)]
        done = CliRunner().invoke(cli, ["workstation", "add", *words, *address, "--json"], standalone_mode=False)
        return str(done.exception) if done.exception else done.output

    trust = str(certificates / "server.pem")
    assert "give it with --tls" in run("PLAIN", "--trust", trust)
    view = json.loads(run("SAFE", "--tls", "--trust", trust))
    assert (view["tls"], len(view["trust"])) == (True, 1)
    assert json.loads(run("PLAIN"))["tls"] is False
    archive = ReadingArchive(node.room)
    safe, plain = (archive.destination("PLAIN", title) for title in ("SAFE", "PLAIN"))
    assert (safe.tls is not None, plain.tls) == (True, None)
