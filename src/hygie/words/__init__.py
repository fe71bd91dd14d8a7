"""What Hygie says: texts in French and English, kept as data, with numbers, dates and typography of each language."""

from __future__ import annotations

from hygie.words.catalogue import Words
from hygie.words.language import LANGUAGES, choose_language
from hygie.words.typography import typeset

__all__ = ["LANGUAGES", "Words", "choose_language", "typeset"]
