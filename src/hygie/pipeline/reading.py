"""Read one evidence file into its part: recognise every stream it holds, write rows, count refusals."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hygie.errors import UnreadableError
from hygie.sources import Batch, Document, Note, Recognised, Refusal, explain, read, recognise
from hygie.sources.base import SAMPLE_SIZE
from hygie.workspace.containers import Limits, Member, members
from hygie.workspace.folder import Workspace
from hygie.workspace.parts import MemberReceipt, PartReceipt, PartWriter, tolerance

UNKNOWN_REASON = "format not recognised"
FAULT = "fault"  # a note of Hygie's own failure: such a reading is tried again at the next run
EMPTY_REASON = "the file is empty"
NO_RECORD = "the file holds no record"
MOST_REFUSED, REFUSED_SHARE = 100_000, 100  # past that, and so many times what is read, the rest is not worth its time


@dataclass(frozen=True)
class Task:
    """What a worker needs to read one file."""

    path: Path
    shown: str
    evidence_id: str
    target: Path
    received: datetime
    timezone: str
    limits: Limits
    mappings: tuple[str, ...] = ()


def read_evidence(task: Task) -> PartReceipt:
    """Read a file whole; what cannot be read is told in the receipt, never raised."""
    writer = PartWriter(task.target, task.evidence_id, tolerance(task.received))
    try:
        for member in members(task.path, task.limits):
            _read_member(task, member, writer)
        if not writer.receipt.members:
            writer.begin(MemberReceipt("", status="unreadable", reason="expected at least one file in the archive"))
        return writer.publish()
    except BaseException:
        writer.abandon()
        raise


def _read_member(task: Task, member: Member, writer: PartWriter) -> None:
    receipt = MemberReceipt(member.name)
    writer.begin(receipt)
    if member.refusal is not None:
        _refuse_stream(receipt, member.refusal)
        return
    document = document_of(task, member)
    unharmed = len(member.damage)
    try:
        recognised = recognise(document)
        if recognised is None:
            _explain_unknown(document, receipt)
        else:
            receipt.kind = recognised.kind
            _read_stream(document, recognised, receipt, writer)
    except UnreadableError as error:
        _refuse_stream(receipt, error, writer)
    except Exception as error:  # a reader's own fault must not cost the other files of the hospital
        if os.environ.get("HYGIE_DEBUG"):
            raise
        fault = UnreadableError(
            f"the reader failed ({type(error).__name__}: {error})",
            hint="this is a fault of Hygie: please report it with the kind of file",
        )
        receipt.notes[FAULT] = type(error).__name__
        _refuse_stream(receipt, fault, writer)
    if len(member.damage) > unharmed:
        _refuse_stream(receipt, member.damage[-1], writer)


def site_mappings(workspace: Workspace) -> tuple[str, ...]:
    """Column mappings that come before the shipped ones: the hospital's own, then those of packs."""
    layers = [sorted((layer / "mappings").glob("*.yaml")) for layer in reversed(workspace.layers)]
    return tuple(str(path) for found in layers for path in found)


def document_of(task: Task, member: Member) -> Document:
    """The document a reader sees for one stream of a file."""
    return Document(
        task.shown,
        member.open,
        member.size,
        task.timezone,
        task.received,
        member.name,
        {"mappings": list(task.mappings)},
    )


def _read_stream(document: Document, recognised: Recognised, receipt: MemberReceipt, writer: PartWriter) -> None:
    for item in read(document, recognised):
        if isinstance(item, Batch):
            writer.write(item.table, item.rows)
        elif isinstance(item, Refusal):
            writer.refuse(item.position, item.expected, item.hint)
            _give_up_in_time(receipt)
        elif isinstance(item, Note):
            receipt.notes[item.key] = item.value
    if "unused" in receipt.notes and not receipt.rows:
        receipt.status = "unused"
    elif not receipt.rows and not receipt.refused:
        receipt.status, receipt.reason, receipt.hint = (
            "empty",
            NO_RECORD,
            "check the period and the filter of the export",
        )


def _give_up_in_time(receipt: MemberReceipt) -> None:
    if receipt.refused >= MOST_REFUSED and receipt.refused > REFUSED_SHARE * sum(receipt.rows.values()):
        message = f"expected records of {receipt.kind}, found {receipt.refused} that are not"
        raise UnreadableError(message, hint="the file is damaged or of another kind: export it again")


def _refuse_stream(receipt: MemberReceipt, error: UnreadableError, writer: PartWriter | None = None) -> None:
    """Rows read before the fault stay; the export is then marked as incomplete."""
    if receipt.rows and writer is not None:
        writer.refuse(sum(receipt.rows.values()) + 1, error.message, error.hint)
        receipt.notes["complete"] = "false"
    else:
        receipt.status = "unreadable"
        receipt.reason, receipt.hint = error.message, error.hint


def _explain_unknown(document: Document, receipt: MemberReceipt) -> None:
    receipt.status, receipt.reason = "unknown", UNKNOWN_REASON
    receipt.hint = "see the formats that are read with `hygie content list sources`"
    with document.open() as stream:
        head = stream.read(SAMPLE_SIZE)
    if not head:
        receipt.status, receipt.reason, receipt.hint = "unreadable", EMPTY_REASON, "export it again"
        return
    explanation: Any = explain(document)
    if explanation is not None:
        receipt.reason, receipt.hint = explanation.reason, explanation.hint


def follow_parent(parent: int) -> None:
    """End this worker when the run that started it was killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
