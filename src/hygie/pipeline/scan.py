"""What is in the workspace now: every file known by its hash, hashed again only when it may have changed."""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG

from hygie.errors import UnreadableError
from hygie.pipeline.progress import Listener, Progress
from hygie.workspace.containers import Limits, Member, members
from hygie.workspace.folder import Workspace, hash_file
from hygie.workspace.secrets import holds_secrets
from hygie.workspace.state import Filed, Receipt, State

SECRETS_SAMPLE = 64 * 1024
SHEET, SHEETS = re.compile(r"xl/(?:sharedStrings|worksheets/[^/]*)\.xml$"), 5
ROW_END, CELL_END, MARKUP = re.compile(rb"</(?:row|si)>"), re.compile(rb"</c>(?=\s*<c\b)"), re.compile(rb"<[^>]*>")


@dataclass
class Scan:
    """Evidence in force by hash: its first path, size and receipt; and the files refused at the door."""

    paths: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    received: dict[str, datetime] = field(default_factory=dict)
    copies: dict[str, list[str]] = field(default_factory=dict)
    outside: list[dict[str, str]] = field(default_factory=list)


def scan(workspace: Workspace, state: State, *, verify: bool, progress: Listener) -> Scan:
    """Register what is there; the same bytes under two names are one evidence."""
    known = state.files()
    now = datetime.now(UTC)
    result = Scan()
    filed: list[Filed] = []
    for count, (path, status) in enumerate(workspace.files(), 1):
        shown = workspace.relative(path)
        if not _speakable(shown):
            name = os.fsencode(shown).decode("utf-8", "backslashreplace")
            hint = "rename the file: its name is in another encoding"
            result.outside.append(_refused(name, "unreadable", "expected a file name in UTF-8", hint))
            continue
        if status is None or not S_ISREG(status.st_mode):
            result.outside.append(_not_plain(shown, folder=status is None))
            continue
        progress(Progress("scan", count, 0, shown))
        before = known.get(shown)
        same = before is not None and (before.size, before.modified) == (status.st_size, status.st_mtime_ns)
        if before is not None and same and not verify:
            filed.append(before)
            continue
        entry = _register(path, shown, status.st_size, status.st_mtime_ns, result)
        if entry is not None:
            filed.append(entry)
    receipts = state.receipts()
    fresh = [Receipt(one.evidence_id, now, one.path, one.size) for one in filed if one.evidence_id not in receipts]
    receipts = {receipt.evidence_id: receipt for receipt in reversed(fresh)} | receipts
    state.receive(fresh)
    for entry in filed:
        _keep(entry, receipts[entry.evidence_id].received, result)
    state.replace_files(filed)
    return result


def _register(path: Path, shown: str, size: int, modified: int, result: Scan) -> Filed | None:
    try:
        if _secret(path):
            result.outside.append(
                _refused(
                    shown,
                    "refused",
                    "a dump of secrets is neither registered nor copied",
                    "remove it from the workspace; accounts are checked by hash, never by such a list",
                )
            )
            return None
        return Filed(shown, size, modified, hash_file(path))
    except OSError as error:
        reason = f"expected a file that can be opened ({error.strerror or error})"
        result.outside.append(_refused(shown, "unreadable", reason, "check the rights and the disk"))
        return None


def _secret(path: Path) -> bool:
    """Whether the file, or a stream it wraps, a sheet included, is a dump of secrets."""
    with path.open("rb") as stream:
        head = stream.read(SECRETS_SAMPLE)
    if holds_secrets(head):
        return True
    if not head.startswith((b"\x1f\x8b", b"PK", b"\x28\xb5\x2f\xfd")) and head[257:262] != b"ustar":
        return False
    for member in members(path, Limits()):
        if member.refusal is not None:
            continue
        try:
            with member.open() as stream:
                head = stream.read(SECRETS_SAMPLE)
            if holds_secrets(head) or (head.startswith(b"PK") and _in_sheet(member)):
                return True
        except UnreadableError:
            continue
    return False


def _in_sheet(member: Member) -> bool:
    """Whether a spreadsheet holds a dump of secrets, in its shared texts or in the cells of its first sheets."""
    try:
        with member.open() as stream, zipfile.ZipFile(stream) as book:
            names = [name for name in book.namelist() if SHEET.match(name)][:SHEETS]
            return any(holds_secrets(_plain(book, name)) for name in names)
    except (KeyError, NotImplementedError, RuntimeError, ValueError, OSError, zipfile.BadZipFile, zlib.error):
        return False


def _plain(book: zipfile.ZipFile, name: str) -> bytes:
    with book.open(name) as part:
        text = ROW_END.sub(b"\n", part.read(SECRETS_SAMPLE * 4))
    return MARKUP.sub(b"", CELL_END.sub(b":", text))


def _speakable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _not_plain(shown: str, *, folder: bool) -> dict[str, str]:
    if folder:
        return _refused(shown, "unreadable", "expected a folder that can be opened", "check the rights of the folder")
    return _refused(
        shown, "refused", "expected a plain file: links and devices are never followed", "copy the file itself"
    )


def _refused(path: str, status: str, reason: str, hint: str) -> dict[str, str]:
    return {"path": path, "status": status, "reason": reason, "hint": hint}


def _keep(entry: Filed, received: datetime, result: Scan) -> None:
    if entry.evidence_id in result.paths:
        result.copies.setdefault(entry.evidence_id, []).append(entry.path)
        return
    result.paths[entry.evidence_id] = entry.path
    result.sizes[entry.evidence_id] = entry.size
    result.received[entry.evidence_id] = received
