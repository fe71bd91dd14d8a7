"""The sheets Hygie proposes and a person signs: the flow matrix and the biomedical pairing. Text cells only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hygie.act.flows import Flows
from hygie.act.picture import Picture
from hygie.words import Words

MATRIX_TITLE = "Hygie — proposition de matrice de flux (à relire et signer)"
PAIRING_TITLE = "Hygie — proposition d'appariement biomédical (à compléter et signer)"
MATRIX = ("Zone source", "Zone destination", "Protocole", "Port", "Usage", "Responsable", "Valable jusqu'au")
MATRIX_SEEN = (
    "Observé depuis",
    "Vu pour la dernière fois",
    "Connexions",
    "Volume (octets)",
    "Systèmes joints",
    "Soins touchés",
    "Déjà déclaré",
)
PAIRING = (
    "N° GMAO",
    "Numéro de série",
    "Fabricant",
    "Modèle",
    "Local",
    "Unité",
    "Candidats",
    "Appareil retenu",
    "Signé par",
    "Signé le",
)
TO_FILL = {"Usage", "Responsable", "Valable jusqu'au", "Appareil retenu", "Signé par", "Signé le"}
WIDTHS = {
    "Candidats": 60,
    "Systèmes joints": 36,
    "Soins touchés": 30,
    "Usage": 30,
    "Zone source": 24,
    "Zone destination": 24,
}
MOST_ROWS = 20_000


def propose_matrix(picture: Picture, path: Path) -> int:
    """Write the observed matrix, to be reviewed and signed; give the number of rows."""
    words = picture.words
    listed = [
        (
            unit.source,
            unit.destination,
            unit.protocol,
            unit.ports,
            "",
            "",
            "",
            unit.first.date().isoformat() if unit.first else "",
            unit.last.date().isoformat() if unit.last else "",
            str(unit.flows),
            str(unit.bytes),
            words.listed(list(unit.names), 3) + (f" ({unit.systems})" if unit.systems > len(unit.names) else ""),
            picture.services(unit.care),
            words.value(unit.finding is None),
        )
        for unit in sorted(
            Flows(picture).units, key=lambda unit: (unit.source, unit.destination, unit.protocol, unit.port)
        )
    ][:MOST_ROWS]
    write_sheet(path, MATRIX_TITLE, [*MATRIX, *MATRIX_SEEN], listed)
    return len(listed)


def propose_pairing(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write the biomedical rows without network key beside their candidates; give the number of rows.

    A row names one biomedical line and one machine it may be; the sheet has one line for all of its candidates.
    """
    lines: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        key = tuple(_text(row.get(name)) for name in ("asset_key", "serial", "maker", "model", "room", "unit"))
        lines.setdefault(key, []).append(_candidate(row))
    listed = [(*key, " ; ".join(filter(None, candidates)), "", "", "") for key, candidates in lines.items()]
    write_sheet(path, PAIRING_TITLE, PAIRING, listed[:MOST_ROWS])
    return len(listed[:MOST_ROWS])


def _candidate(row: Mapping[str, Any]) -> str:
    """A machine as an engineer can recognise it, first the identifier to copy."""
    named = [_text(row.get(name)) for name in ("device", "device_name", "device_ip", "device_mac")]
    words = Words("fr")  # the sheet is in French, like its headers
    why = ", ".join(words.say(f"map.pair_{code}") for code in _text(row.get("why")).split())
    return ", ".join(dict.fromkeys(part for part in (*named, why) if part))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def write_sheet(path: Path, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """One sheet: title, who signs and when, headers in row 5; every cell is text, so that no formula can hide."""
    import xlsxwriter

    path.parent.mkdir(parents=True, exist_ok=True)
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), safe) as book:
        sheet = book.add_worksheet("Hygie")
        bold = book.add_format({"bold": True})
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
        fill = book.add_format({"bottom": 4, "bg_color": "#F2F4F4", "num_format": "@"})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        sheet.write_string(0, 0, title, bold)
        for row, label in ((1, "Signé par :"), (2, "Signé le :")):
            sheet.write_string(row, 0, label)
            sheet.write_blank(row, 1, None, fill)
        for place, name in enumerate(heads):
            sheet.write_string(4, place, name, head)
            sheet.set_column(place, place, WIDTHS.get(name, 18))
        for place, cells in enumerate(rows, 5):
            for column, value in enumerate(cells):
                sheet.write_string(place, column, value[:32_000], fill if heads[column] in TO_FILL else text)
        sheet.freeze_panes(5, 0)
        sheet.autofilter(4, 0, max(5, 4 + len(rows)), len(heads) - 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(4)
