"""What every Zeek log shares: its lines above, the fields of a connection, identifiers."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from hygie.simulate.connections import Columns

CONNECTION = (
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
)
LETTERS = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))


def header(path: str, fields: tuple[tuple[str, str], ...], opened: datetime) -> str:
    """Write the lines Zeek puts above a TSV log."""
    names, types = "\t".join(name for name, _ in fields), "\t".join(kind for _, kind in fields)
    return (
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
        f"#path\t{path}\n#open\t{opened:%Y-%m-%d-%H-%M-%S}\n#fields\t{names}\n#types\t{types}\n"
    )


@cache
def _pieces() -> npt.NDArray[Any]:
    """Draw once the sixty thousand words that connection identifiers are put together from."""
    letters = LETTERS[np.random.default_rng(62).integers(0, 62, (65_536, 6))]
    return np.array(["".join(row) for row in letters.tolist()], dtype=object)


def identifiers(count: int, generator: np.random.Generator) -> list[list[str]]:
    """Draw the pieces of connection identifiers."""
    return [_pieces()[generator.integers(0, 65_536, count)].tolist() for _each in range(3)]


def moment(rows: Columns) -> datetime:
    """When the first of these rows happened."""
    return datetime.fromtimestamp(float(rows.time[0]), UTC)
