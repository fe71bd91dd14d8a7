"""One publication as a person looks at it: verdicts in order of need, findings with their proof, blind spots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from hygie.act import verdicts
from hygie.act.library import Card, load_axes, load_cards, load_services
from hygie.act.rows import Reading, detail, rows, shown
from hygie.words import Words
from hygie.workspace.masking import Mask


@dataclass(frozen=True)
class Proof:
    """One proof row: the file, the place in it, when it happened."""

    evidence_id: str
    member: str
    position: int
    path: str
    time: datetime | None = None
    source_table: str = ""

    @property
    def place(self) -> str:
        """`file:line`, with the member inside an archive."""
        return place(self.path, self.member, self.position)


def place(path: str, member: str | None, position: int | None) -> str:
    """Where a record lies.

    >>> place("evidence/ad.zip", "users.json", 12), place("evidence/conn.log.gz", "", 88412)
    ('evidence/ad.zip!users.json:12', 'evidence/conn.log.gz:88412')
    """
    inside = f"!{member}" if member else ""
    return f"{path}{inside}" + (f":{position}" if position is not None else "")


@dataclass(frozen=True)
class Judged:
    """One check: what it says to people, and its verdict row."""

    card: Card
    row: Mapping[str, Any]

    @property
    def control(self) -> str:
        """Its identifier."""
        return self.card.id

    @property
    def verdict(self) -> str:
        """Its verdict."""
        return str(self.row["verdict"])


@dataclass(frozen=True)
class Finding:
    """One counter-example, its weight for care and its first proof rows."""

    id: str
    control: str
    subject: str
    name: str
    reason: str
    values: Mapping[str, Any]
    severity: str
    weight: float
    services: Sequence[str]
    waived: bool
    waiver: str
    proofs: int
    first_seen: datetime | None
    last_seen: datetime | None
    proof: list[Proof] = field(default_factory=list)


class Picture:
    """Everything a surface shows of a publication; each part is read when it is first asked for."""

    def __init__(self, store: Reading, words: Words) -> None:
        self.store = store
        self.words = words

    @cached_property
    def cards(self) -> dict[str, Card]:
        """All checks by id."""
        return load_cards(self.store.workspace.layers)

    @cached_property
    def judged(self) -> list[Judged]:
        """All checks, what needs a person first."""
        found = [
            Judged(self.cards.get(row["control"]) or Card(row["control"], {"fr": row["control"]}), row)
            for row in rows(self.store, "SELECT * FROM verdict ORDER BY control")
        ]
        severity = verdicts.SEVERITIES
        return sorted(
            found,
            key=lambda one: (
                verdicts.rank(one.verdict),
                severity.index(one.card.severity) if one.card.severity in severity else 9,
                -int(one.row["failing"] or 0),
                one.control,
            ),
        )

    def one(self, control: str) -> Judged | None:
        """One check by its identifier, upper or lower case."""
        return next((judged for judged in self.judged if judged.control.lower() == control.lower()), None)

    def axis(self, axis: str) -> list[Judged]:
        """The checks that serve an axis."""
        return [judged for judged in self.judged if axis in judged.card.axes]

    @cached_property
    def axes(self) -> list[tuple[str, list[Judged]]]:
        """The four axes with their checks."""
        return [(axis, self.axis(axis)) for axis in load_axes()]

    @cached_property
    def paths(self) -> dict[str, str]:
        """The path of each evidence file."""
        return {row["evidence_id"]: row["path"] for row in self.evidence if row["evidence_id"]}

    @cached_property
    def evidence(self) -> list[dict[str, Any]]:
        """The register of evidence."""
        said = ({**row, **self._said(row, "reason", "hint")} for row in shown(self.store.evidence))
        return sorted(said, key=lambda row: (row["path"] or "", row["member"] or ""))

    def _said(self, row: Mapping[str, Any], *names: str) -> dict[str, str]:
        """What a reader said, masked, in the language of the call."""
        mask = Mask.load()
        return {name: self.words.translate(mask.apply(row[name] or "")) for name in names}

    @cached_property
    def refusals(self) -> list[dict[str, Any]]:
        """Records refused, by reason, with the place of the first."""
        said = ({**row, **self._said(row, "expected", "hint")} for row in shown(self.store.refusals))
        return sorted(said, key=lambda row: (-int(row["count"] or 0), row["path"] or ""))

    def findings(self, control: str | None = None, most: int = 1000, *, waived: bool | None = None) -> list[Finding]:
        """Counter-examples, heaviest for care first, with their proof rows."""
        wheres = ["true"]
        if control is not None:
            wheres.append("control = $control")
        if waived is not None:
            wheres.append(f"coalesce(waived, false) = {waived}")
        sql = (
            f"SELECT * FROM finding WHERE {' AND '.join(wheres)}"
            " ORDER BY weight DESC NULLS LAST, proofs DESC NULLS LAST, subject_name NULLS LAST, id LIMIT $most"
        )
        given = {"most": most} | ({"control": control} if control is not None else {})
        return self.with_proof([_finding(row) for row in rows(self.store, sql, **given)])

    def finding_like(self, text: str) -> list[Finding]:
        """Findings whose identifier starts with a text."""
        sql = "SELECT * FROM finding WHERE starts_with(id, $text) ORDER BY id LIMIT 20"
        return self.with_proof([_finding(row) for row in rows(self.store, sql, text=text.lower())])

    def findings_on(self, subject: str) -> list[Finding]:
        """Findings about one entity."""
        sql = "SELECT * FROM finding WHERE subject = $subject ORDER BY weight DESC NULLS LAST, control LIMIT 50"
        return self.with_proof([_finding(row) for row in rows(self.store, sql, subject=subject)])

    def with_proof(self, findings: list[Finding]) -> list[Finding]:
        """Fill in the proof rows of some findings, in one query."""
        if not findings:
            return findings
        sql = "SELECT * FROM proof WHERE list_contains($ids, finding_id) ORDER BY finding_id, evidence_id, position"
        by_finding: dict[str, list[Proof]] = defaultdict(list)
        for row in rows(self.store, sql, ids=[one.id for one in findings]):
            by_finding[row["finding_id"]].append(self.proof(row))
        for one in findings:
            one.proof.extend(by_finding[one.id])
        return findings

    def proof(self, row: Mapping[str, Any]) -> Proof:
        """A proof from any row that carries its evidence."""
        identity = str(row.get("evidence_id") or "")
        return Proof(
            identity,
            str(row.get("member") or ""),
            int(row.get("position") or 0),
            self.paths.get(identity, identity[:12]),
            row.get("time"),
            str(row.get("source_table") or ""),
        )

    def foremost(self, most: int = 10, each: int = 3) -> list[Finding]:
        """The contradictions that matter most for care: the heaviest, at most `each` of a check while others remain."""
        picked: list[Finding] = []
        left: list[Finding] = []
        for verdict in ("CONTRADICTED", "SILENT_GAP"):
            mine = [one.control for one in self.judged if one.verdict == verdict]
            heaviest = [self.findings(control, most, waived=False) for control in mine]
            picked += [one for group in heaviest for one in group[:each]]
            left += [one for group in heaviest for one in group[each:]]
            if len(picked) >= most:
                break
        contradicted = {one.control for one in self.judged if one.verdict == "CONTRADICTED"}
        order = sorted(picked, key=lambda one: (one.control not in contradicted, -one.weight, one.control, one.name))
        more = sorted(left, key=lambda one: (one.control not in contradicted, -one.weight, one.control, one.name))
        return [*order, *more][:most]

    def unseen(self, control: str) -> list[dict[str, Any]]:
        """Members of a population that could not be judged, grouped by reason and by the table that would answer."""
        sql = (
            "SELECT reason, answering, count(*) AS members, min(subject_name) AS example FROM unseen"
            " WHERE control = $control GROUP BY reason, answering ORDER BY members DESC, reason"
        )
        return rows(self.store, sql, control=control)

    def asides(self, control: str) -> list[dict[str, Any]]:
        """Cases listed apart."""
        sql = "SELECT * FROM aside WHERE control = $control ORDER BY list, subject_name NULLS LAST, subject"
        return [{**row, "values": detail(row["detail"])} for row in rows(self.store, sql, control=control)]

    def claims(self, control: str) -> list[dict[str, Any]]:
        """What the hospital declares for a check, newest first."""
        sql = "SELECT * FROM claim WHERE control = $control ORDER BY date DESC NULLS LAST LIMIT 5"
        return rows(self.store, sql, control=control)

    @cached_property
    def figures(self) -> dict[str, Any]:
        """The map in numbers."""
        return map_figures(self.store)

    def service(self, key: str) -> str:
        """The name of a care service."""
        found = load_services().get(key)
        title = found.get("title") or found.get("name") if found else None
        return self.words.pick(title) if title else key.removeprefix("site:")

    def services(self, keys: Sequence[str], most: int = 0) -> str:
        """Care services in a row."""
        return self.words.listed([self.service(key) for key in keys], most, " · ")


def _finding(row: Mapping[str, Any]) -> Finding:
    return Finding(
        row["id"],
        row["control"],
        row["subject"],
        row["subject_name"] or row["subject"],
        row["reason"] or "",
        detail(row["detail"]),
        row["severity"] or "medium",
        float(row["weight"] or 0),
        (row["care_services"] or "").split(),
        bool(row["waived"]),
        row["waiver"] or "",
        int(row["proofs"] or 0),
        row["first_seen"],
        row["last_seen"],
    )


def map_figures(store: Reading) -> dict[str, Any]:
    """Counts of the map: devices by class and origin, applications, accounts, zones, conversations, care services."""
    kinds = {
        row["kind"]: row["total"] for row in rows(store, "SELECT kind, count(*) AS total FROM entity GROUP BY kind")
    }
    device = (
        "SELECT coalesce(class, 'unknown') AS class, count(*) AS total, count(*) FILTER (connected) AS connected,"
        " count(*) FILTER (coalesce(declared_in, '') <> '') AS declared,"
        " count(*) FILTER (connected AND coalesce(declared_in, '') = '') AS undeclared"
        " FROM entity WHERE kind = 'device' GROUP BY 1 ORDER BY total DESC, 1"
    )
    talk = (
        "SELECT count(*) AS conversations, coalesce(sum(flows), 0)::BIGINT AS flows,"
        " coalesce(sum(bytes), 0)::BIGINT AS bytes FROM conversation"
    )
    zones = "SELECT count(*) AS total, count(*) FILTER (origin = 'declared') AS declared FROM zone"
    cover = "SELECT count(*) FILTER (whole) AS whole, count(*) AS total FROM zone_coverage"
    care = "SELECT count(DISTINCT care_service) AS total FROM care_dependency"
    accounts = (
        "SELECT count(*) AS total, count(*) FILTER (enabled) AS enabled, count(*) FILTER (privileged) AS privileged"
        " FROM account"
    )
    return {
        "kinds": kinds,
        "devices": rows(store, device),
        **rows(store, talk)[0],
        "zones": rows(store, zones)[0],
        "coverage": rows(store, cover)[0],
        "care_services": rows(store, care)[0]["total"],
        "accounts": rows(store, accounts)[0],
        "statements": rows(store, "SELECT count(*) AS total FROM statement")[0]["total"],
        "conflicts": rows(store, "SELECT count(*) AS total FROM conflict")[0]["total"],
    }
