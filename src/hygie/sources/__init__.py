"""Readers of evidence: one module per format family, registered as strings and imported when tried.

Order is priority when two readers are equally sure. `recognise` asks every reader what a stream is; `reader` gives the
one of a kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from hygie.errors import UnreadableError
from hygie.sources.base import SAMPLE_SIZE, Batch, Document, Item, Note, Refusal, Sample

MODULES = (
    "hygie.sources.windows",
    "hygie.sources.capture",
    "hygie.sources.zeek",
    "hygie.sources.fortigate",
    "hygie.sources.fortios",
    "hygie.sources.sharphound",
    "hygie.sources.directory",
    "hygie.sources.isc_dhcpd",
    "hygie.sources.tabular",
)


@dataclass(frozen=True)
class Recognised:
    """What a stream was found to be, and how sure the reader is (0 to 100)."""

    kind: str
    module: str
    score: int


def kinds() -> dict[str, str]:
    """Every kind and the module that reads it."""
    return {kind: name for name in MODULES for kind in _kinds(import_module(name))}


def recognise(document: Document) -> Recognised | None:
    """The most certain reader of a stream, or None when nobody knows it."""
    with document.open() as stream:
        head = stream.read(SAMPLE_SIZE)
    sample = Sample(document.member.rsplit("/", 1)[-1] or document.name.rsplit("/", 1)[-1], head, document.size)
    found = [guess for name in MODULES if (guess := _ask(name, sample, document)) is not None]
    return max(found, key=lambda guess: guess.score, default=None)


def _ask(name: str, sample: Sample, document: Document) -> Recognised | None:
    module = import_module(name)
    if hasattr(module, "detect_document"):
        kind, score = module.detect_document(document)
    elif hasattr(module, "detect_kind"):
        kind, score = module.detect_kind(sample)
    else:
        kind, score = module.KIND, module.detect(sample)
    return Recognised(kind, name, score) if score > 0 else None


def read(document: Document, recognised: Recognised) -> Iterator[Item]:
    """Read a stream with the reader that recognised it."""
    module = import_module(recognised.module)
    if hasattr(module, "KINDS"):
        return iter(module.read(document, recognised.kind))
    return iter(module.read(document))


def shower(kind: str) -> Callable[[Document, int], str] | None:
    """How to show one record of a kind whose positions are not lines of text."""
    name = kinds().get(kind)
    return getattr(import_module(name), "show", None) if name else None


def explain(document: Document) -> Any:
    """What the tabular mechanism understood of a table nobody recognised, or None."""
    return import_module("hygie.sources.tabular").explain_document(document)


def _kinds(module: ModuleType) -> tuple[str, ...]:
    return tuple(getattr(module, "KINDS", ())) or (module.KIND,)


__all__ = [
    "MODULES",
    "Batch",
    "Document",
    "Item",
    "Note",
    "Recognised",
    "Refusal",
    "Sample",
    "UnreadableError",
    "explain",
    "kinds",
    "read",
    "recognise",
    "shower",
]
