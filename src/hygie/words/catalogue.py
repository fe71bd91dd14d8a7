"""The catalogue: a key gives a text, its plural and its values in the language of the reader."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from hygie.content_files import CONTENT, read_yaml
from hygie.words import figures
from hygie.words.typography import typeset

FOLDER = CONTENT / "words"
Text = Mapping[str, Any]


@cache
def chapter(name: str) -> Mapping[str, Text]:
    """All texts of one file of `content/words`."""
    loaded: Mapping[str, Text] = read_yaml(FOLDER / f"{name}.yaml")
    return loaded


class Figure(str):
    """A number as it is written, that still knows how many it counts: words around it agree with it."""

    amount: float

    def __new__(cls, text: str, amount: float) -> Figure:
        """A written number and its amount."""
        figure = super().__new__(cls, text)
        figure.amount = amount
        return figure


class _Tolerant(string.Formatter):
    """A value that is missing shows as a dash: a sentence from content must never stop a page.

    `{unseen} {unseen|non vu|non vus}`: words that agree with a number other than the first of the sentence.
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        name, *forms = str(key).split("|")
        value = kwargs.get(name, "–")
        if len(forms) != 2:
            return value
        amount = getattr(value, "amount", None)
        if amount is None:
            amount = float(value) if str(value).isdecimal() else 2
        return forms[0 if _is_one(amount, self.language) else 1]

    def format_field(self, value: Any, format_spec: str) -> str:
        return str(value)

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        return self.get_value(field_name, args, kwargs), field_name


FORMATTERS = {language: _Tolerant(language) for language in ("fr", "en")}


def _is_one(count: float, language: str) -> bool:
    """French counts zero and one and a half as singular, English only one."""
    return abs(count) < 2 if language == "fr" else abs(count) == 1


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Texts of lower layers that hold a value, as patterns, the longest first."""
    listed = sorted((text for text in chapter("translation") if "{}" in text), key=len, reverse=True)
    parts = ((text, "(.+?)".join(re.escape(part) for part in text.split("{}"))) for text in listed)
    return [(re.compile(pattern, re.DOTALL), str(chapter("translation")[text])) for text, pattern in parts]


def _translated(text: str) -> str | None:
    known = chapter("translation")
    if text in known:
        return typeset(str(known[text]), "fr")
    for pattern, french in _patterns():
        found = pattern.fullmatch(text)
        if found:
            pieces = typeset(french, "fr").split("{}")
            values = [_translated(value) or value for value in found.groups()]
            return "".join(f"{piece}{value}" for piece, value in zip(pieces, [*values, ""], strict=False))
    return None


def _counted(forms: Mapping[str, str], values: Mapping[str, Any]) -> float:
    """The number that chooses the form: `count`, else the first number of the sentence."""
    if "count" in values:
        return float(values["count"])
    named = (values.get(name or "") for _, name, _, _ in string.Formatter().parse(forms["other"]))
    amounts = (getattr(value, "amount", value) for value in named)
    return float(next((amount for amount in amounts if isinstance(amount, (int, float))), 0))


class Words:
    r"""Texts, numbers and dates in one language.

    >>> Words("fr").number(1912)
    '1\u202f912'
    >>> Words("en").pick({"fr": "rien", "en": "{count} of {total}"}, count=7, total=212)
    '7 of 212'
    """

    def __init__(self, language: str = "fr", timezone: str = "Europe/Paris") -> None:
        self.language = language
        self.timezone = timezone

    def say(self, key: str, /, **values: Any) -> str:
        """The text of a key `chapter.name`, its plural chosen by `count`, with its values put in.

        A key nobody wrote (a code of a newer table) is shown as it is: a page never stops for a word.
        """
        name, _, rest = key.partition(".")
        return self.pick(chapter(name).get(rest, rest), **values)

    def knows(self, key: str) -> bool:
        """Whether the key exists."""
        name, _, rest = key.partition(".")
        return (FOLDER / f"{name}.yaml").exists() and rest in chapter(name)

    def pick(self, text: Text | str | None, /, **values: Any) -> str:
        """One language of a `{fr, en}` text of any content file, typeset, with its values put in."""
        if not text:
            return ""
        chosen = text if isinstance(text, str) else text.get(self.language) or next(iter(text.values()))
        if isinstance(chosen, Mapping):
            chosen = chosen["one" if _is_one(_counted(chosen, values), self.language) else "other"]
        set_text = typeset(str(chosen).strip(), self.language)
        if "{" not in set_text:
            return set_text
        try:
            return FORMATTERS[self.language].format(
                set_text, **{key: self.value(value) for key, value in values.items()}
            )
        except (ValueError, IndexError):
            return set_text

    def translate(self, text: str) -> str:
        r"""What a reader or the workspace said in English, in the language of the call, as far as it is known.

        >>> Words("fr").translate("21 cells, as in the header")
        '21 cellules, comme dans l’en-tête'
        """
        if self.language == "en" or not text:
            return text
        whole = _translated(text)
        if whole is not None:
            return whole
        return "\u202f; ".join(_translated(part) or part for part in text.split("; "))

    def value(self, value: Any) -> str:
        """Any value as a reader of this language expects it; text stays as it is."""
        if value is None:
            return "–"
        if isinstance(value, bool):
            return self.say("common.yes" if value else "common.no")
        if isinstance(value, int):
            return self.number(value)
        if isinstance(value, float):
            return self.number(value, 0 if value == int(value) else 1)
        if isinstance(value, datetime):
            return self.date(value)
        if isinstance(value, timedelta):
            return self.age(value)
        return str(value)

    def number(self, value: float, decimals: int = 0) -> str:
        """A number with its thousands."""
        return Figure(figures.number(value, self.language, decimals), value)

    def size(self, value: float) -> str:
        """A size in bytes."""
        return figures.size(value, self.language)

    def date(self, value: datetime, *, clock: bool = False) -> str:
        """A date in the hospital's time zone."""
        return figures.date(value, self.language, self.timezone, clock=clock)

    def age(self, span: timedelta) -> str:
        """How old something is."""
        return figures.age(span, self.language)

    def listed(self, items: Sequence[str], most: int = 0, between: str = ", ") -> str:
        """Names in a row; beyond `most` their number only.

        >>> Words("en").listed(["a", "b", "c", "d"], most=2)
        'a, b + 2'
        """
        if most and len(items) > most:
            return between.join(items[:most]) + f" + {self.number(len(items) - most)}"
        return between.join(items)
