"""The way between a patient and the pseudonym: a keyed function, so that nothing has to be looked up to go on."""

from typing import Protocol

from anonymizer import NodeKey, pseudonym


class Bearer(Protocol):
    """What a header says of whose it is."""

    @property
    def patient_id(self) -> str: ...

    @property
    def issuer(self) -> str: ...

    @property
    def patient_scope(self) -> str: ...


def pseudonym_of(key: NodeKey, site: str, header: Bearer) -> str:
    """Return the pseudonym of the patient that a header names; without a PatientID it is the study's own."""
    if header.patient_id:
        return pseudonym(key, site=site, issuer=header.issuer, patient_id=header.patient_id)
    return pseudonym(key, site=site, issuer="study", patient_id=header.patient_scope)
