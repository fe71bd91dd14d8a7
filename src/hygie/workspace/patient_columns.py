"""Hide the cells of a separated table whose column is headed after the patient: the line alone does not say so."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hygie.workspace.masking import HIDDEN

SEPARATORS = ";\t,|"
TITLE = re.compile(
    r"(nom |prenom |identifiant |id |numero |sexe |adresse |telephone )?(du |de la |d un |of )?patiente?( .*)?"
    r"|patient(name|id|birthdate|sex|address|phone)|nom de (naissance|jeune fille)|date de naissance"
    r"|ne e? ?le|birth ?date|ipp|iep|nda|ins|nir|(numero de |n )?securite sociale|diagnostic|motif de sejour"
)


@dataclass(frozen=True)
class PatientColumns:
    """Which columns of a table are a patient's, found once in its first lines."""

    separator: str = ""
    places: frozenset[int] = frozenset()

    @classmethod
    def of(cls, first_lines: Iterable[str]) -> PatientColumns:
        """Look for a header among the first lines; a table without such a column is left alone.

        >>> columns = PatientColumns.of(["Export du 12 mai", "Date;Patient;Poste", "12/05;DUPONT ANNE;PC-1"])
        >>> columns.hide("12/05;DUPONT ANNE;PC-1")
        '12/05;▒▒▒▒;PC-1'
        """
        for line in first_lines:
            for separator in SEPARATORS:
                titles = [_folded(cell) for cell in _cells(line, separator)]
                places = frozenset(place for place, title in enumerate(titles) if TITLE.fullmatch(title))
                if len(titles) > 1 and places:
                    return cls(separator, places)
        return cls()

    def hide(self, line: str) -> str:
        """The line with the cells of those columns hidden; a header keeps its titles."""
        if not self.places:
            return line
        cells = _cells(line, self.separator)
        return self.separator.join(
            HIDDEN if place in self.places and cell.strip() and not TITLE.fullmatch(_folded(cell)) else cell
            for place, cell in enumerate(cells)
        )


def _cells(line: str, separator: str) -> Sequence[str]:
    pattern = re.compile(rf'(?:"(?:[^"]|"")*"|[^{re.escape(separator)}])*')
    cells, at = [], 0
    while at <= len(line):
        found = pattern.match(line, at)
        end = found.end() if found else len(line)
        cells.append(line[at:end])
        at = end + 1
    return cells


def _folded(cell: str) -> str:
    """A title without accents, case, quotes and signs: `"N° IPP"` is `n ipp`, shown as `ipp` where only that stands."""
    plain = unicodedata.normalize("NFKD", cell).encode("ascii", "ignore").decode().lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain).split()).removeprefix("n ")
