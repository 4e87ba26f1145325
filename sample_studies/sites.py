"""The three hospitals that send the samples. All of them, their towns and their machines are invented."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SampleSite:
    """Describe a sending hospital: how the node lists it and what its scanners write into every header.

    `name` is the site's slug, `native_name` the institution as staff write it, for studies whose character set has it.
    """

    name: str
    display_name: str
    native_name: str
    country: str
    jurisdiction: str
    language: str
    currency: str
    ae_title: str
    issuer: str
    address: str
    native_address: str
    department: str
    timezone: str
    private_creator: str


NORTHFIELD = SampleSite(
    name="northfield",
    display_name="Northfield Vale Hospital",
    native_name="Northfield Vale Hospital",
    country="US",
    jurisdiction="US-MA",
    language="en",
    currency="USD",
    ae_title="NORTHFIELD",
    issuer="NORTHFIELD-MPI",
    address="4410 Quarrymill Parkway, Northfield Vale",
    native_address="4410 Quarrymill Parkway, Northfield Vale",
    department="Northfield Imaging Pavilion",
    timezone="-0500",
    private_creator="QUARRYMILL SCAN 01",
)
LINDENBERG = SampleSite(
    name="lindenberg",
    display_name="Klinikum Lindenbergau",
    native_name="Universitätsklinikum Lindenbergau",
    country="DE",
    jurisdiction="DE-BY",
    language="de",
    currency="EUR",
    ae_title="LINDENBERG_RAD",
    issuer="LINDENBERGAU-KIS",
    address="Grossmuehlenweg 128, Lindenbergau",
    native_address="Großmühlenweg 128, Lindenbergau",
    department="Lindenbergau Radiologie Haus 7",
    timezone="+0100",
    private_creator="MUEHLENTECHNIK MED",
)
JINLANHU = SampleSite(
    name="jinlanhu",
    display_name="Jinlan Lake Hospital",
    native_name="金岚湖人民医院",
    country="CN",
    jurisdiction="CN-ZJ",
    language="zh",
    currency="CNY",
    ae_title="JINLANHU_PACS",
    issuer="JINLANHU-HIS",
    address="88 Jinlan Lakeside Avenue, Yunqi",
    native_address="云栖市金岚湖路八十八号",
    department="Jinlan Lake Imaging Centre",
    timezone="+0800",
    private_creator="LAKESIDE DIGITAL",
)

SITES: tuple[SampleSite, ...] = (NORTHFIELD, LINDENBERG, JINLANHU)
