"""The order of the stages, what is stale, and progress: the one place that knows them all."""

from __future__ import annotations

from hygie.pipeline.chain import RunResult, run
from hygie.pipeline.progress import Progress
from hygie.pipeline.proofs import Line, original

__all__ = ["Line", "Progress", "RunResult", "original", "run"]
