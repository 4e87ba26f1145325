"""Errors as a FHIR client expects them: OperationOutcome (hl7.org/fhir/R4/operationoutcome)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from config.errors import (
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    NotOffered,
    OurFault,
    OverreadError,
    SenderFault,
    StorageFull,
    TooLarge,
    Unauthenticated,
)

MEDIA_TYPE = "application/fhir+json"
ISSUES: Mapping[type[OverreadError], str] = MappingProxyType(  # value set issue-type
    {
        SenderFault: "processing",
        Malformed: "invalid",
        TooLarge: "too-long",
        Forbidden: "forbidden",
        Unauthenticated: "login",
        NotFound: "not-found",
        Conflict: "conflict",
        NotOffered: "not-supported",
        OurFault: "transient",
        StorageFull: "no-store",
    }
)


def operation_outcome(error: OverreadError) -> dict[str, Any]:
    """Return an error as an OperationOutcome; its words are the error's, which bear no identity."""
    code = next(ISSUES[each] for each in type(error).__mro__ if each in ISSUES)
    severity = "error" if isinstance(error, SenderFault) else "fatal"
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": code, "diagnostics": str(error)}],
    }
