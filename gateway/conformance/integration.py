"""The IHE integration statement of a node: the profiles and actors that are met, and nothing else.

A profile is claimed only when every transaction that an actor of it must speak is spoken, and its routes are named
here, so that a test sees that they exist. Transactions that are spoken without the rest of their profile are listed
apart and claimed by nobody.
"""

from importlib.metadata import version
from typing import NamedTuple

from config.settings import Settings
from gateway.conformance.markdown import table


class Claim(NamedTuple):
    """An actor of a profile that the node is, and the routes by which it speaks the transaction."""

    profile: str
    actor: str
    transaction: str
    routes: tuple[str, ...]


_WIA = "Web-based Image Access (WIA), Radiology, trial implementation rev. 1.1"
CLAIMS = (
    Claim(
        _WIA,
        "Imaging Document Responder",
        "QIDO-RS Query [RAD-129]",
        ("/dicom-web/studies", "/dicom-web/series", "/dicom-web/instances"),
    ),
    Claim(
        _WIA,
        "Imaging Document Source",
        "WADO-RS Retrieve [RAD-107]",
        (
            "/dicom-web/studies/{study}",
            "/dicom-web/studies/{study}/metadata",
            "/dicom-web/studies/{study}/series/{series}",
            "/dicom-web/studies/{study}/series/{series}/instances/{instance}",
            "/dicom-web/studies/{study}/series/{series}/instances/{instance}/frames/{frames}",
        ),
    ),
)
_SPOKEN = (
    ("Modality Images Stored [RAD-8]", "receives", "every storage SOP class"),
    ("Storage Commitment [RAD-10]", "answers", "push model, durable"),
    ("Query Images [RAD-14], Retrieve Images [RAD-16]", "answers", "of published studies, for entered workstations"),
)
_NOT_CLAIMED = (
    ("Scheduled Workflow: Image Manager / Image Archive", "no performed procedure steps, no archive for a department"),
    ("Portable Data for Imaging: Portable Media Importer", "reads such media, but reconciles nothing to local values"),
    ("Simple Image and Numeric Report: Report Creator", "answers are Enhanced SR and PDF, never Basic Text SR"),
    ("Audit Trail and Node Authentication: Secure Node", "the audit trail is kept, not sent to a repository"),
    ("Consistent Time: Time Client", "the clock is that of the operating system, which may keep it by NTP"),
)


def integration_statement(settings: Settings) -> str:
    """Return the statement in Markdown."""
    claims = ((claim.profile, claim.actor, "none", claim.transaction) for claim in CLAIMS)
    parts = (
        f"# IHE Integration Statement: {settings.node.name}\n",
        table(("vendor", "product", "version"), [("Overread", "Overread", version("overread"))]),
        "Made from this version and the settings in force. It is its makers' word; no Connectathon has tested it.\n",
        "## Profiles, actors and options implemented\n",
        table(("integration profile", "actor", "options", "transaction"), claims),
        "Both are of de-identified studies, for readers with a token or log-in, at "
        f"`{settings.http.public_url or f'http://{settings.http.host}:{settings.http.port}'}`.\n",
        "## Transactions spoken without a claim\n",
        "Each is one transaction of an actor of whose other transactions the node does not speak all.\n",
        table(("transaction", "how", "of what"), _SPOKEN),
        "## Not claimed\n",
        table(("profile and actor", "what is missing"), _NOT_CLAIMED),
        "The DICOM Conformance Statement (`overread conformance`) says the rest.\n",
    )
    return "\n".join(parts)
