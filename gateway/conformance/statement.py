"""Compose the statement."""

from importlib.metadata import version

from anonymizer.profile import OPTION_CODES
from anonymizer.rules import EDITION
from config.settings import Settings
from gateway.conformance.markdown import table
from gateway.conformance.networking import networking, presentation_contexts
from gateway.profiles import profile_named

_WEB = (
    ("QIDO-RS", "`/dicom-web/studies`, `/series`, `/instances`", "origin server, of de-identified studies"),
    ("WADO-RS", "`/dicom-web/studies/...`: instances, metadata, frames, bulk data, pictures", "origin server"),
    (
        "STOW-RS",
        "`/intake/dicom-web/studies`, `/intake/dicom-web/studies/{study}`",
        "origin server, of originals: no retrieve URL is given. Failure Reasons: A900 the data set is another object "
        "than its file meta says, A901 it is of another study than the resource, C001 it names no study, C000 it is no "
        "Part 10 file",
    ),
)
_MEDIA = (
    ("General purpose CD, DVD and others", "read: every file is looked at; a DICOMDIR is a check of completeness"),
    ("ZIP file over media (PS3.12 annex V)", "read"),
    ("writing of media", "no"),
)


def conformance_statement(settings: Settings) -> str:
    """Return the statement in Markdown."""
    parts = (
        f"# DICOM Conformance Statement: {settings.node.name}\n",
        f"Product: Overread {version('overread')}. Made from the settings in force.\n",
        "Overread receives studies from hospitals, keeps the originals encrypted, de-identifies them for second reads "
        "and returns the signed read to the hospital under the original identity. It is no archive.\n",
        networking(settings),
        "## Web services\n",
        table(("service", "resources", "role"), _WEB),
        "## Media interchange\n",
        table(("profile", "support"), _MEDIA),
        _character_sets(),
        _security(settings),
        presentation_contexts(),
    )
    return "\n".join(parts)


def _character_sets() -> str:
    return (
        "## Character sets\n\nOriginals are kept as they come, in every character set of PS3.3 section C.12.1.1.2, "
        "code extensions included. What is published keeps the character set of its original; reports that go back to "
        "a hospital are written in ISO_IR 192 (UTF-8).\n"
    )


def _security(settings: Settings) -> str:
    dicom = settings.dicom
    mutual = "peers present a certificate of the node's CA" if dicom.tls_ca else "peers present no certificate"
    tls = f"TLS 1.2 and 1.3 by BCP 195; {mutual}" if dicom.tls_certificate else "not served: no certificate is set"
    options = profile_named(settings.deidentify.profile, settings.home).options
    codes = ", ".join(" ".join(OPTION_CODES[name]) for name in ("basic", *options))
    rows = (
        ("secure transport of DIMSE", tls),
        (
            "secure transport to peers",
            "TLS 1.2 and 1.3 by BCP 195, where the return address, the address for commitments or the workstation is "
            "set so; the peer is proven",
        ),
        ("user identity", "name with passcode for each site, where set"),
        ("audit trail", "hash-chained tables of the node, in both zones; not sent by syslog"),
        ("confidentiality profile", f"{settings.deidentify.profile}: {codes} (PS3.15 edition {EDITION})"),
    )
    return "## Security\n\n" + table(("mechanism", "support"), rows)
