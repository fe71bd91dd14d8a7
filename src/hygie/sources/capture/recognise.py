"""Which protocol two machines speak, by the first bytes of each side; ports only settle what bytes leave open.

Each recogniser looks at fixed places only. Nothing of a payload is kept but identities of applications: DICOM titles,
HL7 sending and receiving application and facility.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hygie.sources.capture.handshake import CLIENT_HELLO, begins

HEAD = 4096
LONGEST_IDENTITY = 64
HTTP = re.compile(
    rb"(?:GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH|CONNECT|TRACE|PROPFIND) \S{1,2000} HTTP/1\.|HTTP/1\.[01] \d{3}"
)
SIP = re.compile(rb"(?:INVITE|REGISTER|OPTIONS|ACK|BYE|CANCEL|NOTIFY|SUBSCRIBE|MESSAGE) sips?:|SIP/2\.0 \d{3}")
SSDP = re.compile(rb"(?:M-SEARCH|NOTIFY) \* HTTP/1\.1|HTTP/1\.1 200")
SYSLOG = re.compile(rb"(?:\d{1,5} )?<\d{1,3}>(?:1 |[A-Z][a-z]{2} |\d{4}-|date=)")
MAIL = re.compile(rb"220[ -][^\r\n]{0,200}(?:SMTP|mail)|(?:EHLO|HELO) ", re.IGNORECASE)
FTP = re.compile(rb"220[ -]|(?:USER|AUTH TLS|FEAT|SYST)\b", re.IGNORECASE)
ASTM = re.compile(rb"\x05$|\x05?\x02[0-7]?H[|\\!-/:-@]")
HL7 = re.compile(rb"\x0b?MSH[^A-Za-z0-9\s]")
LDAP_REQUESTS = frozenset(b"\x60\x61\x63\x64\x65\x66\x68\x42\x77\x78")
KERBEROS_MESSAGES = frozenset(b"\x6a\x6b\x6c\x6d\x6e\x6f\x7e")
QUIC_VERSIONS = frozenset((b"\0\0\0\x01", b"\x6b\x33\x43\xcf"))


def of_stream(client: bytes, server: bytes, port: int) -> str | None:
    """The protocol of a TCP connection, from the first bytes of each side.

    >>> of_stream(b"GET / HTTP/1.1", b"", 8080), of_stream(b"", b"SSH-2.0-OpenSSH_9.6", 22), of_stream(b"x", b"", 80)
    ('http', 'ssh', None)
    """
    for name, fits in STREAMS:
        if (client and fits(client, port)) or (server and fits(server, port)):
            return name
    return _spoken_first(client, server, port)


def _spoken_first(client: bytes, server: bytes, port: int) -> str | None:
    """Protocols where the server greets; mail and file transfer are told apart by words, then by port."""
    if MAIL.match(server) or (MAIL.match(client) and port != 21):
        return "smtp"
    if FTP.match(server) and (port == 21 or FTP.match(client)):
        return "ftp"
    if server.startswith(b"+OK"):
        return "pop3"
    if server.startswith(b"* OK"):
        return "imap"
    if server.startswith(b"RFB 00"):
        return "rfb"
    return None


def of_datagram(payload: bytes, source_port: int, destination_port: int) -> str | None:
    """The protocol of a UDP packet.

    >>> of_datagram(bytes([0x81, 0x0B, 0, 8, 1, 0x20, 0xFF, 0xFF]), 47808, 47808)
    'bacnet'
    """
    ports = (source_port, destination_port)
    for name, fits in DATAGRAMS:
        if fits(payload, ports):
            return name
    return None


def _dicom(data: bytes, port: int) -> bool:
    kind = data[0]
    if kind not in (1, 2) or len(data) < 10 or data[1]:
        return False
    length = int.from_bytes(data[2:6], "big")
    return 68 <= length < 1 << 20 and data[6] == 0 and bool(data[7] & 1) and data[8:10] == b"\0\0"


def _smb(data: bytes, port: int) -> bool:
    return len(data) >= 8 and data[0] == 0 and data[4:8] in (b"\xffSMB", b"\xfeSMB", b"\xfdSMB")


def _rdp(data: bytes, port: int) -> bool:
    return len(data) >= 7 and data[:2] == b"\x03\0" and data[5] in (0xE0, 0xD0) and data[3] in range(7, 255)


def _ldap(data: bytes, port: int) -> bool:
    place = _inside(data)
    if not place or data[place : place + 1] != b"\x02" or len(data) < place + 4:
        return False
    size = data[place + 1]
    return 1 <= size <= 4 and len(data) > place + 2 + size and data[place + 2 + size] in LDAP_REQUESTS


def _inside(data: bytes) -> int:
    """Where the content of an ASN.1 sequence begins; 0 when this is none."""
    if len(data) < 2 or data[0] != 0x30:
        return 0
    return 2 if data[1] < 0x80 else 2 + (data[1] & 0x7F) if data[1] in (0x81, 0x82, 0x83, 0x84) else 0


def _kerberos(data: bytes, port: int) -> bool:
    long_form = len(data) > 5 and data[0] == 0 and int.from_bytes(data[:4], "big") >= 40
    return long_form and data[4] in KERBEROS_MESSAGES and (data[5] > 0x80 or port in (88, 464))


def _modbus(data: bytes, port: int) -> bool:
    if len(data) < 8 or data[2:4] != b"\0\0" or data[7] & 0x7F not in range(1, 44):
        return False
    length = data[4] << 8 | data[5]
    return 2 <= length <= 254 and (length == len(data) - 6 or (port == 502 and length <= len(data) - 6))


def _dns_stream(data: bytes, port: int) -> bool:
    return port == 53 and len(data) > 14 and _dns_header(data[2:])


def _dns_header(data: bytes) -> bool:
    return len(data) >= 12 and data[4:6] in (b"\0\0", b"\0\x01") and not data[2] & 0x70 and data[6] < 4


def _mqtt(data: bytes, port: int) -> bool:
    return data[0] == 0x10 and (b"\0\x04MQTT" in data[1:12] or b"\0\x06MQIsdp" in data[1:14])


def _telnet(data: bytes, port: int) -> bool:
    return len(data) >= 3 and data[0] == 0xFF and data[1] in range(0xFB, 0xFF)


STREAMS: tuple[tuple[str, Callable[[bytes, int], bool]], ...] = (
    ("tls", lambda data, port: begins(data, CLIENT_HELLO) or begins(data, 2)),
    ("dicom", _dicom),
    ("hl7", lambda data, port: bool(HL7.match(data))),
    ("http", lambda data, port: bool(HTTP.match(data))),
    ("ssh", lambda data, port: data.startswith(b"SSH-")),
    ("smb", _smb),
    ("rdp", _rdp),
    ("ldap", _ldap),
    ("kerberos", _kerberos),
    ("astm", lambda data, port: bool(ASTM.match(data))),
    ("mqtt", _mqtt),
    ("modbus", _modbus),
    ("sip", lambda data, port: bool(SIP.match(data))),
    ("dns", _dns_stream),
    ("telnet", _telnet),
    ("syslog", lambda data, port: bool(SYSLOG.match(data))),
)


def _dns(data: bytes, ports: tuple[int, int]) -> bool:
    return 53 in ports and _dns_header(data)


def _snmp(data: bytes, ports: tuple[int, int]) -> bool:
    place = _inside(data)
    return (
        bool(place)
        and data[place : place + 2] == b"\x02\x01"
        and len(data) > place + 3
        and data[place + 2] in (0, 1, 3)
    )


def _bacnet(data: bytes, ports: tuple[int, int]) -> bool:
    return len(data) >= 6 and data[0] == 0x81 and data[1] <= 0x0C and data[2] << 8 | data[3] == len(data)


def _quic(data: bytes, ports: tuple[int, int]) -> bool:
    return len(data) >= 8 and data[0] & 0xC0 == 0xC0 and data[1:5] in QUIC_VERSIONS


def _ntp(data: bytes, ports: tuple[int, int]) -> bool:
    return 123 in ports and len(data) >= 12


def _dtls(data: bytes, ports: tuple[int, int]) -> bool:
    return len(data) > 13 and data[0] == 0x16 and data[1] == 0xFE and data[2] in (0xFF, 0xFD, 0xFC)


DATAGRAMS: tuple[tuple[str, Callable[[bytes, tuple[int, int]], bool]], ...] = (
    ("dns", _dns),
    ("mdns", lambda data, ports: 5353 in ports and _dns_header(data)),
    ("llmnr", lambda data, ports: 5355 in ports and _dns_header(data)),
    ("dhcp", lambda data, ports: len(data) >= 240 and data[236:240] == b"\x63\x82\x53\x63" and data[0] in (1, 2)),
    ("snmp", _snmp),
    ("ntp", _ntp),
    ("bacnet", _bacnet),
    ("ssdp", lambda data, ports: 1900 in ports and bool(SSDP.match(data))),
    ("quic", _quic),
    ("dtls", _dtls),
    ("sip", lambda data, ports: bool(SIP.match(data))),
    ("syslog", lambda data, ports: bool(SYSLOG.match(data))),
    ("kerberos", lambda data, ports: 88 in ports and data[:1] in (b"\x6a", b"\x6b", b"\x6c", b"\x6d", b"\x7e")),
    ("ldap", lambda data, ports: 389 in ports and _ldap(data, 389)),
    ("netbios", lambda data, ports: bool({137, 138} & set(ports)) and len(data) >= 12),
    ("ws-discovery", lambda data, ports: 3702 in ports and b"Envelope" in data[:400]),
    ("hl7", lambda data, ports: bool(HL7.match(data)) and data[:1] == b"\x0b"),
    ("tftp", lambda data, ports: 69 in ports and data[:2] in (b"\0\x01", b"\0\x02")),
)


def identity(service: str, client: bytes, server: bytes) -> str | None:
    r"""Who the two applications say they are: `calling>called` for DICOM, `application|facility>application|facility`
    for HL7; no other field is read.

    >>> message = b"\x0bMSH|^~\\&|HEXAGONE|CHU|MIRTH|CHU|2024||ADT^A01\rPID|1||SECRET"
    >>> identity("hl7", message, b"")
    'HEXAGONE|CHU>MIRTH|CHU'
    """
    if service == "dicom":
        association = client if client[:1] == b"\x01" else server if server[:1] in (b"\x01", b"\x02") else b""
        return _titles(association)
    if service == "hl7":
        return _applications(client if HL7.match(client) else server)
    return None


def _titles(association: bytes) -> str | None:
    if len(association) < 42:
        return None
    called, calling = _clean(association[10:26]), _clean(association[26:42])
    return f"{calling}>{called}" if called or calling else None


def _applications(message: bytes) -> str | None:
    start = message.find(b"MSH")
    line = re.split(rb"[\r\n\x1c]", message[start : start + 1000], maxsplit=1)[0]
    parts = line.split(line[3:4])
    if len(parts) < 7:
        return None
    names = [_clean(part.split(b"^")[0]) for part in parts[2:6]]
    return f"{names[0]}|{names[1]}>{names[2]}|{names[3]}" if any(names) else None


def _clean(data: bytes) -> str:
    """A short printable name without the signs that separate names."""
    text = data.decode("utf-8", "replace").strip(" \0")[:LONGEST_IDENTITY]
    return "".join(sign if sign.isprintable() and sign not in "|>" else "?" for sign in text)
