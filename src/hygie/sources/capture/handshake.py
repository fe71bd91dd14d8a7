"""What a TLS handshake says in clear: the name asked for, the version and the cipher suite chosen."""

from __future__ import annotations

from typing import NamedTuple

HANDSHAKE, CLIENT_HELLO, SERVER_HELLO = 0x16, 1, 2
SERVER_NAME, SUPPORTED_VERSIONS = 0, 43
MOST_EXTENSIONS = 64
VERSIONS = {0x0002: "SSLv2", 0x0300: "SSLv3", 0x0301: "TLSv10", 0x0302: "TLSv11", 0x0303: "TLSv12", 0x0304: "TLSv13"}
# Names of the IANA TLS cipher suite registry, for the suites met in practice; any other is shown by its number.
_RSA, _DHE, _ECDHE, _ECDSA = "TLS_RSA_WITH_", "TLS_DHE_RSA_WITH_", "TLS_ECDHE_RSA_WITH_", "TLS_ECDHE_ECDSA_WITH_"
SUITES = {
    0x1301: "TLS_AES_128_GCM_SHA256", 0x1302: "TLS_AES_256_GCM_SHA384", 0x1303: "TLS_CHACHA20_POLY1305_SHA256",
    0x0001: _RSA + "NULL_MD5", 0x0002: _RSA + "NULL_SHA", 0x0004: _RSA + "RC4_128_MD5", 0x0005: _RSA + "RC4_128_SHA",
    0x000A: _RSA + "3DES_EDE_CBC_SHA", 0x002F: _RSA + "AES_128_CBC_SHA", 0x0035: _RSA + "AES_256_CBC_SHA",
    0x003C: _RSA + "AES_128_CBC_SHA256", 0x003D: _RSA + "AES_256_CBC_SHA256", 0x009C: _RSA + "AES_128_GCM_SHA256",
    0x009D: _RSA + "AES_256_GCM_SHA384", 0x0016: _DHE + "3DES_EDE_CBC_SHA", 0x0033: _DHE + "AES_128_CBC_SHA",
    0x0039: _DHE + "AES_256_CBC_SHA", 0x0067: _DHE + "AES_128_CBC_SHA256", 0x006B: _DHE + "AES_256_CBC_SHA256",
    0x009E: _DHE + "AES_128_GCM_SHA256", 0x009F: _DHE + "AES_256_GCM_SHA384",
    0xCCAA: _DHE + "CHACHA20_POLY1305_SHA256", 0xC011: _ECDHE + "RC4_128_SHA", 0xC012: _ECDHE + "3DES_EDE_CBC_SHA",
    0xC013: _ECDHE + "AES_128_CBC_SHA", 0xC014: _ECDHE + "AES_256_CBC_SHA", 0xC027: _ECDHE + "AES_128_CBC_SHA256",
    0xC028: _ECDHE + "AES_256_CBC_SHA384", 0xC02F: _ECDHE + "AES_128_GCM_SHA256", 0xC030: _ECDHE + "AES_256_GCM_SHA384",
    0xCCA8: _ECDHE + "CHACHA20_POLY1305_SHA256", 0xC007: _ECDSA + "RC4_128_SHA", 0xC009: _ECDSA + "AES_128_CBC_SHA",
    0xC00A: _ECDSA + "AES_256_CBC_SHA", 0xC023: _ECDSA + "AES_128_CBC_SHA256", 0xC024: _ECDSA + "AES_256_CBC_SHA384",
    0xC02B: _ECDSA + "AES_128_GCM_SHA256", 0xC02C: _ECDSA + "AES_256_GCM_SHA384",
    0xCCA9: _ECDSA + "CHACHA20_POLY1305_SHA256",
}  # fmt: skip


class Hello(NamedTuple):
    """What one hello message says."""

    version: str | None
    cipher: str | None
    server_name: str | None


def begins(payload: bytes, message: int) -> bool:
    """Whether a segment begins with a TLS handshake record that holds this message."""
    return len(payload) > 5 and payload[0] == HANDSHAKE and payload[1] == 3 and payload[5] == message


def client_hello(data: bytes) -> Hello | None:
    """The name a client asks for; None when the message is cut before its extensions or is none."""
    message = _message(data, CLIENT_HELLO)
    if message is None:
        return None
    try:
        place = 34
        place += 1 + message[place]
        place += 2 + (message[place] << 8 | message[place + 1])
        place += 1 + message[place]
        return Hello(None, None, _server_name(_extensions(message, place).get(SERVER_NAME, b"")))
    except IndexError:
        return Hello(None, None, None)


def server_hello(data: bytes) -> Hello | None:
    """The version and cipher suite a server chose; None when this is no such message."""
    message = _message(data, SERVER_HELLO)
    if message is None or len(message) < 38:
        return None
    try:
        version = message[0] << 8 | message[1]
        place = 35 + message[34]
        suite = message[place] << 8 | message[place + 1]
        chosen = _extensions(message, place + 3).get(SUPPORTED_VERSIONS, b"")
        version = chosen[0] << 8 | chosen[1] if len(chosen) == 2 else version
    except IndexError:
        return None
    return Hello(VERSIONS.get(version, f"0x{version:04x}"), SUITES.get(suite, f"0x{suite:04X}"), None)


def _message(data: bytes, wanted: int) -> bytes | None:
    """The body of the first handshake message, joined over the records it spans; what is missing is left out."""
    if not begins(data, wanted):
        return None
    joined, place = bytearray(), 0
    while place + 5 <= len(data) and data[place] == HANDSHAKE and len(joined) < 65536:
        size = data[place + 3] << 8 | data[place + 4]
        joined += data[place + 5 : place + 5 + size]
        place += 5 + size
    length = int.from_bytes(joined[1:4], "big")
    return bytes(joined[4 : 4 + length])


def _extensions(message: bytes, place: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    place += 2
    while place + 4 <= len(message) and len(found) < MOST_EXTENSIONS:
        kind, size = message[place] << 8 | message[place + 1], message[place + 2] << 8 | message[place + 3]
        found[kind] = message[place + 4 : place + 4 + size]
        place += 4 + size
    return found


def _server_name(data: bytes) -> str | None:
    if len(data) < 6 or data[2] != 0:
        return None
    name = data[5 : 5 + (data[3] << 8 | data[4])].decode("ascii", "replace").lower().rstrip(".")
    return "".join(sign for sign in name if sign.isprintable())[:255] or None
