"""Patient, study, series and equipment modules (PS3.3 C.7.1 to C.7.6.1), full of identities.

Types 1 and 2 are all present; what is type 3 is there because real archives send it and a de-identifier must find it.
"""

from datetime import datetime, timedelta

from sample_studies.plan import Elements, Picture, StudyPlan


def da(when: datetime) -> str:
    """Format a date as DA."""
    return when.strftime("%Y%m%d")


def tm(when: datetime) -> str:
    """Format a time as TM."""
    return when.strftime("%H%M%S.%f")


def patient(plan: StudyPlan) -> Elements:
    """Return the Patient and Patient Medical modules (C.7.1.1, C.2.4)."""
    who = plan.patient
    return {
        "PatientName": who.name,
        "PatientID": who.patient_id,
        "IssuerOfPatientID": plan.site.issuer,
        "PatientBirthDate": who.birth_date,
        "PatientBirthTime": "041500",
        "PatientSex": who.sex,
        "OtherPatientNames": who.former_name,
        "OtherPatientIDsSequence": [
            {"PatientID": who.prior_id, "IssuerOfPatientID": f"{plan.site.issuer}-ALT", "TypeOfPatientID": "TEXT"},
            {"PatientID": who.other_id, "IssuerOfPatientID": f"{plan.site.country}-GOV", "TypeOfPatientID": "TEXT"},
        ],
        "PatientBirthName": who.former_name,
        "PatientMotherBirthName": who.mother_birth_name,
        "PatientAddress": who.street,
        "PatientTelephoneNumbers": who.phone,
        "CountryOfResidence": plan.site.country,
        "RegionOfResidence": plan.site.jurisdiction,
        "EthnicGroup": "Undisclosed",
        "SmokingStatus": "NO",
        "PatientComments": f"{who.relative}, {who.phone}",
        "MedicalAlerts": "Penicillin",
        "Allergies": "Iodinated contrast, mild",
        "AdditionalPatientHistory": f"{who.prior_id}: {who.relative}",
        "PregnancyStatus": 4,
        "SpecialNeeds": "None",
    }


def study(plan: StudyPlan) -> Elements:
    """Return the General Study and Patient Study modules and the visit (C.7.2.1, C.7.2.2, C.3.2)."""
    who = plan.patient
    return {
        "StudyInstanceUID": plan.study_instance_uid,
        "StudyDate": da(plan.when),
        "StudyTime": tm(plan.when),
        "StudyID": plan.study_id,
        "AccessionNumber": plan.accession,
        "StudyDescription": plan.description,
        "ReferringPhysicianName": plan.staff.referring,
        "PhysiciansOfRecord": plan.staff.requesting,
        "NameOfPhysiciansReadingStudy": plan.staff.reading,
        "ProcedureCodeSequence": [
            {
                "CodeValue": plan.procedure[0],
                "CodingSchemeDesignator": "99SAMPLE",
                "CodeMeaning": plan.procedure[1],
            }
        ],
        "ReferencedStudySequence": [
            {
                "ReferencedSOPClassUID": "1.2.840.10008.3.1.2.3.1",
                "ReferencedSOPInstanceUID": plan.object_uid("prior study"),
            }
        ],
        "PatientAge": who.age,
        "PatientWeight": who.weight,
        "PatientSize": who.height,
        "Occupation": "Clerk",
        "AdmissionID": f"ADM-{who.patient_id}",
        "AdmittingDate": da(plan.ordered),
        "AdmittingDiagnosesDescription": plan.procedure[1],
        "CurrentPatientLocation": f"{plan.site.department} B4",
        "PatientInstitutionResidence": plan.institution_address,
        "TimezoneOffsetFromUTC": plan.site.timezone,
    }


def series(plan: StudyPlan, picture: Picture) -> Elements:
    """Return the General Series module with the order behind it (C.7.3.1, 10.6)."""
    start = plan.when + timedelta(minutes=4 * picture.series)
    return {
        "Modality": plan.modality,
        "SeriesInstanceUID": plan.object_uid("series", picture.series),
        "SeriesNumber": picture.series,
        "SeriesDate": da(start),
        "SeriesTime": tm(start),
        "BodyPartExamined": plan.body_part,
        "PerformingPhysicianName": plan.staff.performing,
        "OperatorsName": plan.staff.operator,
        "PerformedProcedureStepID": f"PPS-{plan.study_id}",
        "PerformedProcedureStepStartDate": da(plan.when),
        "PerformedProcedureStepStartTime": tm(plan.when),
        "PerformedProcedureStepDescription": plan.procedure[1],
        "ReferencedPerformedProcedureStepSequence": [
            {
                "ReferencedSOPClassUID": "1.2.840.10008.3.1.2.3.3",
                "ReferencedSOPInstanceUID": plan.object_uid("performed step"),
            }
        ],
        "RequestAttributesSequence": [_request(plan)],
        "RequestingPhysician": plan.staff.requesting,
        "ImageComments": f"{plan.patient.relative} / {plan.accession}",
        **picture.series_elements,
    }


def _request(plan: StudyPlan) -> Elements:
    return {
        "AccessionNumber": plan.accession,
        "StudyInstanceUID": plan.study_instance_uid,
        "RequestedProcedureID": f"RP-{plan.study_id}",
        "RequestedProcedureDescription": plan.description,
        "RequestedProcedureCodeSequence": [
            {"CodeValue": plan.procedure[0], "CodingSchemeDesignator": "99SAMPLE", "CodeMeaning": plan.procedure[1]}
        ],
        "ScheduledProcedureStepID": f"SPS-{plan.study_id}",
        "ScheduledProcedureStepDescription": plan.description,
        "ReasonForTheRequestedProcedure": f"{plan.procedure[1]}, {plan.patient.relative}",
    }


def equipment(plan: StudyPlan) -> Elements:
    """Return the General Equipment module (C.7.5.1)."""
    return {
        "Manufacturer": plan.scanner.manufacturer,
        "ManufacturerModelName": plan.scanner.model,
        "InstitutionName": plan.institution,
        "InstitutionAddress": plan.institution_address,
        "InstitutionalDepartmentName": plan.site.department,
        "StationName": plan.scanner.station,
        "DeviceSerialNumber": plan.scanner.serial,
        "SoftwareVersions": plan.scanner.software,
        "DateOfLastCalibration": da(plan.ordered),
        "TimeOfLastCalibration": "063000",
    }


def image(plan: StudyPlan, picture: Picture) -> Elements:
    """Return General Image, SOP Common and what a correction at the archive left behind (C.7.6.1, C.12.1)."""
    taken = plan.when + timedelta(minutes=4 * picture.series + picture.minutes, seconds=picture.number)
    return {
        "SOPClassUID": picture.sop_class_uid,
        "SOPInstanceUID": plan.object_uid("instance", picture.series, picture.number),
        "InstanceCreationDate": da(taken),
        "InstanceCreationTime": tm(taken),
        "InstanceCreatorUID": plan.object_uid("creator"),
        "InstanceNumber": picture.number,
        "AcquisitionDate": da(taken),
        "AcquisitionTime": tm(taken),
        "AcquisitionDateTime": f"{da(taken)}{tm(taken)}{plan.site.timezone}",
        "ContentDate": da(taken),
        "ContentTime": tm(taken),
        "BurnedInAnnotation": "NO",
        "OriginalAttributesSequence": [
            {
                "AttributeModificationDateTime": f"{da(taken)}235900",
                "ModifyingSystem": f"{plan.site.issuer}-PACS",
                "SourceOfPreviousValues": plan.site.department,
                "ReasonForTheAttributeModification": "CORRECT",
                "ModifiedAttributesSequence": [
                    {"PatientName": plan.patient.former_name, "PatientID": plan.patient.prior_id}
                ],
            }
        ],
        **picture.elements,
    }
