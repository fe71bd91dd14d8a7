"""VPN events of a FortiGate → vpn_session: a tunnel that opens and closes is one session, a refused login one too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hygie.sources import addresses
from hygie.sources import typed_columns as values
from hygie.sources.base import Batch, Refusal, Rows
from hygie.sources.fortigate.records import Columns, moments_of

MOST_OPEN = 100_000
TEXTS = (
    "action", "user", "xauthuser", "remip", "tunnelip", "tunnelid", "sessionid", "devname", "devid", "tunneltype",
    "msg", "logdesc", "reason", "twofactor", "two_factor", "authmethod", "sentbyte", "rcvdbyte", "duration",
)  # fmt: skip
OPENED = frozenset({"tunnel-up", "ssl-tunnel-up"})
CLOSED = frozenset({"tunnel-down", "ssl-tunnel-down"})
FAILED = re.compile(r"ssl-(login|alert|user).*fail|.*login-fail|xauth-fail|auth-fail.*")
_SECOND_FACTOR = re.compile(r"two[- _]?factor|2fa|fortitoken|token|otp|mfa", re.IGNORECASE)

Event = Mapping[str, Any]


class Sessions:
    """Pair the events of tunnels; what is still open at the end of the log has no end."""

    def __init__(self, timezone: str) -> None:
        self.rows = Rows("vpn_session")
        self.unused = 0
        self._timezone = timezone
        self._open: dict[tuple[Any, ...], tuple[int, dict[str, Any]]] = {}

    def read(self, columns: Columns) -> Iterator[Batch | Refusal]:
        """Use a batch of VPN events."""
        times = pc.cast(moments_of(columns, self._timezone), values.TIME).to_pylist()
        texts = [columns.column(name).to_pylist() for name in TEXTS]
        for number, moment, *found in zip(columns.positions.tolist(), times, *texts, strict=True):
            event = dict(zip(TEXTS, found, strict=True))
            if moment is None:
                yield Refusal(
                    number, "a time in eventtime, or date and time", "the record was set aside; the rest is read"
                )
            elif not self._use(number, moment, event):
                self.unused += 1
        if self.rows.full:
            yield from self.rows.flush()

    def finish(self) -> Iterator[Batch | Refusal]:
        """Sessions that no event closed, then the last rows."""
        for number, row in self._open.values():
            self.rows.add(number, **row)
        self._open.clear()
        yield from self.rows.flush()

    def _use(self, number: int, moment: datetime, event: Event) -> bool:
        action = (event["action"] or "").lower()
        if FAILED.fullmatch(action):
            self.rows.add(number, start=moment, end=moment, outcome="failure", **_person(event))
            return True
        if action not in OPENED | CLOSED or not _is_person(event):
            return False
        key = (
            event["devid"] or event["devname"],
            event["tunnelid"] or event["sessionid"],
            event["user"],
            event["remip"],
        )
        if action in OPENED:
            self._begin(key, number, {"start": moment, "outcome": "success", **_person(event)})
        else:
            self._end(key, number, moment, event)
        return True

    def _begin(self, key: tuple[Any, ...], number: int, row: dict[str, Any]) -> None:
        previous = self._open.pop(key, None)
        if previous is None and len(self._open) >= MOST_OPEN:
            previous = self._open.pop(next(iter(self._open)))
        if previous is not None:
            self.rows.add(previous[0], **previous[1])
        self._open[key] = (number, row)

    def _end(self, key: tuple[Any, ...], number: int, moment: datetime, event: Event) -> None:
        lasted = _whole(event["duration"])
        begun = self._open.pop(key, None)
        if begun is None:
            start = moment - timedelta(seconds=lasted) if lasted and lasted < 10**9 else moment
            begun = number, {"start": start, "outcome": "success", **_person(event)}
        row = {**begun[1], "end": moment, "bytes_in": _whole(event["rcvdbyte"]), "bytes_out": _whole(event["sentbyte"])}
        self.rows.add(begun[0], **row)


def _is_person(event: Event) -> bool:
    """A tunnel between two sites has no user; only sessions of somebody are remote access."""
    return bool(event["user"] or event["xauthuser"] or (event["tunneltype"] or "").lower().startswith("ssl"))


def _person(event: Event) -> dict[str, Any]:
    factor, factors = _factors(event)
    return {
        "account": event["xauthuser"] if not event["user"] else event["user"],
        "source_ip": addresses.address(event["remip"]),
        "assigned_ip": addresses.assigned(event["tunnelip"]),
        "gateway": event["devname"] or event["devid"],
        "factor": factor,
        "factors": factors,
    }


def _factors(event: Event) -> tuple[str | None, int | None]:
    """What the log says of a second factor; silence is not "one"."""
    for name in ("twofactor", "two_factor", "authmethod"):
        if event[name]:
            second = name != "authmethod" and event[name].lower() not in ("0", "no", "disable", "disabled", "none")
            return event[name], 2 if second or _SECOND_FACTOR.search(event[name]) else 1
    for name in ("reason", "msg", "logdesc"):
        if event[name] and _SECOND_FACTOR.search(event[name]):
            return event[name], 2
    return None, None


def _whole(text: str | None) -> int | None:
    return values.integers(pa.array([text], pa.string())).to_pylist()[0] if text else None
