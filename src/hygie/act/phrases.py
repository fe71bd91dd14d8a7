"""Short texts that the terminal and the report share: an age, a service, the values of a case, the map in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hygie.act.flows import Unit
from hygie.act.picture import Judged, Picture
from hygie.act.sentences import knob_values, say_values
from hygie.words import Words


def age(judged: Judged, picture: Picture) -> str:
    """How old the newest evidence of a verdict is."""
    newest = judged.row.get("newest")
    return picture.words.age(max(picture.store.today - newest, timedelta(0))) if newest else "–"


def service_name(unit: Unit, words: Words) -> str:
    """A service as a person says it: the usual name of its port, else what its bytes say; and the port.

    >>> service_name(Unit("a", "b", "tcp", 445), Words("en"))
    'file sharing (SMB) tcp/445'
    """
    key = f"service.{unit.protocol}/{unit.port}"
    name = words.say(key) if words.knows(key) else unit.service.upper()
    return f"{name} {unit.protocol}/{unit.ports}".strip()


def apart_title(judged: Judged, name: str, picture: Picture) -> str:
    """The title of a list apart: the check's own, else a known one, else its code."""
    words = picture.words
    own = judged.card.aside.get(name)
    if own and own.get("title"):
        return words.pick(own["title"], **knob_values(judged.card, words))
    return words.say(f"check.list_{name}") if words.knows(f"check.list_{name}") else name.replace("_", " ")


def case_values(given: Mapping[str, Any], picture: Picture) -> str:
    """The values of a case in one line, those that its name already says left out."""
    words = picture.words
    flow = {"source", "destination", "protocol", "port"}
    left_out = flow if flow <= given.keys() else set()
    left_out |= {"subject"}
    kept = {name: value for name, value in given.items() if value not in (None, "", "–") and name not in left_out}
    return ", ".join(f"{_label(name, words)} {_code(value, words)}" for name, value in say_values(kept, words).items())


def _code(value: str, words: Words) -> str:
    """A code in words, anything else as it is."""
    key = f"check.code_{value}"
    return words.say(key) if value.isidentifier() and words.knows(key) else value


def _label(name: str, words: Words) -> str:
    key = f"check.label_{name.removeprefix('d_')}"
    return words.say(key) if words.knows(key) else name.removeprefix("d_").replace("_", " ")


def map_lines(picture: Picture) -> list[str]:
    """The map in numbers, as sentences with their denominators."""
    words, figures = picture.words, picture.figures
    devices = sum(row["total"] for row in figures["devices"])
    connected = sum(row["connected"] for row in figures["devices"])
    undeclared = sum(row["undeclared"] for row in figures["devices"])
    classes = [f"{words.say('map.class_' + row['class'])} {words.number(row['total'])}" for row in figures["devices"]]
    return [
        words.say("run.map_devices", count=devices, connected=connected)
        + (f" ({', '.join(classes)})" if classes else ""),
        words.say("run.map_undeclared", count=undeclared, connected=connected),
        words.say(
            "run.map_rest",
            applications=figures["kinds"].get("application", 0),
            accounts=figures["accounts"]["total"],
            privileged=figures["accounts"]["privileged"],
            zones=figures["zones"]["total"],
            declared=figures["zones"]["declared"],
        ),
        words.say(
            "run.map_flows",
            flows=figures["flows"],
            conversations=figures["conversations"],
            whole=figures["coverage"]["whole"],
            zones=figures["coverage"]["total"],
        ),
        words.say("run.map_care", count=figures["care_services"]),
    ]
