"""Whose message it is: the site that owns its MSH-3 and MSH-4, and the certificate that the line was opened with.

A site with certificates (`overread site door`) is believed only over a line that shows one of them; a line with a
certificate of a site speaks for that site alone. Without either MSH is all there is, as the AE title is in DICOM.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import NotFound
from gateway.facilities import site_of_facility
from gateway.models import Site


class UnknownSender(NotFound):
    """No site owns what MSH-3 and MSH-4 say."""


def sending_site(session: Session, application: str, facility: str, certificate: str | None) -> str:
    """Return the site that a message comes from.

    Raises:
        UnknownSender: no site, or another one than the certificate's.
    """
    named = site_of_facility(session, application, facility)
    if named is None:
        raise UnknownSender("no site owns this sending application and facility (MSH-3, MSH-4)")
    sites = session.scalars(select(Site).where(Site.removed_at.is_(None)))
    certificates = {site.name: set(site.certificates) for site in sites if site.certificates}
    owners = {name for name, known in certificates.items() if certificate in known}
    if named not in owners and (owners or named in certificates):
        raise UnknownSender(
            "the certificate of the connection is not one of this sender's"
            if certificate is not None
            else "this sender must show its certificate (`overread site door`), and the connection has none"
        )
    return named
