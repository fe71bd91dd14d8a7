"""From the text of a cell to a value, one small function per type; a text that does not fit raises `ValueError`."""

from __future__ import annotations

import re
from collections.abc import Callable

from hygie.sources import addresses

TRUE = frozenset(
    {"oui", "o", "yes", "y", "true", "vrai", "1", "x", "✓", "✔", "on", "actif", "active", "activé", "enabled"}
)
FALSE = frozenset(
    {
        "non",
        "n",
        "no",
        "false",
        "faux",
        "0",
        "✗",
        "✘",
        "off",
        "inactif",
        "inactive",
        "désactivé",
        "desactive",
        "disabled",
    }
)
DYNAMIC = frozenset({"dhcp", "dynamique", "dynamic", "auto", "automatique", "automatic", "inconnu", "unknown"})
SIZES = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
HOURS = {"s": 1 / 3600, "m": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0}
LONGEST_TEXT = 8192

_MAC = re.compile(
    r"(?<![0-9a-f])(?:(?:[0-9a-f]{2}[:\-. ]){5}[0-9a-f]{2}|(?:[0-9a-f]{4}[.:\-]){2}[0-9a-f]{4}|[0-9a-f]{12})"
    r"(?![0-9a-f])"
)
_BETWEEN = re.compile(r"(?:<br\s*/?>|#lbbr#|\$\$+|[,;/|\s])+", re.IGNORECASE)
_PORT = re.compile(r"(?<![\d.:a-f])(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}(?!\d)")
_LINES = re.compile(r"\s*(?:<br\s*/?>|#lbbr#|\$\$+|[,;|\n])\s*", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$", re.IGNORECASE)
_THOUSANDS = re.compile(r"\d{1,3}(?:[ ,.']\d{3}){1,5}$")
_SIZE = re.compile(r"([+-]?[\d.,' ]*\d)\s*([kmgtp]?)i?(?:o|b|octets?|bytes?)?$", re.IGNORECASE)
_HEADER_SIZE = re.compile(r"(?:\(|\[|\b|[a-z])([KMGTP]|[kmgtp])i?([bBoO])\)?\]?\s*$")
_CLOCK = re.compile(r"(?:(\d{1,4})[.d ])?\s*(\d{1,4}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?$")
_SPAN = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-zé]*)\.?\s*")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.\-]{0,253}[a-z0-9_])?\$?$")


def text(cell: str) -> str:
    """Text, bounded; line ends inside a cell become blanks."""
    return " ".join(cell.split())[:LONGEST_TEXT]


def several(cell: str) -> list[str]:
    """The items of a cell that holds several, in the separators exports use.

    >>> several("SRV-A, SRV-B<br>SRV-C")
    ['SRV-A', 'SRV-B', 'SRV-C']
    """
    return [item for item in (" ".join(part.split()) for part in _LINES.split(cell)) if item]


def mac(cell: str) -> str:
    """One MAC address, whatever the notation.

    >>> mac("0011.22AA.bbCC"), mac("00-11-22-aa-bb-cc"), mac("001122AABBCC")
    ('00:11:22:aa:bb:cc', '00:11:22:aa:bb:cc', '00:11:22:aa:bb:cc')
    """
    found = macs(cell).split()
    if len(found) != 1:
        raise ValueError("a MAC address")
    return found[0]


def macs(cell: str) -> str:
    """MAC addresses separated by one blank; text beside them is a misfit.

    >>> macs("00:11:22:aa:bb:cc / 001122AABBCD")
    '00:11:22:aa:bb:cc 00:11:22:aa:bb:cd'
    """
    lower = cell.lower()
    rest = _MAC.sub(" ", lower)
    if [part for part in _BETWEEN.split(rest) if part and part not in DYNAMIC and part not in ("-", ":")]:
        raise ValueError("MAC addresses")
    digits = ["".join(filter(str.isalnum, match)) for match in _MAC.findall(lower)]
    found = [":".join(digit[i : i + 2] for i in range(0, 12, 2)) for digit in digits if digit.strip("0")]
    return " ".join(dict.fromkeys(found))


def ip(cell: str) -> str:
    """One IP address in canonical text.

    >>> ip("10.000.001.007"), ip("2001:DB8::0001"), ip("10.0.0.1/24"), ip("10.0.0.1:1194")
    ('10.0.1.7', '2001:db8::1', '10.0.0.1', '10.0.0.1')
    """
    found = ips(cell).split()
    if len(found) > 1:
        raise ValueError("one IP address")
    return found[0] if found else ""


def ips(cell: str) -> str:
    r"""IP addresses separated by one blank; `DHCP` says that there is none to know.

    >>> ips("10.0.0.1, 10.0.0.2\nfe80::1%eth0"), ips("DHCP")
    ('10.0.0.1 10.0.0.2 fe80::1', '')
    """
    cell = re.sub(r"/\d{1,3}(?=\D|$)", "", cell)
    cell = _PORT.sub(r"\1", cell)
    parts = [part.strip("()[]") for part in _BETWEEN.split(cell) if part]
    found = [_address(part) for part in parts if part.lower() not in DYNAMIC]
    return " ".join(dict.fromkeys(address for address in found if address not in ("0.0.0.0", "::")))  # noqa: S104


def _address(part: str) -> str:
    bare = part.partition("%")[0]
    if bare.count(".") == 3 and all(piece.isdigit() for piece in bare.split(".")):
        bare = ".".join(str(int(piece)) for piece in bare.split("."))
    found = addresses.address(bare)
    if found is None:
        raise ValueError("an IP address")
    return found


def host(cell: str) -> str:
    r"""A host name: lower case, without final dot, domain prefix or dollar.

    >>> host("PC-042.chu.local."), host("CHU\\PC-042$")
    ('pc-042.chu.local', 'pc-042')
    """
    name = cell.strip().rstrip(".").rpartition("\\")[2].lower()
    if not _HOST.match(name):
        raise ValueError("a host name")
    return name.rstrip("$")


def lower(cell: str) -> str:
    """Text in lower case."""
    return text(cell).lower()


def number(cell: str) -> float:
    """A number, with a decimal comma or point and blanks between thousands.

    >>> number("1 234,5"), number("1,234.5"), number("1.234,5"), number("0,5 %")
    (1234.5, 1234.5, 1234.5, 0.5)
    """
    bare = cell.replace(" ", "").replace("'", "").rstrip("%€")
    if "," in bare and "." in bare:
        bare = bare.replace(".", "").replace(",", ".") if bare.rfind(",") > bare.rfind(".") else bare.replace(",", "")
    elif bare.count(",") > 1:
        bare = bare.replace(",", "")
    else:
        bare = bare.replace(",", ".")
    if not _NUMBER.match(bare) or len(bare) > 40:
        raise ValueError("a number")
    value = float(bare)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number")
    return value


def integer(cell: str) -> int:
    """A whole number; `12.0`, as spreadsheets write it, is one.

    >>> integer("12.0"), integer("1 500"), integer("VLAN 120")
    (12, 1500, 120)
    >>> integer("1,234"), integer("1.234.567")
    (1234, 1234567)
    """
    if cell.isdecimal() and len(cell) < 19:
        return int(cell)
    bare = re.sub(r"^[^\d+-]{0,12}(?=\d)", "", cell)
    if _THOUSANDS.match(bare):
        bare = "".join(filter(str.isdigit, bare))
    value = number(bare)
    if value != int(value) or abs(value) >= 2**63:
        raise ValueError("a whole number")
    return int(value)


def boolean(cell: str) -> bool:
    """Yes or no, in French, English, digits or a cross.

    >>> boolean("Oui"), boolean("x"), boolean("FAUX")
    (True, True, False)
    """
    bare = cell.strip().lower()
    if bare in TRUE:
        return True
    if bare in FALSE:
        return False
    raise ValueError("yes or no")


def size(title: str) -> Callable[[str], int]:
    """A size in bytes: the unit stands in the cell, else in the header.

    >>> size("Taille")("12,5 Go"), size("BackupSizeGB")("2"), size("Volume (Mo)")("1 000")
    (13421772800, 2147483648, 1048576000)
    """
    announced = _HEADER_SIZE.search(title)
    unit = announced[1].lower() if announced else ""

    def convert(cell: str) -> int:
        if not unit and cell.isdecimal() and len(cell) < 19:
            return int(cell)
        match = _SIZE.match(cell.strip())
        if not match:
            raise ValueError("a size")
        value: float = number(match[1]) * 1024 ** SIZES[match[2].lower() or unit]
        if not 0 <= value < 2**62:
            raise ValueError("a size")
        return round(value)

    return convert


def duration(title: str) -> Callable[[str], float]:
    """A duration in hours: clock form, units in letters, or a bare number in the unit of the header (hours by default).

    >>> convert = duration("DMIA")
    >>> [convert(cell) for cell in ("4 h", "15 min", "1 j", "2h30", "00:15:00", "1j 12h", "3")]
    [4.0, 0.25, 24.0, 2.5, 0.25, 36.0, 3.0]
    >>> duration("DMIA (min)")("90"), duration("Durée (jours)")("2")
    (1.5, 48.0)
    """
    aside = re.search(r"[(\[]\s*(?:en\s+|in\s+)?([a-zé]+)\.?\s*[)\]]", title.lower())
    unit = _unit(aside[1]) if aside else None
    if unit is None:
        last = re.split(r"[^a-z]+", title.lower())[-1]
        unit = (
            _unit(last)
            if last in ("min", "minutes", "sec", "seconds", "secondes", "jours", "days", "hours", "s")
            else None
        )

    def convert(cell: str) -> float:
        return round(_hours(cell.strip().lower(), unit or "h"), 6)

    return convert


def _hours(cell: str, unit: str) -> float:
    if clock := _CLOCK.match(cell):
        days, hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return days * 24 + hours + minutes / 60 + seconds / 3600
    cell = re.sub(r"^(?:<=|≤|<|max\.?|maximum|immédiat\w*|environ|~)\s*", "", cell)
    total, end, previous = 0.0, 0, ""
    for span in _SPAN.finditer(cell):
        if span.start() != end:
            break
        end = span.end()
        found = _unit(span[2]) if span[2] else ("m" if previous == "h" else unit)
        if found is None:
            break
        total, previous = total + number(span[1]) * HOURS[found], found
    else:
        if end == len(cell) and cell:
            return total
    raise ValueError("a duration such as 4 h, 15 min or 2h30")


def _unit(word: str) -> str | None:
    if word in ("h", "heure", "heures", "hour", "hours", "hr", "hrs"):
        return "h"
    if word in ("m", "mn", "min", "mins", "minute", "minutes"):
        return "m"
    if word in ("s", "sec", "secs", "seconde", "secondes", "second", "seconds"):
        return "s"
    if word in ("j", "jour", "jours", "jr", "jrs", "d", "day", "days"):
        return "d"
    return "w" if word in ("sem", "semaine", "semaines", "week", "weeks", "w") else None
