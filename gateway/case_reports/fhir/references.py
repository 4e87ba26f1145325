"""References between the resources of one document: contained ones, full URLs, `Type/id` (hl7.org/fhir/R4/references).

Nothing outside the document is ever looked up.
"""

from typing import Any, TypeVar

from config.errors import Malformed
from gateway.case_reports.fhir.resources import Bundle, Reference, Resource, build

_R = TypeVar("_R", bound=Resource)


class Resources:
    """The resources of a document, each found by what refers to it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._found: dict[str, dict[str, Any]] = {}
        self._all: list[dict[str, Any]] = []
        if document.get("resourceType") == "Bundle":
            for entry in build(Bundle, document).entry:
                if entry.resource is not None:
                    self._add(entry.resource, entry.fullUrl)
        else:
            self._add(document, "")

    def of(self, kind: type[_R]) -> list[tuple[_R, dict[str, Any]]]:
        """Return every resource of a kind, read and as it stands."""
        found = [each for each in self._all if each.get("resourceType") == kind.__name__]
        return [(build(kind, each), each) for each in found]

    def referred(
        self, reference: Reference, kind: type[_R], holder: dict[str, Any]
    ) -> tuple[_R, dict[str, Any]] | None:
        """Return the resource of a kind that a reference in `holder` means, None where it is not in the document."""
        target = reference.reference
        if target.startswith("#"):
            inside = [each for each in _contained(holder) if each.get("id") == target[1:]]
            found = inside[0] if inside else None
        else:
            found = self._found.get(target) or self._found.get("/".join(target.split("/_history")[0].split("/")[-2:]))
        if found is None or found.get("resourceType") != kind.__name__:
            return None
        return build(kind, found), found

    def _add(self, resource: dict[str, Any], full_url: str) -> None:
        kind, number = resource.get("resourceType"), resource.get("id")
        if not isinstance(kind, str) or not (number is None or isinstance(number, str)):
            raise Malformed("a resource has no resourceType, or an id that is no text")
        self._all.append(resource)
        self._all.extend(_contained(resource))
        if full_url:
            self._found[full_url] = resource
        if number:
            self._found.setdefault(f"{kind}/{number}", resource)


def _contained(resource: dict[str, Any]) -> list[dict[str, Any]]:
    inside = resource.get("contained")
    return [each for each in inside if isinstance(each, dict)] if isinstance(inside, list) else []
