"""Where patients live and of what kind their identifiers are is read from every way of writing a case, and headers."""

import json
from io import BytesIO

from pydicom import Dataset

from gateway.headers import OtherID, read_header
from gateway.matching.keys import case_keys, study_keys
from gateway.models import Case, Patient

HEADER = "MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250302||ORM^O01|M1|P|2.5.1||||||UNICODE UTF-8"
ORDER = "ORC|NW|PL-1^RIS\rOBR|1|PL-1^RIS||CTH^CT head^L"
HOME, OFFICE = "Weg 1, Bonn, NW, 53111", "Werk 9^^Bonn^NW^53111^DEU^B"


def test_hl7_message_tells_home_telephone_and_social_security_number(file_in, view) -> None:
    homes = f"Weg 1^^Bonn^NW^53111^DEU^H~{OFFICE}"
    pid = f"PID|1||P-1^^^NORTH^MR||MÜLLER^ANNA||19600102|F|||{homes}||^PRN^PH^^49^228^1234567||||||123456789"
    (filed,) = file_in("\r".join((HEADER, pid, ORDER)) + "\r")
    patient = view(filed.case_number)["patient"]
    assert (patient["addresses"], patient["telephones"]) == ([HOME], ["49 228 1234567"])
    assert patient["ids"] == [
        {"id": "P-1", "issuer": "NORTH", "type": "MR"},
        {"id": "123456789", "issuer": "", "type": "SS"},
    ]


def test_fhir_patient_tells_home_telephone_and_types(file_in, view) -> None:
    kind = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "NNDEU"}]}
    patient = {
        "resourceType": "Patient",
        "id": "p",
        "name": [{"family": "Müller", "given": ["Anna"]}],
        "identifier": [{"value": "T22000129", "system": "urn:oid:1.2.276.0.76", "type": kind}],
        "address": [
            {"line": ["Weg 1"], "city": "Bonn", "postalCode": "53111"},
            {"use": "work", "line": ["Werk 9"], "city": "Bonn"},
        ],
        "telecom": [
            {"system": "phone", "value": "+49 228 1234567", "use": "home"},
            {"system": "email", "value": "anna@example.org"},
        ],
    }
    request = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "contained": [patient],
        "subject": {"reference": "#p"},
    }
    (filed,) = file_in(json.dumps(request))
    said = view(filed.case_number)["patient"]
    assert (said["addresses"], said["telephones"]) == (["Weg 1, Bonn, 53111"], ["+49 228 1234567"])
    assert said["ids"] == [{"id": "T22000129", "issuer": "1.2.276.0.76", "type": "NNDEU"}]


def test_list_has_columns_for_home_and_telephone(file_in, view) -> None:
    text = "Nachname;Vorname;Anschrift;Telefon\nMüller;Anna;Weg 1, 53111 Bonn;0228 1234567\n"
    (filed,) = file_in(text, name="list.csv")
    patient = view(filed.case_number)["patient"]
    assert (patient["addresses"], patient["telephones"]) == (["Weg 1, 53111 Bonn"], ["0228 1234567"])


def test_header_tells_home_and_further_identifiers_and_both_sides_reach_the_matcher(gate, part10) -> None:
    other, qualifiers = Dataset(), Dataset()
    qualifiers.UniversalEntityID, qualifiers.UniversalEntityIDType = "2.16.840.1.113883.4.1", "ISO"
    qualifiers.IdentifierTypeCode = "SS"
    other.PatientID, other.TypeOfPatientID = "123456789", "TEXT"
    other.IssuerOfPatientIDQualifiersSequence = [qualifiers]
    told = {"PatientAddress": "Weg 1, 53111 Bonn", "PatientTelephoneNumbers": "0228 1234567"}
    payload = part10(OtherPatientIDsSequence=[other], **told)
    header = read_header(BytesIO(payload))
    assert header.other_ids == (OtherID("123456789", "2.16.840.1.113883.4.1", "SS"),)
    gate.receive(payload)
    ids = [{"id": "123456789", "type": "SS"}]
    gate.case(patient={"name": "Planted^Identity", "ids": ids, "addresses": ["Weg 1, Bonn"], "telephones": ["1234567"]})
    with gate.node.identity.read() as session:
        study = gate.study()
        keys = study_keys(study, session.get_one(Patient, study.patient_id))
        case = case_keys(session.query(Case).one())
    assert keys.other_ids == {("123456789", "2.16.840.1.113883.4.1")}
    assert keys.id_kinds == case.id_kinds == {("123456789", "SS")}
    assert (keys.addresses, case.addresses) == ({"Weg 1, 53111 Bonn"}, {"Weg 1, Bonn"})
    assert (keys.telephones, case.telephones) == ({"0228 1234567"}, {"1234567"})
