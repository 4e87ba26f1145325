"""Know the devices that write the patient's name into their pictures, and where: `data/device_banners.tsv`."""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Banner:
    """Be where a device writes: as many rows from the top and from the bottom, over the whole width."""

    modality: str
    maker: str
    model: str
    kind: str
    rows: int
    columns: int
    top: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Device:
    """Be what an image says of what made it, in upper case, and of its size."""

    modality: str
    maker: str
    model: str
    image_type: tuple[str, ...]
    rows: int
    columns: int


@cache
def banners() -> tuple[Banner, ...]:
    """Return the banners of known devices."""
    lines = (files("anonymizer") / "data" / "device_banners.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return tuple(Banner(*row[:4], *map(int, row[4:])) for row in rows[1:])  # type: ignore[arg-type]


@lru_cache(maxsize=256)
def banners_of(device: Device) -> tuple[Banner, ...]:
    """Return the banners that images of a device have; what a rule leaves open fits every image."""
    return tuple(banner for banner in banners() if _fits(banner, device))


def _fits(banner: Banner, device: Device) -> bool:
    return (
        banner.modality == device.modality
        and banner.maker in device.maker
        and banner.model in device.model
        and (not banner.kind or any(value.startswith(banner.kind) for value in device.image_type))
        and banner.rows in {0, device.rows}
        and banner.columns in {0, device.columns}
    )
