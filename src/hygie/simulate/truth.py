"""The truth file: what the evidence, read rightly, must lead to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hygie.simulate.hospital import Device, Hospital
from hygie.simulate.plan import CONTRADICTED

Subject = dict[str, str]


@dataclass
class Truth:
    """Everything planted, known before the first evidence file is written."""

    as_of: str
    beds: int
    days: int
    seed: int
    plan: Mapping[str, str]
    verdicts: dict[str, str] = field(default_factory=dict)
    failing: dict[str, list[Subject]] = field(default_factory=dict)
    reasons: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    pairable: list[Subject] = field(default_factory=list)
    dead_openings: list[str] = field(default_factory=list)
    traps: list[dict[str, str]] = field(default_factory=list)
    refused_files: list[str] = field(default_factory=list)
    refused_records: dict[str, int] = field(default_factory=dict)
    patient_markers: list[str] = field(default_factory=list)
    connections: int = 0
    devices: list[dict[str, object]] = field(default_factory=list)

    def fail(self, control: str, subject: Subject, french: str, english: str) -> None:
        """Note one counter-example and why it is one."""
        self.failing.setdefault(control, []).append(subject)
        self.reasons.setdefault(control, []).append((french, english))

    def trap(self, name: str, detail: str) -> None:
        """Note one trap laid for the reader."""
        self.traps.append({"trap": name, "detail": detail})

    @property
    def contradictions(self) -> list[dict[str, object]]:
        """Every planted counter-example of a control that is declared done."""
        return [
            {"control": control, "subject": subject, "why_fr": french, "why_en": english}
            for control, subjects in sorted(self.failing.items())
            if self.verdicts.get(control) == CONTRADICTED
            for subject, (french, english) in zip(subjects, self.reasons[control], strict=True)
        ]

    def as_json(self) -> str:
        """Write the truth as it is stored beside the workspace."""
        fields = asdict(self)
        fields["plan"] = dict(self.plan)
        fields.pop("reasons")
        ordered = {"version": 1, **fields, "contradictions": self.contradictions}
        return json.dumps(ordered, ensure_ascii=False, indent=1, sort_keys=False)

    def write(self, path: Path) -> None:
        """Store the truth."""
        path.write_text(self.as_json() + "\n", encoding="utf-8")


def device_truth(device: Device) -> dict[str, object]:
    """Say what a device is and which written rows speak of it."""
    records = [asdict(record) for record in device.records]
    return {
        "key": device.key,
        "name": device.name,
        "class": device.kind,
        "zone": device.zone,
        "mac": device.macs,
        "serial": device.serial,
        "ip": [address for address in (device.ip, device.next_ip) if address],
        "retired": device.retired,
        "records": records,
    }


def open_truth(hospital: Hospital) -> Truth:
    """Begin the truth of a hospital."""
    states = hospital.plan.states
    truth = Truth(hospital.as_of.isoformat(), hospital.beds, hospital.days, hospital.seed, dict(states))
    truth.verdicts = dict(states)
    truth.failing = {control: [] for control in states}
    truth.reasons = {control: [] for control in states}
    return truth
