"""Exceptions: what the hospital accepts in writing, for whom, and until when."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from hygie.assess.store import Store

EVERYTHING = ("*", "tous", "toutes", "all")
HARDWARE = re.compile(r"^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$|^(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}$|^[0-9a-f]{12}$")
ARROW = re.compile(r"\s*(?:->|→|>)\s*")


@dataclass(frozen=True)
class Written:
    """One written exception, and why it covers nothing if it does not."""

    control: str
    subject: str
    row: dict[str, Any]
    worthless: str

    @property
    def label(self) -> str:
        """Owner and expiry, as shown beside a covered case."""
        return f"{self.row['owner']} · {self.row['expiry']:%Y-%m-%d}"


def plain(text: str) -> str:
    """A subject as a key: case, spaces and the notation of hardware addresses do not count.

    >>> plain("AA-BB-CC-DD-EE-FF"), plain("Postes → Biomed  TCP/445"), plain("PC-042 ")
    ('aabbccddeeff', 'postes>biomed tcp/445', 'pc-042')
    """
    folded = " ".join(text.strip().casefold().split())
    if HARDWARE.match(folded):
        return re.sub(r"[^0-9a-f]", "", folded)
    return ARROW.sub(">", folded)


class Exceptions:
    """All exceptions, by the check they name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.by_control: dict[str, list[Written]] = defaultdict(list)
        sql = "SELECT * FROM exception ORDER BY control, subject, evidence_id, member, position"
        for row in store.query(sql).to_pylist():
            control = (row["control"] or "").strip().upper()
            why = worthless(row, store.today)
            self.by_control[control].append(Written(control, plain(row["subject"] or ""), row, why))

    def covering(self, control: str, failing: Collection[str], keys: dict[str, set[str]]) -> dict[str, Written]:
        """For each failing subject the exception that covers it, the one that lasts longest."""
        valid = [one for one in self.by_control.get(control, ()) if not one.worthless]
        valid.sort(key=lambda one: one.row["expiry"], reverse=True)
        if not valid:
            return {}
        aliases = self._aliases(failing)
        found: dict[str, Written] = {}
        for subject in failing:
            mine = aliases.get(subject, set()).union(*map(names, (subject, *keys.get(subject, ()))))
            for one in valid:
                if one.subject in EVERYTHING or one.subject in mine:
                    found.setdefault(subject, one)
        return found

    def worthless_rows(self, control: str) -> list[dict[str, Any]]:
        """The exceptions of a check that cover nothing, each with the reason why."""
        return [_row(one, one.worthless) for one in self.by_control.get(control, ()) if one.worthless]

    def unknown_rows(self, control: str) -> list[dict[str, Any]]:
        """The exceptions written for a check that does not exist."""
        return [_row(one, "unknown_control") for one in self.by_control[control]]

    def _aliases(self, subjects: Collection[str]) -> dict[str, set[str]]:
        """Everything by which a person may name an entity: name, short name, addresses, account, serial."""
        wanted = set(subjects)
        found: dict[str, set[str]] = defaultdict(set)
        for row in self._store.query("SELECT id, kind, name, ip, mac FROM entity").to_pylist():
            if row["id"] in wanted:
                found[row["id"]] |= _written(row)
        sql = "SELECT entity_id, value FROM statement WHERE attribute IN ('name', 'serial', 'ae_title', 'mac', 'sid')"
        for row in self._store.query(sql).to_pylist():
            if row["entity_id"] in wanted and row["value"]:
                found[row["entity_id"]] |= names(row["value"])
        for row in self._store.query("SELECT entity_id, name, domain, object_id FROM account").to_pylist():
            if row["entity_id"] in wanted:
                found[row["entity_id"]] |= _account_names(row)
        return found


def worthless(row: dict[str, Any], today: datetime) -> str:
    """Why an exception covers nothing: no owner, no expiry, past it, or no subject; nothing when it holds."""
    if not (row["owner"] or "").strip():
        return "no_owner"
    if row["expiry"] is None:
        return "no_expiry"
    if row["expiry"] + timedelta(days=1) <= today:  # it holds until the end of its last day
        return "expired"
    return "" if (row["subject"] or "").strip() else "no_subject"


def names(text: str) -> set[str]:
    """A written name, whole and short.

    >>> sorted(names("PC-042.hopital.local"))
    ['pc-042', 'pc-042.hopital.local']
    """
    whole = plain(text)
    bare = whole.rsplit("\\", 1)[-1].split("@", 1)[0]
    short = whole.split(".")[0]
    return {whole, bare} | ({short} if short and not short.isdigit() and " " not in short else set())


def _written(row: dict[str, Any]) -> set[str]:
    found = names(row["name"] or "") if row["name"] else set()
    return found | {plain(one) for one in f"{row['ip'] or ''} {row['mac'] or ''}".split()}


def _account_names(row: dict[str, Any]) -> set[str]:
    name, domain = plain(row["name"] or ""), plain(row["domain"] or "")
    short = domain.split(".")[0]
    found = {name, f"{domain}\\{name}", f"{short}\\{name}", f"{name}@{domain}", plain(row["object_id"] or "")}
    return found - {""}


def _row(written: Written, why: str) -> dict[str, Any]:
    values = {name: written.row[name] for name in ("reason", "mitigation", "owner", "expiry") if written.row[name]}
    detail = orjson.dumps({**values, "why": why}, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z).decode()
    return {
        "control": written.control,
        "list": "worthless_exception",
        "subject": written.row["subject"] or "",
        "subject_name": written.row["subject"] or "",
        "detail": detail,
        **{name: written.row[name] for name in ("evidence_id", "member", "position")},
    }
