"""Progress on stderr: one line that rewrites itself on a terminal, one line per stage elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

from hygie.cli.call import Call

if TYPE_CHECKING:
    from hygie.pipeline import Progress

EVERY = 0.1
BAR = 20


class Teller:
    """Tells where a long work is; give it to `pipeline.run` as its listener."""

    def __init__(self, call: Call) -> None:
        self._screen = call.log
        self._words = call.words
        self._quiet = call.json
        self._stage = ""
        self._last = 0.0
        self._written = False

    def __enter__(self) -> Teller:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wipe()

    def __call__(self, progress: Progress) -> None:
        """One step of a run."""
        self.tell(progress.stage, progress.done, progress.total, progress.subject)

    def tell(self, stage: str, done: int = 0, total: int = 0, subject: str = "") -> None:
        """Say a stage, how far it is, and on what."""
        if self._quiet:
            return
        fresh = stage != self._stage
        self._stage = stage
        if not self._screen.terminal:
            if fresh:
                self._screen.line(self._name(stage) + "…")
            return
        now = time.monotonic()
        if fresh or now - self._last >= EVERY or (total and done == total):
            self._last = now
            self._rewrite(self._line(stage, done, total, subject))

    def _name(self, stage: str) -> str:
        key = f"common.progress_{stage}"
        return self._words.say(key) if self._words.knows(key) else stage

    def _line(self, stage: str, done: int, total: int, subject: str) -> str:
        from hygie.act.rows import clean
        from hygie.act.terminal.text import cut

        count = f" {self._words.number(done)}" + (f"/{self._words.number(total)}" if total > 1 else "") if done else ""
        filled = round(BAR * done / total) if total > 1 else 0
        bar = f"{'█' * filled}{'░' * (BAR - filled)} " if total > 1 else ""
        head = f"{bar}{self._name(stage)}{count}  "
        room = self._screen.width - len(head) - 1
        return head + (cut(str(clean(subject)), room) if room > 10 else "")

    def _rewrite(self, text: str) -> None:
        stream = self._screen.stream
        stream.write("\r\x1b[2K" + self._screen.encodable(text[: self._screen.width - 1]))
        stream.flush()
        self._written = True

    def _wipe(self) -> None:
        if self._written:
            self._screen.stream.write("\r\x1b[2K")
            self._screen.stream.flush()
            self._written = False
