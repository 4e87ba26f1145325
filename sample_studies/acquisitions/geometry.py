"""Where a slice lies in the patient: Image Plane and Frame of Reference (PS3.3 C.7.6.2, C.7.4.1)."""

from sample_studies.plan import Elements, StudyPlan


def axial(plan: StudyPlan, *, z: float, size: int, spacing: float, thickness: float) -> Elements:
    """Return the attributes of an axial slice at height z in millimetres."""
    corner = -(size - 1) / 2 * spacing
    return {
        "FrameOfReferenceUID": plan.object_uid("frame of reference"),
        "PositionReferenceIndicator": "",
        "ImagePositionPatient": [f"{corner:.3f}", f"{corner:.3f}", f"{z:.3f}"],
        "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"],
        "PixelSpacing": [f"{spacing:.5f}", f"{spacing:.5f}"],
        "SliceThickness": f"{thickness:.2f}",
        "SliceLocation": f"{z:.2f}",
    }


def references(plan: StudyPlan, sop_class_uid: str, series: int, number: int) -> Elements:
    """Return a reference to another instance of the study, as slices refer to their localizer."""
    return {
        "ReferencedImageSequence": [
            {
                "ReferencedSOPClassUID": sop_class_uid,
                "ReferencedSOPInstanceUID": plan.object_uid("instance", series, number),
                "PurposeOfReferenceCodeSequence": [
                    {"CodeValue": "121311", "CodingSchemeDesignator": "DCM", "CodeMeaning": "Localizer"}
                ],
            }
        ]
    }
