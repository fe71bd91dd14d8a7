"""One spelling for what people write with and without capitals and accents."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Lower case without accents.

    >>> fold("N° de Série")
    'n° de serie'
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).lower()
