"""One spelling for what people write many ways: headers, choices, names; and what counts as an empty cell."""

from __future__ import annotations

import re
from functools import lru_cache

from hygie.words.folding import fold

STOP_WORDS = frozenset({"de", "du", "des", "d", "la", "les", "l", "of", "the"})
NUMBER_WORDS = frozenset({"n", "no", "num", "nr", "nbr", "number", "numero"})
EMPTY = frozenset(
    {"", "-", "--", "---", "–", "—", "n/a", "#n/a", "na", "n.a.", "null", "(null)", "nil", "none", "nan", "néant"}
    | {
        "neant",
        "(vide)",
        "(blank)",
        "(empty)",
        "s/o",
        "sans objet",
        "#ref!",
        "#value!",
        "#valeur!",
        "not available",
        "undef",
    }
)
_ASIDE = re.compile(r"[(\[{][^)\]}]*[)\]}]")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[a-z0-9]+")
_PROTECTED = re.compile(r'^="(.*)"$', re.DOTALL)
_BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\ufeff": "", "\u200b": "", "\r": ""})


def words(text: str) -> list[str]:
    """The words of a text, folded, in the singular.

    >>> words("Adresses MAC")
    ['adresse', 'mac']
    """
    return [_singular(word) for word in _WORD.findall(fold(text))]


@lru_cache(maxsize=8192)
def header(text: str) -> str:
    """The normal form of a header: case, accents, punctuation, plural, units and small words do not count.

    >>> header("N° de série"), header("Serial No."), header("SerialNumber"), header("serial_number")
    ('numeroserie', 'serialnumero', 'serialnumero', 'serialnumero')
    >>> header("Adresses IP (v4)"), header("DMIA (h)")
    ('adresseip', 'dmia')
    """
    text = text.translate(_BLANKS)[:200]
    bare = _ASIDE.sub(" ", text)
    return _header(bare) or _header(text)


def _header(text: str) -> str:
    found = [_singular(word) for word in _WORD.findall(fold(split_words(text).replace("°", " ").replace("º", " ")))]
    if len(found) > 1:
        found = ["numero" if word in NUMBER_WORDS else word for word in found if word not in STOP_WORDS]
    return "".join(found)


def split_words(text: str) -> str:
    """Text with words run together set apart.

    >>> split_words("FullVSSBackup")
    'Full VSS Backup'
    """
    return text if text.isupper() else _CAMEL.sub(" ", text)


def choice(text: str) -> str:
    """The normal form of a value among a few: words only, one blank between.

    >>> choice(" En  Service."), choice("Réformé(e)")
    ('en service', 'reforme e')
    """
    return " ".join(_WORD.findall(fold(text)))


def clean(text: str) -> str:
    """A cell without what spreadsheets and exports put around it; formulas stay text.

    >>> clean('="00123"'), clean("'00123"), clean(" a\u00a0b "), clean("=2+3")
    ('00123', '00123', 'a b', '=2+3')
    """
    if len(text) > 5 and text.isalnum():
        return text
    text = text.translate(_BLANKS).strip()
    if text[:1] == "=" and (protected := _PROTECTED.match(text)):
        text = protected[1].strip()
    if text[:1] == "'" and text[1:2] in "0123456789=+-@":
        text = text[1:]
    return "" if text.lower() in EMPTY else text


def slug(text: str) -> str:
    """A name made fit for a key.

    >>> slug("Hôpital de jour / Pédiatrie")
    'hopital-de-jour-pediatrie'
    """
    return "-".join(_WORD.findall(fold(text)))[:80]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" and word[-2] != "s" else word
