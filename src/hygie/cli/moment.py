"""Dates given on the command line."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from hygie.errors import UsageError
from hygie.words import Words


def moment(text: str, timezone: str, words: Words) -> datetime:
    """A date as the end of its day, or an instant, in the time zone of the hospital.

    >>> moment("2026-11-24", "Europe/Paris", Words("en")).isoformat()
    '2026-11-24T23:59:59+01:00'
    """
    hint = words.say("error.bad_date_hint")
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(words.say("error.bad_date", text=text), hint=hint) from None
    if not 1990 <= found.year <= 2100:
        raise UsageError(words.say("error.bad_date", text=text), hint=hint)
    if len(text.strip()) <= 10:
        found = datetime.combine(found.date(), time(23, 59, 59))
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(timezone))
