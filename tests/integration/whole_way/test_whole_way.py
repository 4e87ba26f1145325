"""A study goes all the way: pushed, de-identified, matched, read, returned, billed, all seen from outside."""

import json
from collections import Counter

import pytest
from pydicom import dcmread

pytestmark = [pytest.mark.foreign, pytest.mark.slow, pytest.mark.timeout(900)]

SIGNED = ("ct-head", "mr-brain", "ct-chest")


def test_studies_are_matched_where_it_is_certain_and_left_to_a_person_where_not(told):
    matched = {slug for slug, uid in told.study_uids.items() if told.before[uid]["case"]}
    waiting = {slug for slug, uid in told.study_uids.items() if told.before[uid]["state"] == "unmatched"}
    assert matched == {study.slug for study in told.manifest.studies if study.expected_state == "matched"}
    assert waiting == {study.slug for study in told.manifest.studies if study.expected_state == "unmatched"}


def test_every_object_has_the_disposition_that_it_should(told):
    counted = told.node.rows(
        "identity",
        "select study.study_uid, received_object.disposition, count(*) from received_object "
        "join study on study.id = received_object.study_id group by 1, 2",
    )
    for sample in told.manifest.studies:
        uid = told.study_uids[sample.slug]
        found = {disposition: count for study, disposition, count in counted if study == uid}
        assert found == dict(sample.expected_dispositions), sample.slug
    total = sum(len(study.files) + len(study.extra_files) for study in told.manifest.studies)
    found = told.node.rows("identity", "select count(*), count(disposition) from received_object")
    assert found == [(total, total)]


def test_an_upload_answers_for_every_file_of_the_zip(told):
    sample = told.sample("mr-brain")
    assert told.upload["state"] == "done"
    assert {each["path"] for each in told.upload["files"]} == {
        path.name for path in (*sample.files, *sample.extra_files)
    }
    assert Counter(each["disposition"] for each in told.upload["files"]) == {**sample.expected_dispositions, "kept": 1}


def test_the_worklist_shows_each_published_study_once_with_a_preview(told):
    published = {
        study["study_uid"] for study in told.node.cli("study", "list") if study["state"] in {"published", "read"}
    }
    assert len(published) == len(told.manifest.studies) - 1  # the one with the name in its pixels is held
    assert Counter(item["study_uid"] for item in told.items) == Counter(published)
    with told.node.http("reader") as reader:
        for uid in published:
            preview = reader.get(f"/dicom-web/studies/{uid}/thumbnail")
            assert preview.status_code == 200, uid
            assert preview.content[:2] == b"\xff\xd8" or preview.content[:4] == b"\x89PNG"


def test_an_object_with_a_name_in_its_pixels_waits_in_quarantine_with_a_reason(told):
    uid = told.study_uids["us-echo"]
    waiting = [each for each in told.node.cli("quarantine", "list") if each["study_uid"] == uid]
    assert len(waiting) == len(told.sample("us-echo").files)
    assert all(each["reason"] for each in waiting)
    assert told.study("us-echo")["state"] == "held"


def test_the_answer_reaches_the_hospital_under_the_original_identity(told):
    for slug in SIGNED:
        sample = told.sample(slug)
        received = told.hospital.received(sample.study_instance_uid)
        assert sorted(each.Modality for each in received) == ["DOC", "SR"], slug
        for each in received:
            assert str(each.PatientName) == sample.patient_name
            assert each.PatientID == sample.patient_id


def test_the_returned_sr_refers_to_original_instances_only(told):
    sample = told.sample("ct-head")
    original = set(_sop_instance_uids(sample.files))
    sr = next(each for each in told.hospital.received(sample.study_instance_uid) if each.Modality == "SR")
    referred = {
        str(element.value)
        for element in sr.iterall()
        if element.keyword == "ReferencedSOPInstanceUID" and str(element.value).startswith("2.25.")
    }
    assert referred
    assert referred <= original


def test_a_read_says_how_its_answer_went_back(told):
    for slug in SIGNED:
        shown = told.node.cli("read", "show", told.reads[slug]["id"])
        assert [each["state"] for each in shown["returns"]] == ["sent"]
        assert shown["study_uid"] == told.study_uids[slug]
    assert len(told.node.cli("read", "list")) == len(SIGNED)


def test_each_site_is_billed_one_flat_fee_for_its_read(told):
    for slug in SIGNED:
        charge, month = told.reads[slug]["charge"], told.reads[slug]["signed_at"][:7]
        assert (charge["amount_minor"], charge["currency"]) == (30000, "USD")
        invoice = told.node.run("invoice", "--site", told.sample(slug).site, "--month", month, "--format", "json")
        assert invoice.returncode == 0, invoice.stderr
        document = json.loads(invoice.stdout)
        assert [line["amount_minor"] for line in document["lines"]] == [30000]
        assert document["lines"][0]["study_uid"] == told.study_uids[slug]
        assert document["total_minor"] == 30000


def test_two_sites_with_the_same_patient_id_and_study_uid_stay_two_patients_and_two_studies(told):
    north, south = told.sample("ct-twin-north"), told.sample("ct-twin-south")
    assert (north.patient_id, north.study_instance_uid) == (south.patient_id, south.study_instance_uid)
    uids = {told.study_uids[slug] for slug in ("ct-twin-north", "ct-twin-south")}
    shown = [item for item in told.items if item["study_uid"] in uids]
    assert {item["site"] for item in shown} == {"northfield", "lindenberg"}
    assert len({item["patient"]["pseudonym"] for item in shown}) == 2
    with told.node.http("integrator") as integrator:
        series = [integrator.get(f"/dicom-web/studies/{uid}/series").raise_for_status().json() for uid in sorted(uids)]
        instances = [integrator.get(f"/dicom-web/studies/{uid}/instances").json() for uid in sorted(uids)]
    assert {len(each) for each in instances} == {2}
    assert not _values(series[0], "0020000E") & _values(series[1], "0020000E")
    assert not _values(instances[0], "00080018") & _values(instances[1], "00080018")


def _sop_instance_uids(files):
    return [str(dcmread(path, stop_before_pixels=True).SOPInstanceUID) for path in files]


def _values(answer, tag):
    return {each[tag]["Value"][0] for each in answer}
