"""Dates as people and products write them, one order per column, local times in the zone of the document.

Times are microseconds since 1970 in UTC, as Arrow keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hygie.words.folding import fold

SECOND = 1_000_000
DAY = 86_400
NEVER = frozenset({"never", "jamais", "aucun", "aucune", "0000-00-00", "illimite", "illimitee"})
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan janv janvier january",
            "feb fev fevr fevrier february",
            "mar mars march",
            "apr avr avril april",
            "may mai",
            "jun juin june",
            "jul juil juillet july",
            "aug aou aout august",
            "sep sept septembre september",
            "oct octobre october",
            "nov novembre november",
            "dec decembre december",
        ),
        1,
    )
    for name in names.split()
}
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_NUMERIC = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})$")
_DAY_NAME = re.compile(
    r"(?:[a-z]+\.?,?\s+)?(\d{1,2})(?:er|st|nd|rd|th)?[\s\-./]*([a-z]{3,9})\.?[\s\-./,]*(\d{4}|\d{2})$"
)
_NAME_DAY = re.compile(r"(?:[a-z]+\.?,?\s+)?([a-z]{3,9})\.?[\s\-]+(\d{1,2})(?:st|nd|rd|th)?,?[\s\-]+(\d{4})$")
_CLOCK = re.compile(
    r"(\d{1,2})(?::|h)(\d{2})?(?:(?::|m|mn|min)(\d{2})?)?s?(?:[.,](\d{1,9}))?\s*([ap]\.?m\.?)?\s*"
    r"(z|utc|gmt|[+-]\d{2}:?\d{2}|[+-]\d{2})?$"
)
_SPLIT = re.compile(r"(.*?\d)(?:t|\s*,?\s+(?:a|at)?\s*|[_:](?=\d{1,2}:\d{2}:)|\s*-\s+)(\d{1,2}(?::|h).*)$", re.DOTALL)
_CTIME = re.compile(r"[a-z]{3} ([a-z]{3}) +(\d{1,2}) (\d{1,2}:\d{2}:\d{2})(?: [a-z]{3,4})? (\d{4})$")
_FIRST_TWO = re.compile(r"\s*(\d{1,2})[/.\-](\d{1,2})[/.\-](?:\d{4}|\d{2})(?!\d)")
_TWELVE = re.compile(r"\d\s*[ap]\.?m\.?\b", re.IGNORECASE)
EXCEL_EPOCH = date(1899, 12, 30)
EPOCH = date(1970, 1, 1)
LAST = (date(9999, 12, 31) - EPOCH).days * DAY + DAY - 1


def month_first(cells: Iterable[str]) -> bool:
    """Whether a column writes the month before the day: some second place over 12, or a 12-hour clock, and no first
    place over 12. Otherwise the day comes first, as in France.

    >>> [month_first(cells) for cells in (["03/04/2026", "03/25/2026"], ["03/04/2026"], ["25/03/2026", "03/25/2026"])]
    [True, False, False]
    """
    american = twelve = False
    for cell in cells:
        match = _FIRST_TWO.match(cell)
        if match:
            if int(match[1]) > 12:
                return False
            american = american or int(match[2]) > 12
            twelve = twelve or bool(_TWELVE.search(cell))
    return american or twelve


class Clock:
    """Read the times of one column: its order of day and month, the zone of local times, hours that came twice.

    >>> clock = Clock("Europe/Paris")
    >>> texts = ("23/11/2026 14:02", "2026-11-23T14:02:00Z", "23-nov.-2026", "46349.5")
    >>> [str(moment(clock.read(text)))[:16] for text in texts]
    ['2026-11-23 13:02', '2026-11-23 14:02', '2026-11-22 23:00', '2026-11-23 11:00']
    """

    def __init__(self, zone: str, american: bool = False, end_of_day: bool = False) -> None:
        self.zone = ZoneInfo(zone)
        self.american = american
        self.end_of_day = end_of_day
        self.ambiguous = 0
        self._days: dict[str, int] = {}
        self._clocks: dict[str, tuple[int, int, int | None]] = {}
        self._offsets: dict[int, tuple[int, bool]] = {}

    def read(self, cell: str) -> int | None:
        """Microseconds since 1970, None for `never`; `ValueError` when it is no date."""
        day_text, clock_text = _parts(cell)
        if not clock_text:
            return self._date_or_number(day_text)
        if day_text == "0000-00-00":
            return None
        day = self._days.get(day_text)
        if day is None:
            day = self._days[day_text] = _day(fold(day_text).strip(), self.american)
        clock = self._clocks.get(clock_text)
        if clock is None:
            clock = self._clocks[clock_text] = _clock(fold(clock_text).strip())
        seconds, micro, offset = clock
        moment = day * DAY + seconds
        return self._utc(moment, offset) * SECOND + micro

    def _date_or_number(self, cell: str) -> int | None:
        bare = fold(cell).strip()
        if bare in NEVER:
            return None
        if bare.replace(".", "", 1).replace(",", "", 1).isdigit() and not _COMPACT.match(bare):
            return self._number(float(bare.replace(",", ".")), bare)
        day = _day(bare, self.american)
        return self._utc(day * DAY + (DAY - 1 if self.end_of_day else 0), None) * SECOND

    def _number(self, value: float, bare: str) -> int | None:
        if value == 0:
            return None
        if len(bare.partition(".")[0]) in (10, 13) and 1e8 < value < 1e14:
            return round((value / 1000 if value > 1e11 else value) * SECOND)
        if not 10_000 <= value < 2_958_466:
            raise ValueError("a date")
        days = int(value)
        seconds = round((value - days) * DAY)
        if self.end_of_day and seconds == 0:
            seconds = DAY - 1
        base = (EXCEL_EPOCH - EPOCH).days
        return self._utc((base + days) * DAY + seconds, None) * SECOND

    def _utc(self, moment: int, offset: int | None) -> int:
        if offset is not None:
            return moment - offset
        hour = moment // 3600
        known = self._offsets.get(hour)
        if known is None:
            known = self._offsets[hour] = _offset(self.zone, hour * 3600)
        shift, ambiguous = known
        self.ambiguous += ambiguous
        return min(moment - shift, LAST)


def moment(value: int | None) -> datetime | None:
    """The datetime of a read time, for people and tests."""
    return None if value is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)


def _offset(zone: ZoneInfo, moment: int) -> tuple[int, bool]:
    local = datetime(1970, 1, 1) + timedelta(seconds=moment)  # noqa: DTZ001 (a local time, placed in its zone below)
    first = local.replace(tzinfo=zone, fold=0).utcoffset() or timedelta()
    second = local.replace(tzinfo=zone, fold=1).utcoffset() or timedelta()
    return int(first.total_seconds()), first > second


@lru_cache(maxsize=4096)
def _parts_slow(cell: str) -> tuple[str, str]:
    if parts := _ctime(fold(cell).strip()):
        return parts
    match = _SPLIT.match(fold(cell).strip())
    return (match[1], match[2]) if match else (cell, "")


def _ctime(cell: str) -> tuple[str, str] | None:
    match = _CTIME.match(cell)
    return (f"{match[2]} {match[1]} {match[4]}", match[3]) if match else None


def _parts(cell: str) -> tuple[str, str]:
    if len(cell) > 80:
        raise ValueError("a date")
    if len(cell) >= 15 and cell[10] in " T" and cell[13] == ":" and cell[:1].isdigit():
        return cell[:10], cell[11:]
    return _parts_slow(cell)


def _day(cell: str, american: bool) -> int:
    if match := _ISO.match(cell) or _COMPACT.match(cell):
        return _ordinal(int(match[1]), int(match[2]), int(match[3]))
    if match := _NUMERIC.match(cell):
        one, two, year = int(match[1]), int(match[2]), _year(match[3])
        return _ordinal(year, one, two) if american else _ordinal(year, two, one)
    if match := _DAY_NAME.match(cell):
        return _ordinal(_year(match[3]), _month(match[2]), int(match[1]))
    if match := _NAME_DAY.match(cell):
        return _ordinal(int(match[3]), _month(match[1]), int(match[2]))
    raise ValueError("a date")


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return 2000 + year if year < 70 else 1900 + year


def _month(name: str) -> int:
    if name not in MONTHS:
        raise ValueError("a date")
    return MONTHS[name]


def _ordinal(year: int, month: int, day: int) -> int:
    return (date(year, month, day) - EPOCH).days


def _clock(cell: str) -> tuple[int, int, int | None]:
    match = _CLOCK.match(cell)
    if not match:
        raise ValueError("a time of day")
    hours, minutes, seconds = (int(match[index] or 0) for index in (1, 2, 3))
    if match[5]:
        if not 1 <= hours <= 12:
            raise ValueError("a time of day")
        hours = hours % 12 + (12 if match[5].startswith("p") else 0)
    if hours > 24 or minutes > 59 or seconds > 60:
        raise ValueError("a time of day")
    micro = int((match[4] or "0").ljust(6, "0")[:6])
    return hours * 3600 + minutes * 60 + seconds, micro, _zone_offset(match[6])


def _zone_offset(zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone in ("z", "utc", "gmt"):
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone[0] == "-" else seconds
