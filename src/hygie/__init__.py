"""Hygie: from files a hospital already has to a map of its information system and proven verdicts.

This module is the whole public Python API; everything else may move.
"""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["__version__"]
