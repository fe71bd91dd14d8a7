"""Which language to speak: the option first, then the environment, then the workspace, then French."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

LANGUAGES = ("fr", "en")
NEUTRAL = ("c", "c.utf-8", "c.utf8", "posix")


def choose_language(option: str | None, environment: Mapping[str, str], workspace: str | None = None) -> str:
    """The language of this call; a locale that is neither French nor English speaks English.

    >>> choose_language(None, {"LC_ALL": "C.UTF-8", "LANG": "en_GB.UTF-8"})
    'en'
    >>> choose_language("fr", {"HYGIE_LANG": "en"})
    'fr'
    >>> choose_language(None, {}, workspace="en"), choose_language(None, {})
    ('en', 'fr')
    """
    for wanted in (option, environment.get("HYGIE_LANG")):
        if wanted and wanted[:2].lower() in LANGUAGES:
            return wanted[:2].lower()
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        wanted = environment.get(variable, "").lower()
        if wanted and wanted not in NEUTRAL:
            return "fr" if wanted.startswith("fr") else "en"
    return workspace if workspace in LANGUAGES else "fr"


def option_in(arguments: Sequence[str]) -> str | None:
    """The language asked for among raw arguments, so that `--help` and usage errors speak it too.

    >>> option_in(["check", "--lang", "en", "--help"]), option_in(["--lang=fr"]), option_in(["map"])
    ('en', 'fr', None)
    """
    for place, argument in enumerate(arguments):
        if argument == "--":
            return None
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
        if argument == "--lang" and place + 1 < len(arguments):
            return arguments[place + 1]
    return None
