"""FortiOS configuration: rules, what they let through once their objects are resolved, translations, interfaces.

A full backup or a part of it (`show firewall policy`). An encrypted backup is refused with the way out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from hygie.errors import UnreadableError
from hygie.sources import moments
from hygie.sources.base import Document, Item, Note, Refusal, Sample
from hygie.sources.fortios.objects import ANY, UNKNOWN, Objects, Ports, Target
from hygie.sources.fortios.rows import Out, read_interfaces, read_translation
from hygie.sources.fortios.tree import DEFAULT_VDOM, SECTIONS, Entry, Tree, parse
from hygie.sources.fortios.values import EVERYTHING, all_but, merged

KIND = "fortios-config"
ENCRYPTED = (b"#FGBK", b"#FGTBK")
SHOWN_LINES = 400
KEYS = frozenset().union(*SECTIONS.values())
MATCH_LIMIT, FILE_LIMIT, COARSE = 20_000, 500_000, 16
LOGGED = {"all": "all", "utm": "security", "disable": "none"}
ACCEPTED = frozenset({"accept", "ipsec", "ssl-vpn", "redirect"})
POLICIES = ("firewall policy", "firewall policy6")
_CONFIG = re.compile(r"^\s*config [a-z][\w -]*$", re.MULTILINE)
_KNOWN = re.compile(r"^\s*config (?:system|firewall|vdom|global|router|vpn|user|log|wireless|switch)\b", re.MULTILINE)
_INSIDE = re.compile(r"^\s*(?:edit \S+|set [a-z0-9-]+ \S+)", re.MULTILINE)
_VERSION = re.compile(r"#config-version=([\w-]+?)-(\d+\.\d+(?:\.\d+)?)")
_DATE = re.compile(r"\b(20\d\d-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?")


def detect(sample: Sample) -> int:
    """Recognise the header of a backup, or `config … / edit … / set …` of known sections."""
    if sample.head.startswith(ENCRYPTED):
        return 100
    text = sample.text
    if "#config-version=" in text[:4096]:
        return 99
    if not _CONFIG.search(text) or not _INSIDE.search(text):
        return 0
    return 92 if _KNOWN.search(text) else 0


def read(document: Document) -> Iterator[Item]:
    """Read the interfaces, rules and translations of every virtual domain."""
    with document.open() as stream:
        if stream.read(8).startswith(ENCRYPTED):
            raise UnreadableError(
                "expected a configuration in plain text",
                where=document.name,
                hint="the file is encrypted by the firewall: export it as text",
            )
    tree = parse(document)
    exported = _exported(tree, document.timezone)
    name, many = _firewall_name(tree, document), len(_ruled(tree)) > 1
    yield from _notes(tree, exported)
    yield from tree.refusals
    for vdom in tree.vdoms:
        out = Out(name, f"{name}/{vdom}" if many else name, exported)
        objects = Objects(tree, vdom)
        yield from _read_domain(tree, vdom, objects, out)
        yield from objects.refusals
        if objects.unresolved:
            yield Note("unresolved_objects", ", ".join(sorted(objects.unresolved))[:2000])
        if objects.undefined:
            yield Note("complete", "false")
        if out.negated:
            yield Note("negated_rules", str(out.negated))


def show(document: Document, position: int) -> str:
    """The object that begins on a line, its wanted settings joined, for a proof; a secret is never among them."""
    shown: list[str] = []
    for _, line in islice(document.lines(), position - 1, position - 1 + SHOWN_LINES):
        text = line.decode("utf-8", "replace").strip() if isinstance(line, bytes) else ""
        words = text.split(maxsplit=2)
        if words and (words[0] in ("edit", "clone", "config") or (len(words) > 1 and words[1] in KEYS)):
            shown.append(text)
        if text in ("next", "end") or (not shown and text):
            break
    return "; ".join(shown)


def _ruled(tree: Tree) -> list[str]:
    return [vdom for vdom in tree.vdoms if any(tree.section(vdom, policies) for policies in POLICIES)]


def _firewall_name(tree: Tree, document: Document) -> str:
    settings = tree.section(DEFAULT_VDOM, "system global").get("")
    if settings is not None and settings.first("hostname"):
        return settings.first("hostname")
    file = (document.member or document.name).rsplit("/", 1)[-1]
    return file.rsplit(".", 1)[0] or file


def _exported(tree: Tree, timezone: str) -> datetime | None:
    for comment in tree.comments:
        found = None if comment.startswith("#config-version=") else _DATE.search(comment)
        if found is not None:
            moment = moments.parse(f"{found[1]} {found[2] or '00:00'}")
            return moments.place(moment, timezone) if moment is not None else None
    return None


def _notes(tree: Tree, exported: datetime | None) -> Iterator[Note]:
    header = next((found for comment in tree.comments if (found := _VERSION.match(comment))), None)
    yield Note("product", f"FortiOS {header[2]} ({header[1]})" if header else "FortiOS")
    if exported is not None:
        yield Note("exported", exported.isoformat())
    if tree.depth:
        yield Note("complete", "false")
    elif header is not None:
        yield Note("complete", "true")


def _read_domain(tree: Tree, vdom: str, objects: Objects, out: Out) -> Iterator[Item]:
    read_interfaces(tree, vdom, out, many=out.firewall != out.device)
    for section in ("firewall vip", "firewall vip6"):
        for name, entry in tree.section(vdom, section).items():
            read_translation(name, entry, out)
    rank = 0
    for policies in POLICIES:
        for identifier, entry in tree.section(vdom, policies).items():
            rank += 1
            yield from _read_rule(_Rule(identifier, rank, entry, objects, 6 if policies.endswith("6") else 4), out)
    yield from out.flush()


# --- rules


@dataclass
class _Rule:
    """One policy and the resolver of its objects."""

    identifier: str
    rank: int
    entry: Entry
    objects: Objects
    version: int

    def on(self, key: str) -> bool:
        """Whether a setting is enabled."""
        return self.entry.first(key) == "enable"

    def names(self, key: str) -> list[str]:
        """The objects of a setting."""
        return self.entry.values.get(key, [])

    @property
    def common(self) -> dict[str, Any]:
        """What a rule and its matches share."""
        action = "accept" if self.entry.first("action", "deny") in ACCEPTED else "deny"
        enabled = self.entry.first("status") != "disable"
        return {"rule_id": self.identifier, "rank": self.rank, "enabled": enabled, "action": action}


def _read_rule(rule: _Rule, out: Out) -> Iterator[Item]:
    entry = rule.entry
    out.rules.add(
        entry.position,
        firewall=out.firewall,
        **rule.common,
        name=entry.first("name") or None,
        source_interface=_joined(rule.names("srcintf")),
        destination_interface=_joined(rule.names("dstintf")),
        source=_joined([*rule.names("srcaddr"), *rule.names("srcaddr6")], ", "),
        destination=_joined([*rule.names("dstaddr"), *rule.names("dstaddr6")], ", "),
        service=_joined(rule.names("service"), ", "),
        logged=LOGGED.get(entry.first("logtraffic", "utm")),
        translated=rule.on("nat"),
        comment=entry.first("comments") or None,
        exported=out.exported,
    )
    yield from _read_matches(rule, out)


def _joined(names: list[str], separator: str = " ") -> str | None:
    return separator.join(names) or None


def _read_matches(rule: _Rule, out: Out) -> Iterator[Item]:
    out.negated += any(rule.on(key) for key in rule.entry.values if key.endswith("-negate"))
    inward = rule.objects.interfaces(rule.names("srcintf")) or ["any"]
    outward = rule.objects.interfaces(rule.names("dstintf")) or ["any"]
    services = [UNKNOWN] if rule.on("service-negate") else _services(rule)
    for version, all_sources, all_targets in _ways(rule):
        sources, targets = all_sources, all_targets
        room = min(MATCH_LIMIT, max(FILE_LIMIT - out.matched, 0)) // max(len(inward) * len(outward), 1)
        if len(sources) * len(targets) * len(services) > room:
            sources, targets = _coarse(rule, version, sources), _coarse_targets(rule, version, targets)
            yield Refusal(
                rule.entry.position,
                f"a rule of at most {MATCH_LIMIT} combinations (rule {rule.identifier})",
                "its addresses are read as a whole, wider than they are; split the rule",
            )
        for source_interface in inward:
            for destination_interface in outward:
                ends = {"source_interface": source_interface, "destination_interface": destination_interface}
                _add_matches(rule, out, ends, sources, targets, services)
                if out.matches.full:
                    yield from out.flush()


def _coarse(rule: _Rule, version: int, prefixes: list[str | None]) -> list[str | None]:
    """Few prefixes for many: an acceptance is taken wider, never narrower, and a denial is not counted on."""
    exact = merged(prefixes)
    if len(exact) <= COARSE:
        return exact
    return [EVERYTHING[version] if rule.common["action"] == "accept" else None]


def _coarse_targets(rule: _Rule, version: int, targets: list[Target]) -> list[Target]:
    prefixes = _coarse(rule, version, list(dict.fromkeys(target.prefix for target in targets)))
    return [Target(prefix) for prefix in prefixes]


def _ways(rule: _Rule) -> Iterator[tuple[int, list[str | None], list[Target]]]:
    """Sources and destinations by version of IP; a rule may hold both."""
    for version, suffix in ((rule.version, ""), (6, "6")):
        sources, targets = rule.names(f"srcaddr{suffix}"), rule.names(f"dstaddr{suffix}")
        by_service, to_service = rule.on(f"internet-service{suffix}-src"), rule.on(f"internet-service{suffix}")
        if (sources or by_service) and (targets or to_service):
            prefixes: list[str | None] = [None] if by_service else rule.objects.prefixes(sources, version)
            reached = [Target(None)] if to_service else rule.objects.targets(targets, version)
            if rule.on(f"srcaddr{suffix}-negate"):
                prefixes = all_but(prefixes, version)
            if rule.on(f"dstaddr{suffix}-negate"):
                reached = [Target(prefix) for prefix in all_but([target.prefix for target in reached], version)]
            yield version, prefixes, reached


def _services(rule: _Rule) -> list[Ports]:
    return rule.objects.ports(rule.names("service")) if rule.names("service") else [UNKNOWN]


def _add_matches(
    rule: _Rule,
    out: Out,
    ends: dict[str, str],
    sources: list[str | None],
    targets: list[Target],
    services: list[Ports],
) -> None:
    for target in targets:
        for ports in dict.fromkeys(_within(ports, target.ports) for ports in services):
            if ports is None:
                continue
            out.matched += len(sources)
            for source in sources:
                out.matches.add(
                    rule.entry.position,
                    firewall=out.firewall,
                    **rule.common,
                    **ends,
                    source_prefix=source,
                    destination_prefix=target.prefix,
                    protocol=ports.protocol,
                    first_port=ports.first,
                    last_port=ports.last,
                )


def _within(ports: Ports, limit: Ports) -> Ports | None:
    """What of a service passes a port forward; None when nothing does.

    >>> _within(ANY, Ports("tcp", 443, 443)), _within(Ports("udp", 53, 53), Ports("tcp", 443, 443))
    (Ports(protocol='tcp', first=443, last=443), None)
    """
    if limit == ANY:
        return ports
    if ports.protocol is None or ports.protocol == "any":
        return limit
    first, last = max(ports.first or 0, limit.first or 0), min(ports.last or 0, limit.last or 0)
    return Ports(limit.protocol, first, last) if ports.protocol == limit.protocol and first <= last else None
