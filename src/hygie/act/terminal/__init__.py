"""The terminal: the same signs and words as the page, in columns that fit."""

from __future__ import annotations

from hygie.act.terminal.screen import Screen

__all__ = ["Screen"]
