"""The report: one HTML file that holds everything, reads offline, by keyboard, in the dark and on paper."""

from __future__ import annotations

from hygie.act.report.page import report

__all__ = ["report"]
