"""Who talks to whom in the hospital when all is in order, and the noise around it."""

from __future__ import annotations

from dataclasses import replace

from hygie.simulate.hospital import Device, Hospital
from hygie.simulate.pattern import DYNAMIC, Pattern, Traffic
from hygie.simulate.zones import ZONE


def outside(hospital: Hospital) -> list[Device]:
    """Addresses of the Internet the hospital meets: no asset, only ends of connections."""
    ranges = (("198.51.100", 100, 250), ("203.0.113", 100, 250))
    return [
        Device(key="", name="", kind="outside", zone="INTERNET", ip=f"{block}.{last}")
        for block, first, until in ranges
        for last in range(first, until)
    ]


def pool(hospital: Hospital) -> list[str]:
    """Addresses the remote-access gateway lends."""
    return [f"10.50.0.{low}" for low in range(10, 10 + min(240, hospital.size(60, 6)))]


def build_traffic(hospital: Hospital) -> Traffic:
    """Write down the habits of the hospital."""
    traffic = Traffic()
    _office(hospital, traffic)
    _inside_the_room(hospital, traffic)
    _administration(hospital, traffic)
    _medical(hospital, traffic)
    _perimeter(hospital, traffic)
    _noise(hospital, traffic)
    traffic.habits = traffic.units()
    if hospital.sight == "vlan":
        traffic.patterns = [seen for pattern in traffic.patterns for seen in _mirrored(pattern)]
    return traffic


def _mirrored(pattern: Pattern, zone: str = "POSTES-ADM") -> list[Pattern]:
    """Keep of a habit what the mirror of one network shows."""
    if pattern.sensor != "core":
        return []
    sources = [device for device in pattern.sources if device.zone == zone]
    if sources:
        return [replace(pattern, sources=sources)]
    destinations = [device for device in pattern.destinations if device.zone == zone]
    return [replace(pattern, destinations=destinations)] if destinations else []


def _servers(hospital: Hospital) -> list[Device]:
    return [device for device in hospital.of("server") if device.zone == "SERVEURS"]


def _applications(hospital: Hospital) -> list[Device]:
    return [one.hosts[0] for one in hospital.applications if one.ports == (443,) and one.hosts[0].zone == "SERVEURS"]


def _office(hospital: Hospital, traffic: Traffic) -> None:
    posts, phones = hospital.of("workstation"), hospital.of("phone")
    controllers, proxies = hospital.role("dc"), hospital.role("proxy")
    files, prints = hospital.role("files"), hospital.role("print")
    traffic.patterns += [
        Pattern(posts, _applications(hospital), "tcp", 443, "ssl", 24, "applications métier en HTTPS"),
        Pattern(
            posts,
            [*hospital.role("pacs"), *hospital.role("lis")],
            "tcp",
            443,
            "ssl",
            4,
            "consultation images et résultats",
        ),
        Pattern(posts, controllers, "udp", 53, "dns", 18, "résolution de noms"),
        Pattern(posts, controllers, "tcp", 88, "krb_tcp", 5, "authentification Kerberos"),
        Pattern(posts, controllers, "tcp", 389, "ldap_tcp", 4, "annuaire"),
        Pattern(posts, controllers, "udp", 123, "ntp", 2, "heure"),
        Pattern(posts, controllers, "tcp", DYNAMIC, "dce_rpc", 2, "RPC de l'annuaire"),
        Pattern(posts, [*files, *prints], "tcp", 445, "smb", 6, "fichiers et impression"),
        Pattern(posts, proxies, "tcp", 3128, "http", 12, "navigation par le mandataire"),
        Pattern(posts, hospital.role("dhcp"), "udp", 67, "dhcp", 1, "adresses"),
        Pattern(prints, hospital.of("printer"), "tcp", 9100, "", 2, "impression"),
        Pattern(phones, hospital.role("pabx"), "udp", 5060, "sip", 2, "téléphonie"),
        Pattern(phones, hospital.role("dhcp"), "udp", 67, "dhcp", 0.3, "adresses"),
    ]


def _inside_the_room(hospital: Hospital, traffic: Traffic) -> None:
    databases = [host for one in hospital.applications for host in one.hosts[1:]]
    fronts = [one.hosts[0] for one in hospital.applications if len(one.hosts) > 1]
    servers = _servers(hospital)
    traffic.patterns += [
        Pattern(fronts, databases, "tcp", 1433, "", 5, "bases de données"),
        Pattern(servers, hospital.role("dc"), "udp", 53, "dns", 3, "résolution de noms"),
        Pattern(servers, hospital.role("backup"), "tcp", 10006, "ssl", 1, "sauvegarde"),
        Pattern(servers, hospital.role("proxy"), "tcp", 3128, "http", 2, "mises à jour par le mandataire"),
        Pattern(hospital.role("bms"), hospital.of("building"), "udp", 47808, "bacnet", 1.5, "supervision GTB"),
        Pattern(hospital.of("building"), hospital.role("dc"), "udp", 123, "ntp", 0.7, "heure"),
        Pattern(
            hospital.role("reverse_proxy"),
            _applications(hospital)[:3],
            "tcp",
            443,
            "ssl",
            2,
            "portail patient",
        ),
    ]


def _administration(hospital: Hospital, traffic: Traffic) -> None:
    desks = [device for device in hospital.of("workstation") if device.zone == "ADMIN-SI"]
    bastion, gear = hospital.role("bastion"), hospital.of("switch", "access_point")
    imaging, lab, care = (_in_zone(hospital, name) for name in ("BIOMED-IMAGERIE", "BIOMED-LABO", "BIOMED-SOINS"))
    traffic.patterns += [
        Pattern(desks, bastion, "tcp", 443, "ssl", 0.5, "bastion"),
        Pattern(desks, gear, "tcp", 22, "ssh", 1, "équipements réseau"),
        Pattern(gear, hospital.role("dc"), "udp", 123, "ntp", 0.6, "heure"),
        Pattern(bastion, _servers(hospital), "tcp", 3389, "rdp", 0.6, "administration par le bastion"),
        Pattern(bastion, imaging, "tcp", 3389, "rdp", 0.1, "télémaintenance par le bastion"),
        Pattern(bastion, lab, "tcp", 3389, "rdp", 0.1, "télémaintenance par le bastion"),
        Pattern(bastion, care, "tcp", 22, "ssh", 0.1, "télémaintenance par le bastion"),
    ]


def _in_zone(hospital: Hospital, zone: str) -> list[Device]:
    return [device for device in hospital.of("medical") if device.zone == zone]


def _medical(hospital: Hospital, traffic: Traffic) -> None:
    imaging, lab, care = (_in_zone(hospital, name) for name in ("BIOMED-IMAGERIE", "BIOMED-LABO", "BIOMED-SOINS"))
    pacs, lis, gateway, clock = (hospital.role(role) for role in ("pacs", "lis", "gateway", "dc"))
    consoles = [device for device in imaging if device.label.startswith("Console")]
    archives = [
        host for role in ("pacs", "ris") for one in hospital.applications if one.role == role for host in one.hosts
    ]
    stations = [device for device in care if device.label.startswith("Centrale")]
    shown = [one for one in imaging if not one.unpaired]
    traffic.patterns += [
        Pattern(imaging, pacs, "tcp", 2762, "ssl", 3, "images DICOM sur TLS"),
        Pattern(pacs, imaging, "tcp", 2762, "ssl", 1, "rappel d'images DICOM sur TLS"),
        Pattern(lab, lis, "tcp", 2576, "ssl", 1.5, "résultats HL7 sur TLS"),
        Pattern(care, gateway, "tcp", 2576, "ssl", 2, "constantes HL7 sur TLS"),
        Pattern([*imaging, *lab, *care], clock, "udp", 123, "ntp", 1, "heure"),
        Pattern([*imaging, *care], clock, "udp", 53, "dns", 0.6, "résolution de noms"),
        Pattern(
            [one for one in shown if one not in consoles],
            consoles,
            "tcp",
            104,
            "dicom",
            1.2,
            "",
            "biomedical",
        ),
        Pattern(lab[1:], lab[:1], "tcp", 2575, "hl7", 0.8, "", "biomedical"),
        Pattern([one for one in care if one not in stations], stations, "udp", 24105, "", 3, "", "biomedical"),
        Pattern([*shown, *lab, *care], clock, "udp", 123, "ntp", 0.5, "heure", "biomedical"),
        Pattern([one for one in imaging if one.unpaired], consoles, "tcp", 104, "dicom", 0.3, ""),
        Pattern(shown, archives, "tcp", 2762, "ssl", 0.6, "images DICOM sur TLS", "biomedical"),
        Pattern(hospital.role("bastion"), shown, "tcp", 3389, "rdp", 0.1, "télémaintenance", "biomedical"),
        Pattern(care, hospital.role("gateway"), "tcp", 2576, "ssl", 0.4, "constantes HL7 sur TLS", "biomedical"),
    ]


def _perimeter(hospital: Hospital, traffic: Traffic) -> None:
    internet, guests, partners = outside(hospital), hospital.of("guest"), hospital.of("partner")
    proxies, front, vpn = hospital.role("proxy"), hospital.role("reverse_proxy"), hospital.role("vpn_gateway")
    remote = [Device("", "", "remote", "VPN", ip=address) for address in pool(hospital)]
    made = [
        Pattern(proxies, internet, "tcp", 443, "HTTPS", 36, "sortie du mandataire", rule="mandataire"),
        Pattern(proxies, internet, "tcp", 80, "HTTP", 6, "sortie du mandataire", rule="mandataire"),
        Pattern(guests, internet, "tcp", 443, "HTTPS", 26, "Wi-Fi invités", rule="invites"),
        Pattern(guests, internet, "udp", 443, "udp/443", 6, "Wi-Fi invités", rule="invites"),
        Pattern(guests, internet, "udp", 53, "DNS", 6, "Wi-Fi invités", rule="invites"),
        Pattern(
            internet,
            front,
            "tcp",
            443,
            "HTTPS",
            6,
            "portail patient",
            public=(("192.0.2.10", 443),),
            rule="portail",
        ),
        Pattern(internet, vpn, "tcp", 443, "HTTPS", 4, "accès distant", public=(("192.0.2.11", 443),), rule="vpn"),
        Pattern(remote, hospital.role("bastion"), "tcp", 443, "HTTPS", 2, "bastion des nomades"),
        Pattern(remote, _applications(hospital)[:4], "tcp", 443, "HTTPS", 3, "applications des nomades"),
        Pattern(remote, hospital.role("dc"), "udp", 53, "DNS", 2, "résolution de noms"),
        Pattern(
            partners,
            hospital.role("gateway"),
            "tcp",
            2576,
            "tcp/2576",
            1,
            "laboratoire extérieur, HL7 sur TLS",
        ),
        Pattern(
            hospital.role("gateway"),
            partners,
            "tcp",
            2576,
            "tcp/2576",
            1,
            "laboratoire extérieur, HL7 sur TLS",
        ),
    ]
    traffic.patterns += [_on_firewall(pattern) for pattern in made]


def _on_firewall(pattern: Pattern) -> Pattern:
    return replace(pattern, sensor="firewall")


def _noise(hospital: Hospital, traffic: Traffic) -> None:
    """What must never be taken for a flow: group addresses, refusals, silence."""
    posts, medical = hospital.of("workstation"), hospital.of("medical")
    group = [Device("", "", "group", "", ip=address) for address in ("224.0.0.251", "239.255.255.250", "224.0.0.252")]
    spread = [
        Device("", "", "group", "", ip=address) for address in ("255.255.255.255", ZONE["POSTES-SOINS"].broadcast)
    ]
    own = [Device("", "", "front", "INTERNET", ip=f"192.0.2.{last}") for last in range(10, 30)]
    internet = outside(hospital)
    soins = [device for device in posts if device.zone == "POSTES-SOINS"]
    traffic.noise += [
        Pattern(posts, group, "udp", 5353, "dns", 3, "multicast", state="S0"),
        Pattern(soins, spread, "udp", 137, "dns", 2, "broadcast", state="S0"),
        Pattern(soins, medical, "tcp", 445, "", 0.15, "refusé", state="REJ"),
        Pattern(soins, medical, "tcp", 80, "", 0.1, "sans réponse", state="S0"),
        Pattern(internet, own, "tcp", 3389, "RDP", 2, "balayage", "firewall", "REJ"),
        Pattern(internet, own, "tcp", 22, "SSH", 2, "balayage", "firewall", "REJ"),
        Pattern(internet, own, "tcp", 445, "SMB", 1, "balayage", "firewall", "REJ"),
        Pattern(_servers(hospital), internet, "tcp", 443, "HTTPS", 0.5, "sortie refusée", "firewall", "REJ"),
        Pattern(
            hospital.of("guest"),
            _servers(hospital),
            "tcp",
            445,
            "SMB",
            0.5,
            "invité refusé",
            "firewall",
            "REJ",
        ),
    ]
