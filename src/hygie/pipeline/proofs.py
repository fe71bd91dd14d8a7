"""From a proof back to the original: the record and its neighbours, masked and made harmless for a screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from hygie.errors import UnreadableError
from hygie.pipeline.reading import Task, document_of, site_mappings
from hygie.sources import Document, Refusal, shower
from hygie.tables import load_tables
from hygie.workspace.containers import Limits, members
from hygie.workspace.masking import Mask, harmless
from hygie.workspace.patient_columns import PatientColumns
from hygie.workspace.store import Store

HEADER_WITHIN = 30


@dataclass(frozen=True)
class Line:
    """One line of an original: its position, its text ready to show, and whether it is the one asked for."""

    position: int
    text: str
    hit: bool


def original(store: Store, evidence_id: str, member: str, position: int, around: int = 1) -> list[Line]:
    """The record at a position with its neighbours; the stored row when the original is gone."""
    path = store.workspace.root / store.paths.get(evidence_id, "")
    kind = _kind(store, evidence_id, member)
    try:
        if path.is_file():
            lines = _from_file(store, path, member, kind, position, around)
            if lines:
                return _shown(lines, position, kind)
    except (UnreadableError, OSError):
        pass
    return _shown(list(_from_rows(store, evidence_id, member, position)), position, kind)


def _kind(store: Store, evidence_id: str, member: str) -> str:
    sql = "SELECT kind FROM evidence WHERE evidence_id = $evidence AND member = $member"
    rows = store.query(sql, evidence=evidence_id, member=member).to_pylist()
    return str(rows[0]["kind"] or "") if rows else ""


def _from_file(store: Store, path: Path, member: str, kind: str, position: int, around: int) -> list[tuple[int, str]]:
    settings = store.settings
    limits = Limits(settings["maximum_file"] * 1024**3, settings["maximum_ratio"])
    for found in members(path, limits):
        if found.name == member and found.refusal is None:
            mappings = site_mappings(store.workspace)
            task = Task(path, path.name, "", path, store.as_of, store.workspace.timezone, limits, mappings)
            return _records(document_of(task, found), kind, position, around)
    return []


def _records(document: Document, kind: str, position: int, around: int) -> list[tuple[int, str]]:
    show = shower(kind)
    if show is not None and (text := show(document, position)):
        return [(position, text)]
    columns = PatientColumns.of(_text(line) for _, line in islice(document.lines(), HEADER_WITHIN))
    first = max(1, position - around)
    wanted = islice(document.lines(), first - 1, position + around)
    return [(number, columns.hide(_text(line))) for number, line in wanted]


def _text(line: bytes | Refusal) -> str:
    return line.decode("utf-8", "replace") if isinstance(line, bytes) else f"… {line.expected}"


def _from_rows(store: Store, evidence_id: str, member: str, position: int) -> Iterator[tuple[int, str]]:
    for name, declared in load_tables().items():
        if not declared.from_source:
            continue
        at = "evidence_id = $evidence AND member = $member AND position = $position"
        sql = f'SELECT * FROM "{name}" WHERE {at} LIMIT 1'
        for row in store.query(sql, evidence=evidence_id, member=member, position=position).to_pylist():
            kept = {
                key: value for key, value in row.items() if value is not None and key not in ("evidence_id", "member")
            }
            yield position, f"[{name}] " + "  ".join(f"{key}={value}" for key, value in kept.items())
            return


def _shown(lines: list[tuple[int, str]], position: int, kind: str) -> list[Line]:
    mask = Mask.load()
    return [Line(number, harmless(mask.apply(text, kind)), number == position) for number, text in lines]
