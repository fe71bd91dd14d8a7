"""The maker of a machine: inventories, blocks of hardware addresses, and what the hospital's own rows teach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hygie.map.content import known_maker
from hygie.map.frame import Row, fold
from hygie.map.keys import is_local

ENOUGH_LESSONS = 2


@dataclass(frozen=True)
class Lesson:
    """What inventories say of the machines whose hardware addresses share a block."""

    maker: str
    medical: bool


def maker_key(written: str | None) -> str:
    """A maker as a key: our name for it when known, else its folded words.

    >>> maker_key("PHILIPS Medical"), maker_key("Hélvex SA")
    ('Philips', 'helvex sa')
    """
    return known_maker(written or "") or fold(written or "")


def learn_blocks(machines: Iterable[tuple[set[str], Sequence[Row]]]) -> dict[str, Lesson]:
    """Block of hardware addresses to its maker, from machines (addresses, inventory rows), where all agree.

    The shipped list of makers is short; a block that several inventoried machines of one maker share says as much here.
    """
    taught: dict[str, list[Lesson]] = defaultdict(list)
    for addresses, assets in machines:
        maker = maker_key(next((row["maker"] for row in assets if row["maker"]), None))
        medical = any(row["register"] == "biomedical" or row["class"] == "medical" for row in assets)
        for block in {mac[:8] for mac in addresses if not is_local(mac)} if maker else ():
            taught[block].append(Lesson(maker, medical))
    return {
        block: Lesson(lessons[0].maker, all(lesson.medical for lesson in lessons))
        for block, lessons in taught.items()
        if len(lessons) >= ENOUGH_LESSONS and len({lesson.maker for lesson in lessons}) == 1
    }
