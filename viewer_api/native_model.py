"""A header in the Native DICOM Model, from its DICOM JSON model (PS3.19 section A.1, PS3.18 section 8.7.3.3).

Both models hold the same: VR, values, bulk data addresses. A value that the JSON model could not hold has no element
here either. Private attributes bear their creator's name and their tag without the block number. Characters that XML
1.0 cannot hold are left out.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pydicom.datadict import keyword_for_tag

NAMESPACE = "http://dicom.nema.org/PS3.19/models/NativeDICOM"
_NAME_COMPONENTS = ("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_native_model(attributes: Mapping[str, Any]) -> bytes:
    """Return a header as an XML document in UTF-8."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', f'<NativeDicomModel xmlns="{NAMESPACE}" xml:space="preserve">']
    parts.extend(_attributes(attributes))
    parts.append("</NativeDicomModel>")
    return "".join(parts).encode()


def _attributes(attributes: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(attributes):
        attribute = attributes[key]
        yield f"<DicomAttribute{_description(key, attributes)} vr={quoteattr(attribute['vr'])}>"
        if "BulkDataURI" in attribute:
            yield f"<BulkData uri={quoteattr(attribute['BulkDataURI'])}/>"
        elif "InlineBinary" in attribute:
            yield f"<InlineBinary>{attribute['InlineBinary']}</InlineBinary>"
        else:
            for number, value in enumerate(attribute.get("Value", ()), 1):
                yield from _value(value, attribute["vr"], number)
        yield "</DicomAttribute>"


def _description(key: str, attributes: Mapping[str, Any]) -> str:
    if int(key[:4], 16) % 2 == 0:
        keyword = keyword_for_tag(int(key, 16))
        return f' tag="{key}"' + (f' keyword="{keyword}"' if keyword else "")
    creator = attributes.get(f"{key[:4]}00{key[4:6]}", {}).get("Value", [""])[0]
    if not creator or key[4:6] == "00":
        return f' tag="{key}"'
    return f' tag="{key[:4]}00{key[6:]}" privateCreator={quoteattr(_clean(creator))}'


def _value(value: Any, vr: str, number: int) -> Iterator[str]:
    if vr == "SQ":
        yield f'<Item number="{number}">'
        yield from _attributes(value)
        yield "</Item>"
    elif value is None:
        return
    elif vr == "PN" and isinstance(value, Mapping):
        yield f'<PersonName number="{number}">'
        for group in ("Alphabetic", "Ideographic", "Phonetic"):
            if group in value:
                yield f"<{group}>{_components(value[group])}</{group}>"
        yield "</PersonName>"
    else:
        text = str(int(value)) if vr == "DS" and isinstance(value, float) and value.is_integer() else str(value)
        yield f'<Value number="{number}">{escape(_clean(text))}</Value>'


def _components(group: str) -> str:
    named = zip(_NAME_COMPONENTS, group.split("^"), strict=False)
    return "".join(f"<{name}>{escape(_clean(text))}</{name}>" for name, text in named if text)


def _clean(text: str) -> str:
    return _NO_XML.sub("", text)
