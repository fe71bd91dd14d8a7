"""Protocols by how they protect what they carry, in the words sensors use."""

from __future__ import annotations

SECURE = frozenset({"ssl", "tls", "quic", "dtls", "https"})
CLEAR = frozenset([
    "http", "dicom", "hl7", "mllp", "astm", "ftp", "ftp-data", "telnet", "rlogin", "rsh", "smtp", "pop3", "imap",
    "irc", "ldap", "ldap_tcp", "ldap_udp", "snmp", "dns", "dhcp", "tftp", "syslog", "sip", "modbus", "modbus_tcp",
    "bacnet", "mqtt", "mysql", "postgresql", "redis", "rfb", "ntp", "nfs", "rpc", "radius", "dnp3", "dnp3_tcp",
    "s7comm", "x-windows", "socks", "mdns", "llmnr", "ssdp", "netbios", "ws-discovery",
])  # fmt: skip


def secure(service: str) -> bool | None:
    """Whether a recognised protocol is encrypted by TLS; None when its name does not say.

    >>> secure("ssl,http"), secure("dicom"), secure("smb,gssapi"), secure("dns")
    (True, False, None, False)
    """
    words = set(service.split(","))
    if words & SECURE:
        return True
    return False if words <= CLEAR else None
