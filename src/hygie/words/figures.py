"""Numbers, sizes, dates and ages as each language writes them, without a locale database."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hygie.words.typography import NARROW, SPACE

MONTHS = {
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
SIZES = {"fr": ("o", "ko", "Mo", "Go", "To"), "en": ("B", "kB", "MB", "GB", "TB")}
DAY = {"fr": "j", "en": "d"}


def number(value: float, language: str, decimals: int = 0) -> str:
    r"""Thousands and decimals.

    >>> number(1912, "fr"), number(1912, "en"), number(0.5, "fr", 1)
    ('1\u202f912', '1,912', '0,5')
    """
    text = f"{value:,.{decimals}f}"
    if language == "fr":
        return text.replace(",", NARROW).replace(".", ",")
    return text


def size(value: float, language: str) -> str:
    r"""A size in decimal units.

    >>> size(1_400_000_000, "fr"), size(12, "en")
    ('1,4\xa0Go', '12\xa0B')
    """
    units = SIZES[language]
    step = 0
    while value >= 1000 and step < len(units) - 1:
        value, step = value / 1000, step + 1
    return f"{number(value, language, 1 if step and value < 100 else 0)}{SPACE}{units[step]}"


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def date(value: datetime, language: str, timezone: str = "Europe/Paris", *, clock: bool = False) -> str:
    r"""A date, with its hour where asked, in the time zone of the hospital.

    >>> from datetime import timezone as zones
    >>> noon = datetime(2026, 11, 24, 13, 2, tzinfo=zones.utc)
    >>> date(noon, "fr", clock=True), date(noon, "en", clock=True)
    ('24\xa0nov.\xa02026, 14\xa0h\xa002', '24\xa0Nov\xa02026, 14:02')
    """
    local = value.astimezone(_zone(timezone)) if value.tzinfo else value
    first = "er" if language == "fr" and local.day == 1 else ""
    day = f"{local.day}{first}{SPACE}{MONTHS[language][local.month - 1]}{SPACE}{local.year}"
    if not clock:
        return day
    return f"{day}, {hour(local, language)}"


def hour(local: datetime, language: str) -> str:
    r"""An hour of the day.

    >>> hour(datetime(2026, 1, 1, 7, 5), "fr"), hour(datetime(2026, 1, 1, 7, 5), "en")
    ('7\xa0h\xa005', '07:05')
    """
    if language == "fr":
        return f"{local.hour}{SPACE}h{SPACE}{local.minute:02d}"
    return f"{local.hour:02d}:{local.minute:02d}"


def age(span: timedelta, language: str) -> str:
    r"""An age in days, in hours below two days.

    >>> age(timedelta(days=48), "fr"), age(timedelta(hours=30), "en")
    ('48\xa0j', '30\xa0h')
    """
    hours = max(0, int(span.total_seconds() // 3600))
    if hours < 48:
        return f"{hours}{SPACE}h"
    return f"{number(hours // 24, language)}{SPACE}{DAY[language]}"
