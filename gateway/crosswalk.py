"""The way between a patient and the pseudonym: a keyed function, so that nothing has to be looked up to go on."""

from anonymizer import NodeKey, pseudonym
from gateway.headers import Header


def pseudonym_of(key: NodeKey, site: str, header: Header) -> str:
    """Return the pseudonym of the patient that a header names; without a PatientID it is the study's own."""
    if header.patient_id:
        return pseudonym(key, site=site, issuer=header.issuer, patient_id=header.patient_id)
    return pseudonym(key, site=site, issuer="study", patient_id=header.patient_scope)
