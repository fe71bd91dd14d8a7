"""What must survive from run to run, in SQLite: the register of files, the ledger of identities, the list of runs."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS file (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified INTEGER NOT NULL, evidence_id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS receipt (
    evidence_id TEXT PRIMARY KEY, received TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS ledger (
    kind TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, since TEXT NOT NULL, PRIMARY KEY (kind, key)
);
CREATE TABLE IF NOT EXISTS redirect (old TEXT PRIMARY KEY, new TEXT NOT NULL, since TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS run (
    snapshot TEXT PRIMARY KEY, content_key TEXT NOT NULL, as_of TEXT NOT NULL, published TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class Filed:
    """A file as last seen in the workspace: unchanged path, size and time of change skip hashing."""

    path: str
    size: int
    modified: int
    evidence_id: str


@dataclass(frozen=True)
class Receipt:
    """When some bytes were first received, and under which name."""

    evidence_id: str
    received: datetime
    name: str
    size: int


class State:
    """The SQLite file of a workspace; every method is one transaction."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def files(self) -> dict[str, Filed]:
        """All files of the last scan, by path relative to the workspace."""
        rows = self._connection.execute("SELECT path, size, modified, evidence_id FROM file")
        return {row[0]: Filed(*row) for row in rows}

    def replace_files(self, files: Iterable[Filed]) -> None:
        """Make this scan the current one; receipts stay, whatever was withdrawn."""
        with closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("DELETE FROM file")
            cursor.executemany(
                "INSERT INTO file VALUES (?, ?, ?, ?)", [(f.path, f.size, f.modified, f.evidence_id) for f in files]
            )
            cursor.execute("COMMIT")

    def receive(self, receipts: Iterable[Receipt]) -> None:
        """Note first receipts; later ones of the same bytes change nothing."""
        with closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.executemany(
                "INSERT OR IGNORE INTO receipt VALUES (?, ?, ?, ?)",
                [
                    (receipt.evidence_id, receipt.received.isoformat(), receipt.name, receipt.size)
                    for receipt in receipts
                ],
            )
            cursor.execute("COMMIT")

    def receipts(self) -> dict[str, Receipt]:
        """All receipts, by evidence id."""
        found = self._connection.execute("SELECT evidence_id, received, name, size FROM receipt")
        return {row[0]: Receipt(row[0], datetime.fromisoformat(row[1]), row[2], row[3]) for row in found}

    def record_run(self, snapshot: str, content_key: str, as_of: datetime) -> None:
        """Remember a published snapshot."""
        now = datetime.now(UTC).isoformat()
        self._connection.execute(
            "INSERT OR REPLACE INTO run VALUES (?, ?, ?, ?)", (snapshot, content_key, as_of.isoformat(), now)
        )

    def ledger(self) -> Ledger:
        """The ledger of identities."""
        return Ledger(self._connection)


class Ledger:
    """Append-only: an entity's id is its kind and the hash of the first strongest key it was ever known by.

    When keys that had several ids meet, the older id stays and the newer ones are redirected to it, so that
    exceptions, comments and comparisons survive; a split leaves the id with the strongest key.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known = {
            (row[0], row[1]): (row[2], row[3]) for row in connection.execute("SELECT kind, key, id, since FROM ledger")
        }
        self._new: list[tuple[str, str, str, str]] = []
        self._redirects: dict[str, str] = dict(connection.execute("SELECT old, new FROM redirect").fetchall())
        self._taken: set[str] = set()
        self._now = datetime.now(UTC).isoformat()

    def id_for(self, kind: str, keys: Sequence[str]) -> str:
        """The stable id of an entity known by `keys`, strongest first.

        >>> import sqlite3
        >>> memory = sqlite3.connect(":memory:"); _ = memory.executescript(SCHEMA)
        >>> ledger = Ledger(memory)
        >>> first = ledger.id_for("device", ["serial:A1", "mac:aa"])
        >>> ledger.save(); later = Ledger(memory)
        >>> later.id_for("device", ["name:x", "mac:aa"]) == first
        True
        """
        owners = [(rank, *self._known[kind, key]) for rank, key in enumerate(keys) if (kind, key) in self._known]
        free = sorted(
            {
                (since, rank, self.resolve(owner))
                for rank, owner, since in owners
                if self.resolve(owner) not in self._taken
            }
        )
        chosen = free[0][2] if free else self._fresh(kind, keys)
        for _, _, other in free[1:]:
            if other != chosen:
                self._redirects.setdefault(other, chosen)
        self._taken.add(chosen)
        for key in keys:
            if (kind, key) not in self._known:
                self._known[kind, key] = (chosen, self._now)
                self._new.append((kind, key, chosen, self._now))
        return chosen

    def _fresh(self, kind: str, keys: Sequence[str]) -> str:
        seed = f"{kind}|{keys[0] if keys else ''}"
        for attempt in range(len(self._taken) + 2):
            text = seed if attempt == 0 else f"{seed}|{attempt}"
            name = f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
            if name not in self._taken:
                return name
        raise AssertionError("unreachable: one attempt more than ids taken")

    def keys_of(self, name: str) -> list[str]:
        """The keys under which an id, or an id redirected to it, is known."""
        wanted = self.resolve(name)
        return sorted(key for (_, key), (owner, _) in self._known.items() if self.resolve(owner) == wanted)

    def resolve(self, name: str) -> str:
        """Follow redirects to the id in force."""
        seen = set()
        while name in self._redirects and name not in seen:
            seen.add(name)
            name = self._redirects[name]
        return name

    def save(self) -> None:
        """Write what is new, in one transaction."""
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        cursor.executemany("INSERT OR IGNORE INTO ledger VALUES (?, ?, ?, ?)", self._new)
        rows = [(old, new, self._now) for old, new in self._redirects.items()]
        cursor.executemany("INSERT OR IGNORE INTO redirect VALUES (?, ?, ?)", rows)
        cursor.execute("COMMIT")
        self._new = []
