"""How a run tells where it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """One step of a run: the stage (`scan`, `read`, `map`, `assess`, `publish`), what is done of how much, on what."""

    stage: str
    done: int
    total: int
    subject: str = ""


Listener = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Say nothing."""
