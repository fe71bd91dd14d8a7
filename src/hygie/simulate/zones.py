"""The address plan of the demonstration hospital."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass


@dataclass(frozen=True)
class Zone:
    """One zone of the address plan."""

    name: str
    kind: str
    site: str
    prefix: str
    vlan: int
    interface: str

    @property
    def gateway(self) -> str:
        """First address of the zone, held by the router."""
        return str(ipaddress.ip_network(self.prefix)[1])

    @property
    def broadcast(self) -> str:
        """Last address of the zone."""
        return str(ipaddress.ip_network(self.prefix)[-1])


ZONES = (
    Zone("POSTES-SOINS", "user", "Belleroche", "10.10.0.0/20", 110, "vl110-soins"),
    Zone("POSTES-ADM", "user", "Belleroche", "10.11.0.0/21", 111, "vl111-adm"),
    Zone("TELEPHONIE", "user", "Belleroche", "10.12.0.0/22", 112, "vl112-voix"),
    Zone("POSTES-TILLEULS", "user", "Les Tilleuls", "10.60.0.0/22", 160, "vl160-tilleuls"),
    Zone("SERVEURS", "server", "Belleroche", "10.20.0.0/22", 120, "vl120-srv"),
    Zone("ADMIN-SI", "admin", "Belleroche", "10.21.0.0/23", 121, "vl121-admin"),
    Zone("BIOMED-IMAGERIE", "biomedical", "Belleroche", "10.30.0.0/23", 130, "vl130-imag"),
    Zone("BIOMED-LABO", "biomedical", "Belleroche", "10.31.0.0/24", 131, "vl131-labo"),
    Zone("BIOMED-SOINS", "biomedical", "Belleroche", "10.32.0.0/22", 132, "vl132-bsoins"),
    Zone("BATIMENT", "building", "Belleroche", "10.40.0.0/23", 140, "vl140-gtb"),
    Zone("VPN", "vpn", "Belleroche", "10.50.0.0/23", 150, "ssl.root"),
    Zone("WIFI-INVITES", "guest", "Belleroche", "172.20.0.0/20", 200, "vl200-guest"),
    Zone("PARTENAIRES", "partner", "Belleroche", "172.30.0.0/24", 210, "vl210-part"),
    Zone("DMZ", "dmz", "Belleroche", "172.31.0.0/24", 220, "dmz1"),
    Zone("INTERNET", "internet", "", "198.51.100.0/24", 0, "wan1"),
    Zone("INTERNET", "internet", "", "203.0.113.0/24", 0, "wan1"),
    Zone("INTERNET", "internet", "", "192.0.2.0/24", 0, "wan1"),
)


ZONE = {zone.name: zone for zone in reversed(ZONES)}


INTERNAL = tuple(zone for zone in ZONES if zone.kind != "internet")
