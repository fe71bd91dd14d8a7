"""Read one table to its end: from rows of cells to batches of a declared table, with refusals and notes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from hygie.sources.base import BATCH_ROWS, Document, Item, Note, Refusal
from hygie.sources.tabular import explode
from hygie.sources.tabular.batches import batches_of
from hygie.sources.tabular.cells import Column
from hygie.sources.tabular.derive import derive
from hygie.sources.tabular.framing import Row, uncollected
from hygie.sources.tabular.locate import Located, columns, normal_titles
from hygie.sources.tabular.mapping import Field, TableMapping
from hygie.sources.tabular.normal import choice, clean, header
from hygie.sources.tabular.titles import exported, signed
from hygie.words.folding import fold

UNSIGNED = "fill `Signé par` and `Signé le` once a person has reviewed it"
_FOOTER = re.compile(
    r"(?:sous[- ]?total|total|nombre|nb |count|fin d|end of|page \d|edite|genere|generated|printed|imprime|#)"
)
_COUNT = re.compile(r"(\d[\d   ]*)\s*(?:lignes?|rows?|records?|enregistrements?|elements?)?\s*$")


class TableReader:
    """Turn the rows of one located table into items."""

    def __init__(self, document: Document, located: Located) -> None:
        self.located = located
        self.mapping = located.mapping
        self.zone = document.timezone
        self.titles = normal_titles(located.headers)
        self.width = max((place + 1 for place, title in enumerate(located.headers) if title.strip()), default=0)
        self.places = columns(self.mapping, self.titles)
        self.readers = dict(self._columns())
        self.notes: Counter[str] = Counter()
        self.facts: dict[str, str] = {}
        self.rank = 0
        self.signed = signed(located.titles, self.mapping)
        self.exported = exported(located.titles, self.zone)

    def _columns(self) -> Iterator[tuple[str, Column]]:
        for name, field in self.mapping.fields.items():
            places = self.places.get(name) or self.places.get(field.source)
            if places:
                yield name, Column(field, clean(self.located.headers[places[0]]) or name, self.zone)

    def read(self, rows: Iterator[Row], padded: bool) -> Iterator[Item]:
        """All items of the table; `padded` rows (of a sheet) are never too short."""
        yield from self._before()
        positions: list[int] = []
        kept: list[list[str]] = []
        width, begin, title, tag = self.width, self.located.position, self.located.headers[0], self.located.tag
        for position, row in _tagged(rows, tag) if tag else rows:
            if (  # most rows of most files: no list made, no call
                isinstance(row, list)
                and len(row) == width > 2
                and row[0] != title
                and row[0]
                and row[1]
                and row[2]
                and position > begin
                and len(kept) + 1 < BATCH_ROWS
            ):
                positions.append(position)
                kept.append(row)
                continue
            if position <= self.located.position:
                if isinstance(row, Refusal):
                    yield row
                continue
            if self.mapping.stop and isinstance(row, list) and len(row) == 1 and choice(row[0]) in self.mapping.stop:
                break
            fitting = self._fit(position, row, padded)
            if isinstance(fitting, Refusal):
                yield fitting
            elif fitting is not None:
                positions.append(position)
                kept.append(fitting)
                if len(kept) >= BATCH_ROWS:
                    yield from self.batch(positions, kept)
                    positions, kept = [], []
        if kept:
            yield from self.batch(positions, kept)
        yield from self._after()

    def _fit(self, position: int, row: list[str] | Refusal, padded: bool) -> list[str] | Refusal | None:
        if isinstance(row, Refusal):
            return row
        size = len(row)
        filled = [cell for cell in row if cell and not cell.isspace()]
        if not filled or self._is_repeated(row) or self._is_footer(filled):
            return None
        if size > self.width:
            if any(cell.strip() for cell in row[self.width :]):
                return Refusal(
                    position, f"{self.width} cells, as in the header", "a separator inside a cell needs quotes"
                )
            return row[: self.width]
        if size < self.width:
            if not padded:
                return Refusal(position, f"{self.width} cells, as in the header", "the row is cut: export it again")
            return row + [""] * (self.width - size)
        return row

    def _is_repeated(self, row: list[str]) -> bool:
        headers = self.located.headers
        same = row[0] == headers[0] and [cell.strip() for cell in row] == [cell.strip() for cell in headers]
        self.notes["repeated_headers"] += same
        return same

    def _is_footer(self, filled: list[str]) -> bool:
        if len(filled) > 2 or self.width < 3:
            return False
        text = fold(" ".join(filled)).strip()
        if not _FOOTER.match(text):
            return False
        counted = _COUNT.search(text)
        if counted and text.startswith(("total", "nombre", "nb ", "count")):
            self.facts["records_announced"] = "".join(filter(str.isdigit, counted[1]))
        return True

    def _before(self) -> Iterator[Item]:
        if self.exported:
            yield Note("exported", self.exported[1])
        if self.located.sheet:
            yield Note("sheet", self.located.sheet)
        if self.located.others:
            yield Note("sheets_unread", ", ".join(self.located.others)[:500])
        seen: set[str] = set()
        for title in filter(None, map(clean, self.located.headers)):
            if title in seen and header(title) in self.mapping.known:
                yield Refusal(
                    self.located.position, "each header once", "a header stands twice: the first one was read"
                )
            seen.add(title)
        used = {place for places in self.places.values() for place in places}
        unread = [
            clean(title) for place, title in enumerate(self.located.headers) if place not in used and title.strip()
        ]
        if unread:
            yield Note("columns_unread", ", ".join(unread)[:500])

    def _after(self) -> Iterator[Note]:
        clocks = [column.clock for column in self.readers.values() if column.clock]
        if any(clock.american for clock in clocks):
            yield Note("dates", "month first")
        ambiguous = sum(clock.ambiguous for clock in clocks)
        if ambiguous:
            yield Note("ambiguous_hours", str(ambiguous))
        if "records_announced" in self.facts:
            yield Note("records_announced", self.facts["records_announced"])
        yield from (Note(key, str(count)) for key, count in self.notes.items() if count)

    def batch(self, positions: list[int], rows: list[list[str]]) -> Iterator[Item]:
        """One batch: type each column, refuse what must be, make one row into several, hand over."""
        made: explode.Columns = {"position": list(positions)}
        faults: dict[str, dict[int, str]] = {}
        with uncollected():
            by_place = list(zip(*rows, strict=True))
            for name, column in self.readers.items():
                made[name], misfits = column.read(self._cells(name, column.field, by_place))
                faults[name] = dict(misfits)
            self._complete(made, len(rows))
        kept = [True] * len(rows)
        yield from self._refuse(made, faults, kept)
        if not all(kept):
            made = explode.repeat(made, [place for place, keep in enumerate(kept) if keep], {})
        yield from batches_of(self.mapping, made)

    def _cells(self, name: str, field: Field, by_place: Sequence[Sequence[str]]) -> Sequence[str]:
        places = self.places.get(name) or self.places[field.source]
        beside = self.places.get(field.beside) if field.beside else None
        if beside and by_place:
            return [
                f"{one.strip()}/{_mask(two)}" if _mask(two) and "/" not in one and one.strip() else one
                for one, two in zip(by_place[places[0]], by_place[beside[0]], strict=True)
            ]
        if len(places) == 1:
            return by_place[places[0]]
        return ["\n".join(filter(None, cells)) for cells in zip(*(by_place[place] for place in places), strict=True)]

    def _complete(self, made: explode.Columns, count: int) -> None:
        mapping = self.mapping
        for name, field in mapping.fields.items():
            if name not in made and field.when_absent is not None:
                made[name] = [field.when_absent] * count
        present = set(self.titles)
        for name, rules in mapping.infer.items():
            value = next((value for value, titles in rules if titles <= present), None)
            if value and not any(made.get(name, ())):
                made[name] = [value] * count
        for name, value in mapping.constants.items():
            if not any(made.get(name, ())):
                made[name] = self._constant(value, count)
        self.rank += count
        for name, rule in mapping.derive.items():
            made[name] = derive(made, name, rule, count)

    def _constant(self, value: Any, count: int) -> list[Any]:
        if value == "$row":
            return list(range(self.rank + 1, self.rank + count + 1))
        if value == "$exported":
            return [self.exported[0] if self.exported else None] * count
        return [value] * count

    def _refuse(self, made: explode.Columns, faults: dict[str, dict[int, str]], kept: list[bool]) -> Iterator[Refusal]:
        positions = made["position"]
        for place in self._unsigned(made, len(kept)):
            kept[place] = False
            yield Refusal(positions[place], "a row signed by a person, with a date", UNSIGNED)
        for name, field in self.mapping.fields.items():
            column = self.readers.get(name)
            title = column.title if column else name
            if field.required and None in made.get(name, ()):
                for place, value in enumerate(made[name]):
                    if value is None and kept[place]:
                        kept[place] = False
                        expected = faults.get(name, {}).pop(place, "a value")
                        if field.quiet and self.signed:  # signed as a sheet: a line left for later says nothing yet
                            continue
                        yield Refusal(positions[place], f"{expected} in column “{title}”", "the row was set aside")
            for place, expected in faults.get(name, {}).items():
                if kept[place]:
                    yield Refusal(
                        positions[place], f"{expected} in column “{title}”", "the row was kept without this cell"
                    )
        yield from self._refuse_rows(made, kept)

    def _unsigned(self, made: explode.Columns, count: int) -> Iterator[int]:
        mapping = self.mapping
        names = [name for name in ("_signed_by", "_signed_on") if name in made]
        if mapping.signature == "none" or (mapping.signature == "present" and not names and self.signed is None):
            return
        if self.signed:
            return
        yield from (place for place in range(count) if len(names) < 2 or not all(made[name][place] for name in names))

    def _refuse_rows(self, made: explode.Columns, kept: list[bool]) -> Iterator[Refusal]:
        positions, mapping = made["position"], self.mapping
        groups = [*mapping.explode, ("_ports",), ("_protocols",)]
        groups += [("_source",), ("_destination",)] if mapping.also else []
        if not mapping.only and not mapping.also and not mapping.explode and _all_filled(mapping, made):
            return
        crowded = len([group for group in groups if any(name in made for name in group)]) > 1
        for place, keep in enumerate(kept):
            if not keep:
                continue
            missing = next(
                (group for group in mapping.require if not any(_at(made, name, place) for name in group)), None
            )
            wrong = next(
                (name for name, value in mapping.only.items() if _at(made, name, place) not in (None, value)), None
            )
            if missing:
                yield Refusal(positions[place], f"a value for {' or '.join(missing)}", "the row was set aside")
            elif wrong:
                yield Refusal(positions[place], "a row that allows something", "a refused flow declares nothing")
            elif crowded and explode.width(made, place, groups) > explode.MOST:
                yield Refusal(positions[place], f"at most {explode.MOST} combinations in one row", "split the row")
            else:
                continue
            kept[place] = False


def _all_filled(mapping: TableMapping, made: explode.Columns) -> bool:
    """Whether each group of which one must be filled has a column without holes: nothing to look at row by row."""
    return all(any(name in made and None not in made[name] for name in group) for group in mapping.require)


def _tagged(rows: Iterator[Row], tag: str) -> Iterator[Row]:
    """The rows of one table of a file that holds several, each line tagged by its own."""
    for position, row in rows:
        if isinstance(row, Refusal):
            yield position, row
        elif row[:1] == [tag]:
            yield position, row[1:]


def _at(made: explode.Columns, name: str, place: int) -> Any:
    return made[name][place] if name in made else None


def _mask(cell: str) -> str:
    return clean(cell).lstrip("/")
