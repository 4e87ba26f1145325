"""The parts of FHIR R4 resources that a case is made of; everything else in them is ignored.

Names are FHIR's own (hl7.org/fhir/R4). A value of the wrong type is refused with its place, never shown.
"""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config.errors import Malformed

_MOST = 500


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)


class Coding(_Part):
    """A code of a system."""

    system: str = ""
    code: str = ""
    display: str = ""


class CodeableConcept(_Part):
    """A concept by codes or words."""

    coding: tuple[Coding, ...] = Field(default=(), max_length=_MOST)
    text: str = ""

    @property
    def words(self) -> str:
        """Return the concept as people read it."""
        return self.text or next((each.display or each.code for each in self.coding if each.display or each.code), "")


class LogicalIdentifier(_Part):
    """The identifier by which a reference names a resource."""

    type: CodeableConcept = CodeableConcept()
    system: str = ""
    value: str = ""


class Reference(_Part):
    """A reference to a resource, by its place or by an identifier of it."""

    reference: str = ""
    identifier: LogicalIdentifier = LogicalIdentifier()
    display: str = ""


class Identifier(_Part):
    """A business identifier."""

    use: str = ""
    type: CodeableConcept = CodeableConcept()
    system: str = ""
    value: str = ""
    assigner: Reference = Reference()

    @property
    def issuer(self) -> str:
        """Return who issued it: its system, as a bare OID where it is one, else its assigner."""
        return (self.system.removeprefix("urn:oid:") or self.assigner.display)[:128]

    @property
    def kind(self) -> str:
        """Return its type by HL7 table 0203, empty where that is not told."""
        codes = [each.code for each in self.type.coding if each.system.endswith("v2-0203")]
        return codes[0][:16] if codes else ""

    def is_of(self, *codes: str) -> bool:
        """Say whether its type is one of some codes of HL7 table 0203."""
        return any(each.code in codes for each in self.type.coding)


class Extension(_Part):
    """An extension, of which only a code or an instant is read."""

    url: str = ""
    valueCode: str = ""
    valueDateTime: str = ""


class Element(_Part):
    """What stands beside a primitive value (`_birthDate`)."""

    extension: tuple[Extension, ...] = Field(default=(), max_length=_MOST)


class HumanName(_Part):
    """A name of a person."""

    use: str = ""
    text: str = ""
    family: str = ""
    given: tuple[str, ...] = Field(default=(), max_length=50)
    prefix: tuple[str, ...] = Field(default=(), max_length=50)
    suffix: tuple[str, ...] = Field(default=(), max_length=50)
    extension: tuple[Extension, ...] = Field(default=(), max_length=_MOST)


class Address(_Part):
    """An address."""

    use: str = ""
    text: str = ""
    line: tuple[str, ...] = Field(default=(), max_length=50)
    city: str = ""
    postalCode: str = ""
    state: str = ""
    country: str = ""

    @property
    def words(self) -> str:
        """Return the address on one line."""
        parts = (*self.line, self.city, f"{self.state} {self.postalCode}".strip())
        return self.text if not self.line else ", ".join(each for each in parts if each)


class ContactPoint(_Part):
    """A telephone number, or another way to reach somebody."""

    system: str = ""
    use: str = ""
    value: str = ""


class Period(_Part):
    """A time from and to."""

    start: str = ""
    end: str = ""


class Annotation(_Part):
    """A note."""

    text: str = ""


class Attachment(_Part):
    """A document in the resource; its url is never followed."""

    contentType: str = ""
    language: str = ""
    data: str = ""
    creation: str = ""


class Narrative(_Part):
    """A resource's words as XHTML."""

    div: str = ""


class Resource(_Part):
    """What every resource has."""

    resourceType: str
    id: str = ""
    contained: tuple[dict[str, Any], ...] = Field(default=(), max_length=_MOST)


class Patient(Resource):
    """A patient."""

    identifier: tuple[Identifier, ...] = Field(default=(), max_length=_MOST)
    name: tuple[HumanName, ...] = Field(default=(), max_length=_MOST)
    gender: str = ""
    birthDate: str = ""
    born: Element = Field(default=Element(), alias="_birthDate")
    multipleBirthBoolean: bool | None = None
    multipleBirthInteger: int | None = None
    address: tuple[Address, ...] = Field(default=(), max_length=_MOST)
    telecom: tuple[ContactPoint, ...] = Field(default=(), max_length=_MOST)


class Practitioner(Resource):
    """A doctor."""

    name: tuple[HumanName, ...] = Field(default=(), max_length=_MOST)


class PractitionerRole(Resource):
    """A doctor in a role."""

    practitioner: Reference = Reference()


class ServiceRequest(Resource):
    """A request for a study."""

    identifier: tuple[Identifier, ...] = Field(default=(), max_length=_MOST)
    requisition: Identifier | None = None
    status: str = ""
    category: tuple[CodeableConcept, ...] = Field(default=(), max_length=_MOST)
    code: CodeableConcept = CodeableConcept()
    orderDetail: tuple[CodeableConcept, ...] = Field(default=(), max_length=_MOST)
    subject: Reference = Reference()
    requester: Reference = Reference()
    reasonCode: tuple[CodeableConcept, ...] = Field(default=(), max_length=_MOST)
    bodySite: tuple[CodeableConcept, ...] = Field(default=(), max_length=_MOST)
    occurrenceDateTime: str = ""
    occurrencePeriod: Period = Period()
    insurance: tuple[Reference, ...] = Field(default=(), max_length=_MOST)
    supportingInfo: tuple[Reference, ...] = Field(default=(), max_length=_MOST)
    note: tuple[Annotation, ...] = Field(default=(), max_length=_MOST)


class DiagnosticReport(Resource):
    """A report."""

    identifier: tuple[Identifier, ...] = Field(default=(), max_length=_MOST)
    basedOn: tuple[Reference, ...] = Field(default=(), max_length=_MOST)
    status: str = ""
    code: CodeableConcept = CodeableConcept()
    category: tuple[CodeableConcept, ...] = Field(default=(), max_length=_MOST)
    subject: Reference = Reference()
    effectiveDateTime: str = ""
    effectivePeriod: Period = Period()
    issued: str = ""
    language: str = ""
    imagingStudy: tuple[Reference, ...] = Field(default=(), max_length=_MOST)
    conclusion: str = ""
    conclusionCode: tuple[CodeableConcept, ...] = Field(default=(), max_length=_MOST)
    presentedForm: tuple[Attachment, ...] = Field(default=(), max_length=20)
    text: Narrative | None = None


class ImagingStudy(Resource):
    """What is known of a study's images."""

    identifier: tuple[Identifier, ...] = Field(default=(), max_length=_MOST)
    modality: tuple[Coding, ...] = Field(default=(), max_length=_MOST)
    subject: Reference = Reference()
    basedOn: tuple[Reference, ...] = Field(default=(), max_length=_MOST)
    started: str = ""
    numberOfSeries: int | None = None
    numberOfInstances: int | None = None
    description: str = ""


class Entry(_Part):
    """An entry of a Bundle."""

    fullUrl: str = ""
    resource: dict[str, Any] | None = None


class Bundle(Resource):
    """A collection of resources."""

    entry: tuple[Entry, ...] = Field(default=(), max_length=5000)


_R = TypeVar("_R", bound=Resource)


def build(kind: type[_R], value: dict[str, Any]) -> _R:
    """Read a resource.

    Raises:
        Malformed: a value of the wrong type; the message names its place.
    """
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        fields = set(kind.model_fields) | {"coding", "identifier", "value", "name", "given", "family", "reference"}
        place = ".".join(str(part) if isinstance(part, int) or part in fields else "?" for part in first["loc"])
        raise Malformed(f"{kind.__name__}.{place}: {first['msg']}") from None
