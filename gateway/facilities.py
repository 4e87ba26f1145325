"""The HL7 facilities of sites: what each writes into MSH-3 and MSH-4, so that a message finds its site."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import Conflict, Malformed
from gateway.case_models import SiteFacility
from gateway.models import Site

_LONGEST = 227  # HD, HL7 2.5.1 section 2.A.33


def site_of_facility(session: Session, application: str, facility: str) -> str | None:
    """Return the site that owns an application and facility, the pair before the facility alone; None for none."""
    for key in (f"{application}|{facility}", f"|{facility}"):
        found = session.scalar(
            select(SiteFacility.site)
            .join(Site, Site.name == SiteFacility.site)
            .where(SiteFacility.facility == key, Site.removed_at.is_(None))
        )
        if found is not None:
            return found
    return None


def facility_key(text: str) -> str:
    """Return `APPLICATION|FACILITY` or `FACILITY` as it is kept.

    Raises:
        Malformed: neither, or longer than MSH allows.
    """
    application, _, facility = text.strip().rpartition("|")
    if not facility.strip() or len(application) > _LONGEST or len(facility) > _LONGEST or "|" in application:
        raise Malformed("an HL7 facility is written FACILITY or 'APPLICATION|FACILITY', as MSH-3 and MSH-4 have it")
    return f"{application.strip()}|{facility.strip()}"


def set_facilities(session: Session, site: str, facilities: tuple[str, ...]) -> None:
    """Let a site own these facilities and no others.

    Raises:
        Malformed: one that MSH cannot hold.
        Conflict: one belongs to another site that is not removed.
    """
    for row in session.scalars(select(SiteFacility).where(SiteFacility.site == site)):
        session.delete(row)
    session.flush()
    for key in dict.fromkeys(facility_key(each) for each in facilities):
        owner = session.get(SiteFacility, key)
        if owner is not None:
            raise Conflict(f"the HL7 facility {key.lstrip('|')} belongs to the site {owner.site}")
        session.add(SiteFacility(facility=key, site=site))
    session.flush()


def facilities_of(session: Session, site: str) -> list[str]:
    """Return the facilities of a site as they are written: without the bar where any application may send."""
    rows = session.scalars(select(SiteFacility.facility).where(SiteFacility.site == site))
    return sorted(each.removeprefix("|") for each in rows)
