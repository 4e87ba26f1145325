"""Orthanc as a hospital's PACS: it pushes a real study, has it committed, and opens the answer by its real name."""

import json
import subprocess
import time
from contextlib import contextmanager

import httpx
import pytest
from pydicom import dcmread

from gateway.sender import echo

pytestmark = [pytest.mark.foreign, pytest.mark.slow, pytest.mark.timeout(900)]

REAL = ("CT", "MR", "CR", "DX")
ASKED = ("PatientID", "PatientName", "StudyDate", "StudyDescription", "AccessionNumber", "ModalitiesInStudy",
         "NumberOfStudyRelatedInstances")  # fmt: skip


@pytest.fixture(scope="module")
def ports(free_port):
    return {"dicom": free_port(), "http": free_port()}


@pytest.fixture(scope="module")
def orthanc(live_node, program, ports, tmp_path_factory):
    """Run an Orthanc that knows the node as `overread`; gives a client of its REST interface."""
    with _running(program, tmp_path_factory.mktemp("orthanc"), "ORTHANC", ports, live_node.port("scp")) as client:
        yield client


@contextmanager
def _running(program, folder, ae_title, ports, node_port, **more):
    settings = {
        "Name": ae_title.lower(),
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "Plugins": [],
        "HttpPort": ports["http"],
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAet": ae_title,
        "DicomPort": ports["dicom"],
        "DicomModalities": {"overread": ["OVERREAD", "127.0.0.1", node_port]},
        "DicomAlwaysAllowEcho": True,
        "DicomAlwaysAllowStore": True,
        "SynchronousCMove": True,
    } | more
    file = folder / "orthanc.json"
    file.write_text(json.dumps(settings))
    with (folder / "orthanc.log").open("w") as log:
        process = subprocess.Popen([program("Orthanc"), str(file)], stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{ports['http']}", timeout=60) as client:
            _wait_for(client, process)
            yield client
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def site(live_node, ports):
    """Enter Orthanc as a site that sends, and that gets the answers."""
    live_node.do("site", "add", "orthanc", "--ae-title", "ORTHANC", "--require-case", "no", "--return-ae", "ORTHANC",
                 "--return-host", "127.0.0.1", "--return-port", str(ports["dicom"]))  # fmt: skip
    return "orthanc"


def test_orthanc_pushes_a_real_study_and_opens_the_answer(live_node, orthanc, ports, site, shared_corpus):
    node = live_node
    files = _real_study(shared_corpus)
    study = _push(orthanc, files)
    original = orthanc.get(f"/studies/{study}").json()
    assert orthanc.post("/modalities/overread/echo", json={}).status_code == 200
    node.wait_idle()
    (published,) = node.cli("study", "list", "--site", site)
    assert (published["state"], published["instances"]) == ("published", len(files)), published

    _sign(node, published["study_uid"])
    answers = node.wait_until(lambda: _answers(orthanc, study, len(files)), "SR and PDF are in Orthanc")
    kinds = {}
    for instance in answers:
        tags = orthanc.get(f"/instances/{instance}/simplified-tags").json()
        kinds[tags["Modality"]] = instance
        for keyword in ("PatientName", "PatientID"):
            assert tags[keyword] == original["PatientMainDicomTags"].get(keyword, "")
        assert tags["StudyInstanceUID"] == original["MainDicomTags"]["StudyInstanceUID"]
    assert set(kinds) == {"SR", "DOC"}
    pdf = orthanc.get(f"/instances/{kinds['DOC']}/pdf")
    assert pdf.status_code == 200
    assert pdf.content.startswith(b"%PDF")
    said = json.dumps(orthanc.get(f"/instances/{kinds['SR']}/simplified-tags").json())
    assert "No acute finding." in said


def test_orthanc_gets_its_storage_commitment(orthanc, live_node, site, shared_corpus):
    files = _real_study(shared_corpus)
    _push(orthanc, files)
    headers = [dcmread(path, stop_before_pixels=True) for path in files]
    references = [
        {"SOPClassUID": str(each.SOPClassUID), "SOPInstanceUID": str(each.SOPInstanceUID)} for each in headers
    ]
    assert _committed(live_node, orthanc, references)["Status"] == "Success"
    strange = {"SOPClassUID": references[0]["SOPClassUID"], "SOPInstanceUID": "1.2.3.4.5"}
    report = _committed(live_node, orthanc, [references[0], strange])
    assert report["Status"] == "Failure"
    assert [each["SOPInstanceUID"] for each in report["Success"]] == [references[0]["SOPInstanceUID"]]
    assert [(each["SOPInstanceUID"], each["FailureReason"]) for each in report["Failures"]] == [("1.2.3.4.5", 0x0112)]


def test_orthanc_answers_our_sender_and_is_refused_once_its_site_is_gone(live_node, orthanc, ports, site):
    assert echo("127.0.0.1", ports["dicom"], called_ae="ORTHANC", calling_ae="OVERREAD").ok
    assert orthanc.post("/modalities/overread/echo", json={}).status_code == 200
    live_node.do("site", "remove", site)
    live_node.wait_until(
        lambda: orthanc.post("/modalities/overread/echo", json={}).status_code >= 400, "the door is shut"
    )


def test_orthanc_as_a_readers_workstation_gets_what_is_published_and_no_identity(
    live_node, program, free_port, shared_corpus, tmp_path
):
    node, files = live_node, _real_study(shared_corpus)
    node.do("site", "add", "sender", "--ae-title", "SENDER", "--require-case", "no")
    node.do("import", *map(str, files), "--site", "sender")
    node.wait_idle()
    (published,) = node.cli("study", "list", "--site", "sender")
    reader = node.cli("reader", "list")[0]
    ports = {"dicom": free_port(), "http": free_port()}
    with _running(program, tmp_path, "WORKSTATION", ports, node.port("scp")) as orthanc:
        assert orthanc.post("/modalities/overread/echo", json={}).status_code >= 400
        node.do("workstation", "add", "WORKSTATION", "--reader", reader["name"], "--host", "127.0.0.1", "--port",
                str(ports["dicom"]))  # fmt: skip
        node.wait_until(
            lambda: orthanc.post("/modalities/overread/echo", json={}).status_code == 200, "the workstation is let in"
        )
        wanted = {"StudyInstanceUID": published["study_uid"]}
        query = {"Level": "Study", "Query": wanted | dict.fromkeys(ASKED, "")}
        found = orthanc.post("/modalities/overread/query", json=query).raise_for_status().json()["Path"]
        (answer,) = [orthanc.get(f"{found}/answers/{each}/content?simplify").json() for each in
                     orthanc.get(f"{found}/answers").json()]  # fmt: skip
        assert answer["NumberOfStudyRelatedInstances"] == str(len(files))
        orthanc.post(f"{found}/retrieve", json={"TargetAet": "WORKSTATION", "Synchronous": True}).raise_for_status()
        instances = [each["ID"] for each in orthanc.get("/instances?expand").json()]
        assert len(instances) == len(files)
        said = json.dumps(answer).encode() + b"".join(
            orthanc.get(f"/instances/{each}/file").content for each in instances
        )
    for planted in _identities(files):
        assert planted not in said, "an identity went out"
    assert answer["PatientID"].encode() in said


def test_orthanc_behind_tls_pushes_over_tls_and_gets_its_commitment_and_its_answer_so(
    start_node, program, free_port, certificates, shared_corpus, tmp_path
):
    ports, tls_port = {"dicom": free_port(), "http": free_port()}, free_port()
    files = {"certificate": "server.pem", "key": "server.key", "ca": "ca.pem"}
    dicom = "".join(f'tls_{name} = "{certificates / file}"\n' for name, file in files.items())
    node = start_node(f"{dicom}tls_port = {tls_port}\n")
    node.do("site", "add", "secure", "--ae-title", "SECURE", "--require-case", "no", "--return-ae", "SECURE",
            "--return-host", "127.0.0.1", "--return-port", str(ports["dicom"]), "--return-tls", "yes",
            "--return-trust", str(certificates / "client.pem"))  # fmt: skip
    node.do("site", "door", "secure", "--certificate", str(certificates / "client.pem"))
    tls = {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(certificates / "client.pem"),
        "DicomTlsPrivateKey": str(certificates / "client.key"),
        "DicomTlsTrustedCertificates": str(certificates / "ca.pem"),
        "DicomModalities": {
            "overread": {"AET": "OVERREAD", "Host": "127.0.0.1", "Port": tls_port, "UseDicomTls": True}
        },
    }
    sent = _real_study(shared_corpus)
    with _running(program, tmp_path, "SECURE", ports, tls_port, **tls) as orthanc:
        study = _push(orthanc, sent)
        header = dcmread(sent[0], stop_before_pixels=True)
        reference = {"SOPClassUID": str(header.SOPClassUID), "SOPInstanceUID": str(header.SOPInstanceUID)}
        assert _committed(node, orthanc, [reference])["Status"] == "Success"
        node.wait_idle()
        (published,) = node.cli("study", "list", "--site", "secure")
        assert published["state"] == "published", published
        _sign(node, published["study_uid"])
        answers = node.wait_until(lambda: _answers(orthanc, study, len(sent)), "SR and PDF are in Orthanc")
        assert len(answers) == 2
    visits = node.cli("site", "show", "secure")["last_associations"]
    assert {visit["tls"] for visit in visits} == {True}
    node.stop()


def _push(orthanc, files):
    """Put a study into Orthanc, let it push the study to the node, and return its name there."""
    for path in files:
        orthanc.post("/instances", content=path.read_bytes()).raise_for_status()
    (study,) = orthanc.get("/studies").json()
    stored = orthanc.post("/modalities/overread/store", json={"Resources": [study], "Synchronous": True})
    assert stored.status_code == 200, stored.text
    assert stored.json()["FailedInstancesCount"] == 0
    return study


def _committed(node, orthanc, references):
    """Ask for storage commitment and return Orthanc's own report once it has heard from the node."""
    asked = orthanc.post("/modalities/overread/storage-commitment", json={"DicomInstances": references})
    asked.raise_for_status()
    return node.wait_until(
        lambda: (report := orthanc.get(asked.json()["Path"]).json())["Status"] != "Pending" and report,
        "Orthanc has its storage commitment",
    )


def _wait_for(client, process):
    deadline = time.monotonic() + 120
    while True:
        assert process.poll() is None, "Orthanc ended"
        try:
            client.get("/system").raise_for_status()
        except httpx.HTTPError:
            assert time.monotonic() < deadline, "Orthanc did not answer in time"
            time.sleep(0.2)
        else:
            return


def _real_study(corpus):
    """Return the files of the largest small study among real CT, MR, CR and DX images."""
    studies = {}
    for path in sorted((corpus / "openradx-adit").rglob("*")):
        if path.is_file():
            try:
                header = dcmread(path, stop_before_pixels=True)
            except Exception:  # noqa: BLE001 - the corpus holds files that are no DICOM
                continue
            if header.get("Modality") in REAL:
                studies.setdefault(str(header.StudyInstanceUID), []).append(path)
    return max((files for files in studies.values() if len(files) <= 40), key=len)


def _identities(files):
    """Return what must never be seen: the UIDs, names and numbers of the originals."""
    found = set()
    for path in files:
        header = dcmread(path, stop_before_pixels=True)
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "PatientID", "PatientName"):
            value = str(header.get(keyword, "")).strip()
            if len(value) > 5:
                found.add(value.encode())
    assert len(found) > len(files)
    return found


def _sign(node, study_uid):
    with node.http("reader") as reader:
        items = reader.get("/api/worklist", params={"limit": 100}).json()["items"]
        (item,) = [each for each in items if each["study_uid"] == study_uid]
        address = f"/api/worklist/{item['id']}"
        reader.post(f"{address}/claim").raise_for_status()
        draft = {"findings": "No acute finding.", "impression": "Normal."}
        reader.post(f"{address}/read", json=draft).raise_for_status()
        reader.post(f"{address}/sign").raise_for_status()


def _answers(orthanc, study, pushed):
    instances = [each["ID"] for each in orthanc.get(f"/studies/{study}/instances").json()]
    if len(instances) < pushed + 2:
        return None
    modality = {each: orthanc.get(f"/instances/{each}/simplified-tags").json()["Modality"] for each in instances}
    return [each for each in instances if modality[each] in {"SR", "DOC"}]
