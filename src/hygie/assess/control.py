"""What a check (control) is: the fields of `control.yaml`, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Sql = Annotated[str, StringConstraints(min_length=8, max_length=20_000)]
KnobValue = bool | int | float | str | list[int] | list[str]
SUPPORTS = ("proves", "suggests", "attest")


class Part(BaseModel):
    """A part of a check: no field beyond those declared, no silent conversion."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Text(Part):
    """A text in both languages."""

    fr: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    en: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class Plural(Part):
    """One text by number."""

    one: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    other: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class Sentence(Part):
    """A text in both languages, with plural forms where the first number asks for them."""

    fr: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | Plural
    en: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | Plural


class Remedy(Text):
    """What to do; `medical` when it touches a medical device or flow."""

    medical: bool = False


class Need(Part):
    """Evidence without which nothing can be proved, by the name a hospital gives it, and whom to ask."""

    table: Key
    file: Text
    ask: Key
    basis: bool = False  # without it not even a counter-example can be established


class Coverage(Part):
    """The share of the population that must be judged, and how it is counted."""

    required: Annotated[float, Field(ge=0, le=1)]
    unit: Literal["subject", "zone_day"] = "subject"


class MaximumAge(Part):
    """How old the evidence may be: of the main table, and of others without which nothing is proved.

    A counter-example counts while the table it comes from is fresh, and those listed in `always` are.
    """

    days: Annotated[int, Field(ge=1, le=3660)]
    table: Key
    more: Mapping[Key, Annotated[int, Field(ge=1, le=3660)]] = {}
    always: list[Key] = []

    @property
    def limits(self) -> dict[str, int]:
        """Days by table, the main one first."""
        return {self.table: self.days, **self.more}


class Knob(Part):
    """A threshold or a reading that a hospital may change: its value, unit, reason, and where it comes from."""

    default: KnobValue
    unit: str = ""
    why: Text
    source: Annotated[str, StringConstraints(min_length=3)]
    minimum: float | None = None
    maximum: float | None = None


class Aside(Part):
    """Cases shown apart, that neither fail nor pass."""

    title: Text
    query: Sql


class Anchor(Part):
    """A clause the check answers to, and what kind of support it gives."""

    framework: Key
    ref: Annotated[str, StringConstraints(min_length=1, max_length=30)]
    support: Literal["proves", "suggests", "attest"]


class Reason(Sentence):
    """Why a member is a counter-example or cannot be judged; `suggests` when the fact alone is no proof."""

    support: Literal["proves", "suggests"] = "proves"


class Sheet(Part):
    """The content of `control.yaml`."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,7}-[A-Z0-9][A-Z0-9-]{0,30}$")]
    title: Text
    question: Text
    why: Text
    axes: Annotated[list[Literal["continuity", "patients", "compliance", "sovereignty"]], Field(min_length=1)]
    family: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,8}$")]
    severity: Literal["critical", "high", "medium", "low"]
    polarity: Literal["D", "P", "T"]
    empty_means: Key | None = None  # no hospital has an empty population here: it tells that this table is missing
    needs: Annotated[list[Need], Field(min_length=1)]
    population: Sql
    unknown: Sql
    fails: Sql
    inferred: Sql | None = None
    aside: Mapping[Key, Aside] = {}
    declared: Mapping[Key, Sql] = {}
    coverage: Coverage
    max_age: MaximumAge
    knobs: Mapping[Key, Knob] = {}
    reasons: Annotated[Mapping[Key, Reason], Field(min_length=1)]
    sentence: Mapping[
        Literal["PROVED", "CONTRADICTED", "SILENT_GAP", "UNDECLARED_GOOD", "BLIND", "WAIVED", "NOT_APPLICABLE"],
        Sentence,
    ] = {}
    remedy: Remedy
    anchors: Annotated[list[Anchor], Field(min_length=1)]
    proves: Text
    suggests: Text
    attest: Text
    notes: str = ""

    @property
    def queries(self) -> dict[tuple[str, ...], str]:
        """All rules of the check, by their place in the file."""
        found: dict[tuple[str, ...], str] = {
            ("population",): self.population,
            ("unknown",): self.unknown,
            ("fails",): self.fails,
        }
        if self.inferred:
            found["inferred",] = self.inferred
        found |= {("aside", name, "query"): one.query for name, one in self.aside.items()}
        return found | {("declared", name): sql for name, sql in self.declared.items()}

    @property
    def values(self) -> dict[str, KnobValue]:
        """The value of each knob."""
        return {name: knob.default for name, knob in self.knobs.items()}

    @property
    def support(self) -> str:
        """The strongest support it gives to a clause."""
        given = {anchor.support for anchor in self.anchors}
        return next(support for support in SUPPORTS if support in given)


class Control:
    """A check ready to judge: its sheet, where it comes from, its two proofs."""

    def __init__(
        self,
        sheet: Sheet,
        *,
        folder: Path | None = None,
        layers: Sequence[str] = (),
        origins: Mapping[str, str] | None = None,
        proofs: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.sheet = sheet
        self.folder = folder
        self.layers = tuple(layers)
        self.origins = dict(origins or {})
        self.proofs = dict(proofs or {})

    @property
    def id(self) -> str:
        """Its identifier."""
        return self.sheet.id

    def __repr__(self) -> str:
        return f"Control({self.id})"
