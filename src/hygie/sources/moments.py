"""Times as hosts and directories write them: ISO text, epoch, FILETIME, generalized time, PowerShell dates.

Every function returns UTC with microseconds, or None when the text is no time: the caller decides whether that is a
refusal or simply "never".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
FILETIME_NEVER = 0x7FFFFFFFFFFFFFFF
UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_UNIX = 253_402_300_799
QUARTER = 900
FARTHEST_ZONE = 14 * 3600
TOLERANCE = 300
_GENERALIZED = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)?(\d\d)?(?:[.,](\d{1,9}))?(Z|[+-]\d\d(?:\d\d)?)?$")
_POWERSHELL = re.compile(r"\\?/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?/$")
_NUMBER = re.compile(r"-?\d{9,19}(?:\.\d{1,9})?$")
_CLOCKS = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M:%S.%f %p", "%d/%m/%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S")


@cache
def zone(name: str) -> ZoneInfo:
    """A time zone by name; an unknown name is read as UTC."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def from_unix(seconds: float) -> datetime | None:
    """Epoch seconds, milliseconds, microseconds or nanoseconds, told apart by size; 0 and -1 are no time.

    >>> from_unix(1711209293) == from_unix(1711209293000), from_unix(0), from_unix(-1)
    (True, None, None)
    """
    if not 0 < seconds < 1e19:
        return None
    while seconds > LATEST_UNIX:
        seconds /= 1000
    return UNIX_EPOCH + timedelta(seconds=seconds)


def from_filetime(ticks: int) -> datetime | None:
    """Tenths of microseconds since 1601; 0 and the greatest value mean never.

    >>> from_filetime(132_223_104_000_000_000)
    datetime.datetime(2020, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)
    >>> from_filetime(0), from_filetime(9223372036854775807)
    (None, None)
    """
    if not 0 < ticks < FILETIME_NEVER:
        return None
    try:
        return FILETIME_EPOCH + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return None


def from_generalized(text: str) -> datetime | None:
    """LDAP generalized time; without a zone it is UTC; the year 1601 is how a directory writes "never".

    >>> from_generalized("20211213123711.0Z").isoformat(), from_generalized("16010101000000.0Z")
    ('2021-12-13T12:37:11+00:00', None)
    """
    found = _GENERALIZED.match(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute or 0), int(second or 0), tzinfo=UTC)
    except ValueError:
        return None
    moment += timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))
    if offset and offset != "Z":
        away = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:5] or 0))
        moment = moment - away if offset[0] == "+" else moment + away
    return moment if moment.year > FILETIME_EPOCH.year else None


def parse(text: str) -> datetime | None:
    """A time of any usual text form; without a zone of its own it comes back naive, for the caller to place.

    >>> parse("2021-11-19T16:52:33.833733500Z").isoformat()
    '2021-11-19T16:52:33.833733+00:00'
    >>> parse("2020-10-19 10:46:42.027").tzinfo is None, parse("/Date(1600000000000)/").isoformat()
    (True, '2020-09-13T12:26:40+00:00')
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _parse_rare(text.strip())
    return moment if moment.tzinfo is None else utc(moment)


def _parse_rare(text: str) -> datetime | None:
    if found := _POWERSHELL.match(text):
        return from_unix(int(found[1]) / 1000)
    if _NUMBER.match(text):
        return from_unix(float(text))
    if text.upper().endswith(" UTC"):
        moment = parse(text[:-4])
        return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
    for form in _CLOCKS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 (naive on purpose: the caller places it)
        except ValueError:
            continue
    return None


def utc(moment: datetime) -> datetime | None:
    """A time with a zone, in UTC; None at the ends of the calendar, where the zone cannot be taken off."""
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def place(moment: datetime, timezone: str) -> datetime | None:
    """A naive time read in a zone by name; the first of two equal hours in autumn.

    >>> from datetime import datetime
    >>> place(datetime(2024, 7, 1, 12, 0), "Europe/Paris").isoformat()
    '2024-07-01T10:00:00+00:00'
    """
    return utc(moment.replace(tzinfo=zone(timezone))) if moment.tzinfo is None else moment


def place_near(moment: datetime, clock: datetime, reference: datetime) -> datetime | None:
    """A naive time placed by another clock reading of the same host whose UTC is known; None if they do not agree.

    A collector that writes its local time beside a UTC stamp gives its offset away, to the quarter of an hour.

    >>> from datetime import datetime, timezone
    >>> stamp = datetime(2020, 9, 22, 18, 53, 4, tzinfo=timezone.utc)
    >>> place_near(datetime(2020, 9, 22, 14, 53, 1), datetime(2020, 9, 22, 14, 53, 4), stamp).hour
    18
    """
    try:
        apart = (reference - clock.replace(tzinfo=UTC)).total_seconds()
        offset = round(apart / QUARTER) * QUARTER
        if abs(offset) > FARTHEST_ZONE or abs(apart - offset) > TOLERANCE:
            return None
        return moment.replace(tzinfo=UTC) + timedelta(seconds=offset)
    except OverflowError:
        return None
