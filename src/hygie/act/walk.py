"""From a name back to what stands behind it: a check, a finding, an entity, and the lines of the original files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hygie.act.picture import Finding, Judged, Picture, Proof
from hygie.act.rows import rows

MOST = 20
SHORTEST = 4


class Line(Protocol):
    """One line of an original, ready to show."""

    @property
    def position(self) -> int:
        """Where it stands."""
        ...

    @property
    def text(self) -> str:
        """What it says, masked and harmless."""
        ...

    @property
    def hit(self) -> bool:
        """Whether it is the one asked for."""
        ...


Original = Callable[[Any, str, str, int, int], Sequence[Line]]


@dataclass(frozen=True)
class Found:
    """What a name stands for: exactly one of a check, a finding, an entity, or several to choose from."""

    judged: Judged | None = None
    finding: Finding | None = None
    entity: dict[str, Any] | None = None
    several: Sequence[dict[str, Any]] = ()


def resolve(picture: Picture, text: str) -> Found:
    """Look a name up: check, finding, entity by id, address, name or account."""
    wanted = text.strip()
    judged = picture.one(wanted)
    if judged:
        return Found(judged=judged)
    entities = _entities(picture, wanted)
    findings = picture.finding_like(wanted) if len(wanted) >= SHORTEST and not entities else []
    findings = findings or ([] if entities else _by_subject(picture, wanted))
    if len(findings) == 1:
        return Found(finding=findings[0])
    if len(entities) == 1:
        return Found(entity=entities[0])
    if entities:
        return Found(several=entities)
    return Found(several=tuple({"id": one.id, "kind": one.control, "name": one.name} for one in findings))


def _by_subject(picture: Picture, text: str) -> list[Finding]:
    sql = "SELECT id FROM finding WHERE lower(subject) = lower($text) OR lower(subject_name) = lower($text) LIMIT 20"
    return [one for row in rows(picture.store, sql, text=text) for one in picture.finding_like(row["id"])]


def _entities(picture: Picture, text: str) -> list[dict[str, Any]]:
    """Entities by id, exact name, address carried, address held now, then short host name or account."""
    store = picture.store
    queries = (
        "SELECT * FROM entity WHERE id = $text",
        "SELECT * FROM entity WHERE lower(name) = lower($text)",
        "SELECT * FROM entity WHERE list_contains(string_split(lower(coalesce(ip, '')), ' '), lower($text))"
        " OR list_contains(string_split(lower(coalesce(mac, '')), ' '), replace(lower($text), '-', ':'))",
        'SELECT * FROM entity WHERE id IN (SELECT arg_max(entity_id, "end") FROM binding WHERE ip = $text)',
        "SELECT * FROM entity WHERE id IN (SELECT entity_id FROM statement WHERE lower(value) = lower($text))",
        "SELECT * FROM entity WHERE lower(split_part(coalesce(name, ''), '.', 1)) = lower($text)",
        "SELECT * FROM entity WHERE id IN (SELECT entity_id FROM account WHERE lower(name) = lower($text))",
        "SELECT * FROM entity WHERE length($text) >= 5 AND starts_with(id, $text)",
    )
    for sql in queries:
        found = rows(store, f"{sql} ORDER BY kind, name, id LIMIT {MOST}", text=text)
        if found:
            return found[:MOST]
    return []


def near(picture: Picture, text: str) -> list[str]:
    """Names that look like the one asked for."""
    import difflib

    sql = "SELECT DISTINCT name FROM entity WHERE name IS NOT NULL ORDER BY name LIMIT 20000"
    names = [row["name"] for row in rows(picture.store, sql)] + list(picture.cards)
    lowered = {name.lower(): name for name in names}
    return [lowered[one] for one in difflib.get_close_matches(text.lower(), lowered, n=3, cutoff=0.6)]


def statements(picture: Picture, entity: str) -> dict[str, list[dict[str, Any]]]:
    """All statements on an entity by attribute, the kept one first."""
    sql = (
        "SELECT * FROM statement WHERE entity_id = $entity"
        " ORDER BY attribute, kept DESC NULLS LAST, last_seen DESC NULLS LAST, value LIMIT 400"
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows(picture.store, sql, entity=entity):
        found.setdefault(row["attribute"], []).append({**row, "place": picture.proof(row).place})
    return found


def differs(said: Sequence[dict[str, Any]]) -> bool:
    """Whether statements of one attribute disagree; a short and a full host name are the same name.

    >>> differs([{"attribute": "name", "value": "PC-1"}, {"attribute": "name", "value": "pc-1.hospital.local"}])
    False
    >>> differs([{"attribute": "ip", "value": "10.1.0.1"}, {"attribute": "ip", "value": "10.1.0.2"}])
    True
    """
    values = {str(row["value"]).lower() for row in said}
    if said and said[0].get("attribute") in ("name", "host") and not any(" " in value for value in values):
        values = {value.split(".")[0] if not value[:1].isdigit() else value for value in values}
    return len(values) > 1


def talks(picture: Picture, entity: str, *, outgoing: bool, most: int = 12) -> list[dict[str, Any]]:
    """Whom an entity talks to, or who reaches it, the busiest first."""
    mine, other = ("source_id", "destination_id") if outgoing else ("destination_id", "source_id")
    zone = "destination_zone" if outgoing else "source_zone"
    sql = (
        f"SELECT {other} AS id, coalesce(e.name, {other}) AS name, coalesce(z.name, {zone}) AS zone, protocol, port,"
        " service, tls, state, flows, conversation.last_seen AS last, evidence_id, member, position"
        f" FROM conversation LEFT JOIN entity AS e ON e.id = {other} LEFT JOIN zone AS z ON z.id = {zone}"
        f" WHERE {mine} = $entity AND coalesce(special, '') = '' ORDER BY flows DESC, {other}, port LIMIT {most}"
    )
    return [{**row, "place": picture.proof(row).place} for row in rows(picture.store, sql, entity=entity)]


def depends(picture: Picture, entity: str) -> list[dict[str, Any]]:
    """The care services that depend on an entity, and through what."""
    sql = "SELECT DISTINCT care_service, through, origin FROM care_dependency WHERE entity_id = $entity ORDER BY 1, 2"
    return rows(picture.store, sql, entity=entity)


def conflicts(picture: Picture, entity: str) -> list[dict[str, Any]]:
    """Evidence that disagrees on an entity."""
    sql = "SELECT * FROM conflict WHERE entity_id = $entity OR other_id = $entity ORDER BY attribute LIMIT 20"
    return [{**row, "place": picture.proof(row).place} for row in rows(picture.store, sql, entity=entity)]


def received(picture: Picture, proof: Proof) -> dict[str, Any]:
    """The register's row of a proof: when it was received, its hash."""
    mine = [row for row in picture.evidence if row["evidence_id"] == proof.evidence_id]
    exact = [row for row in mine if (row["member"] or "") == proof.member]
    return (exact or mine or [{}])[0]
