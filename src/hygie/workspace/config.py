"""Settings of a workspace: every effective value can say where it came from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from hygie.errors import ContentError, UsageError

FILE = "hygie.yaml"
DECLARED = Path(__file__).parent.parent / "content" / "settings.yaml"


@dataclass(frozen=True)
class Setting:
    """One effective value and its origin: `default`, the file, or the environment variable."""

    key: str
    value: Any
    origin: str


class Settings(Mapping[str, Any]):
    """The effective settings, read like a mapping; `where(key)` tells the origin of a value.

    >>> settings = Settings.of({"coverage_days": 7}, origin="hygie.yaml")
    >>> settings["coverage_days"], settings.where("coverage_days"), settings.where("language")
    (7, 'hygie.yaml', 'default')
    """

    def __init__(self, values: Mapping[str, Setting]) -> None:
        self._values = dict(values)

    @classmethod
    def of(cls, given: Mapping[str, Any], origin: str, environment: Mapping[str, str] | None = None) -> Settings:
        """Put given values and the environment over the defaults; all faults are told at once."""
        declared = yaml.safe_load(DECLARED.read_text("utf-8"))
        faults = [f"`{key}` is no setting" for key in given if key not in declared]
        values = {}
        for key, rule in declared.items():
            found = _find(key, rule, given, origin, environment or {})
            faults += _faults(found, rule)
            values[key] = found
        if faults:
            raise ContentError("; ".join(faults), where=origin, hint=f"settings: {', '.join(declared)}")
        return cls(values)

    def where(self, key: str) -> str:
        """Where the value came from."""
        return self._values[key].origin

    def __getitem__(self, key: str) -> Any:
        return self._values[key].value

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _find(
    key: str, rule: Mapping[str, Any], given: Mapping[str, Any], origin: str, environment: Mapping[str, str]
) -> Setting:
    variable = f"HYGIE_{key.upper()}"
    if variable in environment:
        text = environment[variable]
        number = isinstance(rule["default"], int) and text.lstrip("-").isdigit()
        return Setting(key, int(text) if number else text, variable)
    if given.get(key) is not None:
        return Setting(key, given[key], origin)
    return Setting(key, rule["default"], "default")


def _faults(found: Setting, rule: Mapping[str, Any]) -> list[str]:
    key, value = found.key, found.value
    if not isinstance(value, type(rule["default"])) or isinstance(value, bool):
        return [f"`{key}`: expected {type(rule['default']).__name__}, found {value!r} ({found.origin})"]
    if "choices" in rule and value not in rule["choices"]:
        return [f"`{key}`: expected one of {', '.join(rule['choices'])}, found {value!r} ({found.origin})"]
    if "minimum" in rule and not rule["minimum"] <= value <= rule["maximum"]:
        return [f"`{key}`: expected {rule['minimum']} to {rule['maximum']}, found {value} ({found.origin})"]
    return _zone_faults(found) if key == "timezone" else []


def _zone_faults(found: Setting) -> list[str]:
    try:
        ZoneInfo(found.value)
    except (KeyError, ValueError, OSError):
        return [f"`timezone`: expected a name such as Europe/Paris, found {found.value!r} ({found.origin})"]
    return []


def read_settings(root: Path) -> Settings:
    """The settings of the workspace at `root`: environment over `hygie.yaml` over defaults."""
    path = root / FILE
    try:
        given = yaml.safe_load(path.read_text("utf-8")) or {}
    except yaml.YAMLError as error:
        raise ContentError("expected YAML", where=str(path), hint=str(error).splitlines()[0]) from None
    except UnicodeDecodeError:
        raise ContentError("expected UTF-8 text", where=str(path), hint="save the file as UTF-8") from None
    if not isinstance(given, dict):
        raise UsageError("expected `key: value` lines", where=str(path))
    return Settings.of(given, FILE, os.environ)
