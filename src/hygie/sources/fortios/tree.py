"""A FortiOS configuration as a tree of the few sections Hygie uses; settings that are not wanted are never kept.

The language is lines: `config SECTION`, `edit NAME`, `set KEY VALUES…`, `next`, `end`, and verbs that change what came
before (`append`, `unset`, `delete`, `rename`, `clone`, `move`). Values may be quoted and span lines.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field

from hygie.sources.base import Document, Refusal
from hygie.sources.fortios.lines import split_words, statements

DEPTH_LIMIT = 32
NAME_LIMITS = {"system zone": 35}
LONGEST_NAME = 79
DEFAULT_VDOM = "root"
ADDRESS = {"type", "subnet", "start-ip", "end-ip", "wildcard", "interface", "fqdn", "ip6", "associated-interface"}
POLICY = {
    *("status", "name", "action", "srcintf", "dstintf", "srcaddr", "dstaddr", "srcaddr6", "dstaddr6", "service"),
    *("srcaddr-negate", "dstaddr-negate", "service-negate", "srcaddr6-negate", "dstaddr6-negate", "logtraffic"),
    *("nat", "comments", "schedule", "internet-service", "internet-service-src", "internet-service6"),
    "internet-service6-src",
}
GROUP = {"member", "exclude", "exclude-member"}
VIP = {
    "extip",
    "mappedip",
    "extintf",
    "portforward",
    "protocol",
    "extport",
    "mappedport",
    "type",
    "status",
    "ip",
    "port",
}
SECTIONS: dict[str, set[str]] = {
    "system global": {"hostname"},
    "system interface": {
        *("ip", "role", "vlanid", "alias", "description", "vdom", "status", "ip6-address", "type", "interface"),
    },
    "system zone": {"interface", "description"},
    "firewall address": ADDRESS,
    "firewall address6": ADDRESS,
    "firewall addrgrp": GROUP,
    "firewall addrgrp6": GROUP,
    "firewall service custom": {
        *("protocol", "tcp-portrange", "udp-portrange", "sctp-portrange", "protocol-number"),
    },
    "firewall service group": GROUP,
    "firewall vip": VIP,
    "firewall vip6": VIP,
    "firewall vipgrp": GROUP,
    "firewall vipgrp6": GROUP,
    "firewall policy": POLICY,
    "firewall policy6": POLICY,
}
PORT_KEYS = ("tcp-portrange", "udp-portrange", "sctp-portrange", "protocol-number")
RENAMED = {  # where the names of a kind of object are used: the beginning of a section's name, and its settings
    "firewall addr": {"firewall policy", "firewall addrgrp", "firewall addrgrp6"},
    "firewall vip": {"firewall policy", "firewall vipgrp", "firewall vipgrp6"},
    "firewall service": {"firewall policy", "firewall service group"},
    "system zone": {"firewall policy"},
}
REFERENCES = {
    "firewall addr": ("srcaddr", "dstaddr", "srcaddr6", "dstaddr6", "member", "exclude-member"),
    "firewall vip": ("dstaddr", "dstaddr6", "member"),
    "firewall service": ("service", "member"),
    "system zone": ("srcintf", "dstintf"),
}
_PROMPT = re.compile(r"^[\w.-]{1,64} (?:\([\w ./-]{1,64}\) )?[#$](?: |$)")


@dataclass
class Entry:
    """One object of a section: where it begins, its wanted settings, its inner sections."""

    position: int
    values: dict[str, list[str]] = field(default_factory=dict)
    inner: dict[str, dict[str, Entry]] = field(default_factory=dict)

    def first(self, key: str, default: str = "") -> str:
        """The first value of a setting."""
        return (self.values.get(key) or [default])[0]


Section = dict[str, Entry]


@dataclass
class _Frame:
    kind: str
    name: str
    wanted: set[str] | None = None
    section: Section | None = None
    entry: Entry | None = None


class Tree:
    """What was read: sections by virtual domain; `refusals` are what could not be."""

    def __init__(self) -> None:
        self.vdoms: dict[str, dict[str, Section]] = {}
        self.comments: list[str] = []
        self.refusals: list[Refusal] = []
        self._frames: list[_Frame] = []

    def section(self, vdom: str, name: str) -> Section:
        """A section of a virtual domain, empty when the file has none."""
        return self.vdoms.get(vdom, {}).get(name, {})

    @property
    def depth(self) -> int:
        """How many blocks are open."""
        return len(self._frames)

    def statement(self, position: int, words: list[str]) -> None:
        """Take one statement; one that makes no sense where it stands is refused."""
        verb = words[0]
        if verb == "config" and len(words) > 1:
            self._config(position, " ".join(words[1:]))
        elif verb == "edit" and len(words) > 1 and self._frames:
            self._edit(position, words[1])
        elif verb == "next":
            self._leave("edit")
        elif verb == "end":
            self._leave("edit")
            self._leave("config")
        elif not self._frames:
            self._refuse(position, "`config SECTION`", "export with `show` or a full backup")
        elif verb in ("set", "append", "unset", "unselect", "select") and len(words) > 1:
            self._set(verb, words[1], words[2:])
        elif verb in ("delete", "rename", "clone", "move", "purge"):
            self._change(position, verb, words[1:])
        else:
            self._refuse(position, "a statement of FortiOS (set, edit, next, end …)", "the line is cut or damaged")

    def _refuse(self, position: int, expected: str, hint: str) -> None:
        self.refusals.append(Refusal(position, expected, hint))

    def _config(self, position: int, name: str) -> None:
        if len(self._frames) >= DEPTH_LIMIT:
            self._refuse(position, f"at most {DEPTH_LIMIT} nested blocks", "the file is damaged")
            self._frames.pop()
        top = self._frames[-1] if self._frames else None
        if top is not None and top.entry is not None and top.wanted is not None:
            section = top.entry.inner.setdefault(name, {})
            self._frames.append(_Frame("config", name, top.wanted, section, section.setdefault("", Entry(position))))
            return
        wanted = SECTIONS.get(name) if all(self._transparent(frame) for frame in self._frames) else None
        found = None if wanted is None else self.vdoms.setdefault(self._vdom(), {}).setdefault(name, {})
        entry = found.setdefault("", Entry(position)) if found is not None and name == "system global" else None
        self._frames.append(_Frame("config", name, wanted, found, entry))

    def _transparent(self, frame: _Frame) -> bool:
        return frame.name in ("vdom", "global") or (frame.kind == "edit" and self._frames[0].name == "vdom")

    def _vdom(self) -> str:
        if len(self._frames) > 1 and self._frames[0].name == "vdom" and self._frames[1].kind == "edit":
            return self._frames[1].name
        return DEFAULT_VDOM

    def _edit(self, position: int, name: str) -> None:
        self._leave("edit")
        if not self._frames:
            return
        top = self._frames[-1]
        entry = None if top.section is None else top.section.setdefault(name, Entry(position))
        self._frames.append(_Frame("edit", name, top.wanted, None, entry))

    def _leave(self, kind: str) -> None:
        if self._frames and self._frames[-1].kind == kind:
            self._frames.pop()

    def _set(self, verb: str, key: str, values: list[str]) -> None:
        top = self._frames[-1]
        if top.entry is None or top.wanted is None or key not in top.wanted:
            return
        kept = top.entry.values
        if verb == "unset":
            kept.pop(key, None)
        elif verb == "append":
            kept.setdefault(key, []).extend(values)
        elif verb == "unselect":
            kept[key] = [value for value in kept.get(key, []) if value not in values]
        else:
            if key == "protocol" and kept.get(key, values) != values:
                for port_key in PORT_KEYS:
                    kept.pop(port_key, None)
            kept[key] = values

    # --- verbs that change what came before

    def _change(self, position: int, verb: str, words: list[str]) -> None:
        top = self._frames[-1]
        section = top.section
        if top.kind != "config" or section is None:
            return
        if verb == "purge":
            section.clear()
            return
        if not words or words[0] not in section:
            self._refuse(position, f"an existing object to {verb}", "the object is not in this file")
        elif verb == "delete":
            del section[words[0]]
        elif len(words) < 3:
            self._refuse(position, f"`{verb} NAME … NAME`", "the line is cut")
        elif verb == "move":
            self._move(position, section, words)
        elif self._free(position, top.name, section, words[2]):
            if verb == "clone":
                section[words[2]] = copy.deepcopy(section[words[0]])
                section[words[2]].position = position
            else:
                self._rename(top.name, section, words[0], words[2])

    def _free(self, position: int, name: str, section: Section, target: str) -> bool:
        taken = target in section
        if name == "system zone":
            taken = taken or target in self.section(self._vdom(), "system interface")
        if taken or len(target) > NAME_LIMITS.get(name, LONGEST_NAME):
            self._refuse(position, "a new name that is free and not too long", "the firewall refuses it too")
            return False
        return True

    def _rename(self, name: str, section: Section, old: str, new: str) -> None:
        entries = [(new if key == old else key, entry) for key, entry in section.items()]
        section.clear()
        section.update(entries)
        family = next((family for family in RENAMED if name.startswith(family)), "")
        users = RENAMED.get(family, set())
        for user in users:
            for entry in self.section(self._vdom(), user).values():
                for key in REFERENCES[family]:
                    if key in entry.values:
                        entry.values[key] = [new if value == old else value for value in entry.values[key]]

    def _move(self, position: int, section: Section, words: list[str]) -> None:
        moved, where, anchor = words[0], words[1], words[2]
        if anchor not in section or anchor == moved or where not in ("before", "after"):
            self._refuse(position, "`move ID before|after ID` of existing objects", "the object is not in this file")
            return
        entry = section.pop(moved)
        entries = list(section.items())
        index = [key for key, _ in entries].index(anchor) + (where == "after")
        section.clear()
        section.update([*entries[:index], (moved, entry), *entries[index:]])


def parse(document: Document) -> Tree:
    """Read a whole configuration; a file that ends inside a block is marked by a refusal at its last line."""
    tree, last = Tree(), 0
    for position, statement in statements(document):
        last = position
        if isinstance(statement, Refusal):
            tree.refusals.append(statement)
            continue
        text = statement.replace("--More--", "").strip()
        if text.startswith("#"):
            if not tree.depth and len(tree.comments) < 50:
                tree.comments.append(text)
        elif text and not _PROMPT.match(text) and (words := split_words(text)):
            tree.statement(position, words)
    if tree.depth:
        tree.refusals.append(Refusal(last, "`end` of the last section", "the file is cut here: export it again"))
    return tree
