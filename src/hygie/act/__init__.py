"""Findings put before a person: the terminal, the one-file report, the sheets to sign. Reads tables, judges nothing."""

from __future__ import annotations
