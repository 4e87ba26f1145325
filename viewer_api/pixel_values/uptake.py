"""Standardized uptake by body weight (SUVbw, in g/ml) of a PET Image (PS3.3 C.8.9.1, C.8.9.2).

The image must be corrected for attenuation and decay and count in BQML, and state the injected dose, its half-life and
its time, and the patient's weight. The dose is taken to the moment that decay is corrected to: the start of the scan,
or the injection. The first fact that is missing is named.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from viewer_api.pixel_values.header_values import Header, number, values, word
from viewer_api.pixel_values.quantity import PET, SUVBW, Quantity

_BODY_WEIGHT = frozenset({"", "BW"})
_LONGEST_DELAY = 24 * 3600.0

Check = tuple[Callable[[Header, Header], object], str]


def _start_of_scan(header: Header) -> datetime | None:
    """Return the series' time, which decay is corrected to, unless it lies behind the acquisition it must precede."""
    series = _moment(word(header, "00080021"), word(header, "00080031"))
    acquired = _moment(word(header, "00080022"), word(header, "00080032")) or _moment(word(header, "0008002A"))
    return series if series and acquired and series <= acquired else None


def _time_of_injection(header: Header, injected: Header) -> datetime | None:
    """Return the date-time of the injection, or its time on the day of the series."""
    return _moment(word(injected, "00181078")) or _moment(word(header, "00080021"), word(injected, "00181072"))


def _moment(day: str, time: str = "") -> datetime | None:
    """Read a date and a time, or a date-time; an offset from UTC is left out, since an image has one for all."""
    digits = (day + time).split("+")[0].split("-")[0].replace(":", "")
    text, _, fraction = digits.partition(".")
    if len(text) < 12 or not (text + fraction).isdecimal():
        return None
    whole = text[:14].ljust(14, "0") + fraction[:6].ljust(6, "0")
    try:
        return datetime.strptime(whole, "%Y%m%d%H%M%S%f")  # noqa: DTZ007 - both ends of a difference are local
    except ValueError:
        return None


_OF_ALL: Sequence[Check] = (
    (lambda header, _: word(header, "00080016") == PET, "it is not a PET Image"),
    (
        lambda header, _: {"ATTN", "DECY"} <= {str(value).upper() for value in values(header, "00280051")},
        "it is not said to be corrected for attenuation and decay (Corrected Image)",
    ),
)
_BY_DOSE: Sequence[Check] = (
    (lambda header, _: word(header, "00541001") == "BQML", "its values are not in BQML (Units)"),
    (lambda header, _: _positive(header, "00101030"), "the patient's weight is not known"),
    (lambda _, injected: _positive(injected, "00181074"), "the injected dose is not known (Radionuclide Total Dose)"),
    (
        lambda header, _: word(header, "00541102") in ("START", "ADMIN"),
        "decay is corrected neither to the scan's start nor to the injection (Decay Correction)",
    ),
)
_BY_DECAY: Sequence[Check] = (
    (lambda _, injected: _positive(injected, "00181075"), "the half-life is not known (Radionuclide Half Life)"),
    (
        lambda header, _: _start_of_scan(header),
        "the start of the scan is not certain (Series and Acquisition Date and Time)",
    ),
    (
        _time_of_injection,
        "the time of the injection is not known (Radiopharmaceutical Start DateTime)",
    ),
    (
        lambda header, injected: 0 <= _delay(header, injected) <= _LONGEST_DELAY,
        "injection and scan do not lie within a day of each other",
    ),
)


def read_suv(header: Header) -> Quantity:
    """Return the factor to SUVbw, or the first fact that is missing for it."""
    injected: Header = next(iter(values(header, "00540016")), {})
    if missing := _missing(_OF_ALL, header, injected):
        return missing
    if word(header, "00541001") == "GML" and word(header, "00541006") in _BODY_WEIGHT:
        return Quantity(SUVBW)
    if missing := _missing(_BY_DOSE, header, injected):
        return missing
    decayed = 1.0
    if word(header, "00541102") == "START":
        if missing := _missing(_BY_DECAY, header, injected):
            return missing
        decayed = 2 ** (-_delay(header, injected) / _positive(injected, "00181075"))
    return Quantity(SUVBW, 1000 * _positive(header, "00101030") / (_positive(injected, "00181074") * decayed))


def _missing(checks: Sequence[Check], header: Header, injected: Header) -> Quantity | None:
    reasons = (reason for holds, reason in checks if not holds(header, injected))
    reason = next(reasons, None)
    return None if reason is None else Quantity(None, reason=f"no SUVbw: {reason}")


def _positive(header: Header, key: str) -> float:
    return max(0.0, number(header, key) or 0.0)


def _delay(header: Header, injected: Header) -> float:
    """Return the seconds from the injection to the start of the scan."""
    start, given = _start_of_scan(header), _time_of_injection(header, injected)
    return (start - given).total_seconds() if start and given else -1.0
