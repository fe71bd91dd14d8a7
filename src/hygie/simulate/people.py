"""Staff, directory accounts, groups and remote-access sessions of the hospital, all in order at first."""

from __future__ import annotations

from datetime import datetime, timedelta

from hygie.simulate.hospital import Account, Group, Hospital, Person, Session, utc
from hygie.simulate.names import FAMILY, GIVEN, UNITS, ascii_letters
from hygie.simulate.plan import FAILING

DOMAIN_SID = "S-1-5-21-1408772391-2915360548-770931462"
BUILTIN = "BELLEROCHE.LOCAL-"
FAR = utc(2099, 12, 31)
JOBS = (
    "Infirmier",
    "Aide-soignant",
    "Médecin",
    "Sage-femme",
    "Manipulateur radio",
    "Technicien de laboratoire",
    "Secrétaire médicale",
    "Cadre de santé",
    "Agent administratif",
    "Pharmacien",
    "Kinésithérapeute",
)
STRONG = ("Certificat + mot de passe", "Mot de passe + OTP", "Carte CPS + code PIN")


def build_people(hospital: Hospital) -> None:
    """Fill the hospital with staff, accounts and groups."""
    _builtin_accounts(hospital)
    for rank in range(hospital.size(2180, 30)):
        _member_of_staff(hospital, rank)
    _departed(hospital)
    _homonyms(hospital)
    _outsiders(hospital)
    _machines_accounts(hospital)
    _computers(hospital)
    _groups(hospital)


def _sid(hospital: Hospital) -> str:
    hospital.used["rid"] = hospital.used.get("rid", 1103) + 1
    return f"{DOMAIN_SID}-{hospital.used['rid']}"


def account(hospital: Hospital, name: str, display: str, **facts: object) -> Account:
    """Add one account in good order: used lately, password of the year."""
    chance, as_of = hospital.chance, hospital.as_of
    made = Account(
        name=name,
        display=display,
        sid=_sid(hospital),
        enabled=True,
        created=as_of - timedelta(days=chance.randrange(400, 3000)),
        password_set=as_of - timedelta(days=chance.randrange(5, 300), minutes=chance.randrange(1440)),
        last_logon=as_of - timedelta(days=chance.randrange(1, 45), minutes=chance.randrange(1440)),
    )
    made.replicated_logon = made.last_logon
    for word, value in facts.items():
        setattr(made, word, value)
    hospital.accounts.append(made)
    return made


def _builtin_accounts(hospital: Hospital) -> None:
    account(
        hospital,
        "Administrateur",
        "Administrateur",
        sid=f"{DOMAIN_SID}-500",
        admin=True,
        description="Compte d'utilisateur d'administration",
    )
    account(
        hospital,
        "Invité",
        "Invité",
        sid=f"{DOMAIN_SID}-501",
        enabled=False,
        primary=514,
        last_logon=None,
        replicated_logon=None,
        password_set=None,
    )
    account(
        hospital,
        "krbtgt",
        "krbtgt",
        sid=f"{DOMAIN_SID}-502",
        enabled=False,
        last_logon=None,
        replicated_logon=None,
    )
    for number in range(1, hospital.size(8, 2) + 1):
        account(hospital, f"adm-t0-{number:02d}", f"Administration domaine {number}", admin=True)


def _person(hospital: Hospital, given: str = "", family: str = "") -> Person:
    chance = hospital.chance
    given, family = given or chance.choice(GIVEN), family or chance.choice(FAMILY)
    login = f"{ascii_letters(given)[0]}{ascii_letters(family)[:11]}"
    hospital.used[login] = hospital.used.get(login, 0) + 1
    login += str(hospital.used[login]) if hospital.used[login] > 1 else ""
    number = f"{40_000 + len(hospital.people):06d}"
    unit = chance.choice(UNITS).name
    person = Person(number, given, family, unit, chance.choice(JOBS), login)
    begun = hospital.as_of - timedelta(days=chance.randrange(200, 7000))
    person.contracts.append((begun, None))
    hospital.people.append(person)
    return person


def _member_of_staff(hospital: Hospital, rank: int) -> None:
    person = _person(hospital)
    begun, chance = person.contracts[0][0], hospital.chance
    if rank % 4 == 0:
        person.contracts[0] = (begun, FAR)
    elif rank % 4 == 1:
        person.contracts[0] = (begun, hospital.as_of + timedelta(days=chance.randrange(20, 700)))
    if rank % 25 == 3:  # an ended contract followed by another one: the last counts
        ended = hospital.as_of - timedelta(days=chance.randrange(30, 150))
        person.contracts = [(begun, ended), (ended + timedelta(days=3), None)]
    made = account(hospital, person.login, f"{person.given} {person.family}", person=person)
    if rank % 12 == 5:
        make_dormant(hospital, made, rank)
    elif rank % 12 == 7:  # zero on this controller, yet seen lately by another one
        made.last_logon = None


def make_dormant(hospital: Hospital, made: Account, rank: int) -> None:
    """Let an account sleep, in one of the three ways that count."""
    long_ago = hospital.as_of - timedelta(days=hospital.chance.randrange(1200, 2500))
    if rank % 3 == 0:
        made.password_set, made.created = long_ago, long_ago - timedelta(days=30)
    elif rank % 3 == 1:
        made.last_logon = made.replicated_logon = hospital.as_of - timedelta(days=hospital.chance.randrange(400, 900))
    else:
        made.last_logon = made.replicated_logon = None
        made.created = hospital.as_of - timedelta(days=hospital.chance.randrange(420, 900))
        made.password_set = made.created


def _departed(hospital: Hospital) -> None:
    """People whose contract ended; their accounts were closed as they should."""
    for _rank in range(hospital.size(90, 3)):
        person, gone = _person(hospital), hospital.as_of - timedelta(days=hospital.chance.randrange(40, 300))
        person.contracts[0] = (min(person.contracts[0][0], gone - timedelta(days=90)), gone)
        last = gone - timedelta(days=1)
        account(
            hospital,
            person.login,
            f"{person.given} {person.family}",
            person=person,
            enabled=False,
            last_logon=last,
            replicated_logon=last,
            description="Départ",
        )


def _homonyms(hospital: Hospital) -> None:
    """Two people of one full name, whose logins the staff list does not hold: neither may be taken for the other."""
    gone = hospital.as_of - timedelta(days=60)
    for rank, left in enumerate((True, False)):
        person = _person(hospital, "Dominique", "Hautefeuille")
        person.login_listed = False
        begun = hospital.as_of - timedelta(days=1500)
        person.contracts[0] = (begun, gone if left else None)
        account(hospital, person.login, "Dominique Hautefeuille", person=person, enabled=rank == 1)


def _outsiders(hospital: Hospital) -> None:
    """Interns and suppliers have accounts and stand on no staff list."""
    for number in range(1, hospital.size(30, 2) + 1):
        account(
            hospital,
            f"interne{number:02d}",
            f"{GIVEN[number % len(GIVEN)]} Interne {number}",
            description="Interne, semestre en cours",
        )
    for number in range(1, hospital.size(16, 2) + 1):
        account(
            hospital,
            f"ext-mainteneur{number:02d}",
            f"Télémaintenance {number}",
            description="Compte fournisseur nominatif",
        )


def _machines_accounts(hospital: Hospital) -> None:
    for number in range(1, hospital.size(60, 3) + 1):
        account(hospital, f"svc-app{number:02d}", f"Service applicatif {number}", description="Compte de service")
    for number, unit in enumerate(UNITS[: hospital.size(20, 3)], 1):
        account(
            hospital,
            f"poste-{unit.code}",
            f"Compte générique {unit.name}",
            description=f"Générique n° {number}",
        )


def _computers(hospital: Hospital) -> None:
    for device in hospital.devices:
        if device.domain:
            device.sid, device.directory_name = _sid(hospital), device.name


def _groups(hospital: Hospital) -> None:
    top = [(made.sid, "User") for made in hospital.accounts if made.name.startswith("adm-t0-")]
    inner = Group("GG-ADM-T0", _sid(hospital), top)
    outer = Group("GG-EXPLOITATION", _sid(hospital), [(inner.sid, "Group")])
    admins = Group("Admins du domaine", f"{DOMAIN_SID}-512", [(f"{DOMAIN_SID}-500", "User"), (outer.sid, "Group")])
    enterprise = Group("Administrateurs de l'entreprise", f"{DOMAIN_SID}-519", [(f"{DOMAIN_SID}-500", "User")])
    builtin = Group(
        "Administrateurs",
        f"{BUILTIN}S-1-5-32-544",
        [(f"{DOMAIN_SID}-500", "User"), (admins.sid, "Group"), (enterprise.sid, "Group")],
    )
    backup = Group("Opérateurs de sauvegarde", f"{BUILTIN}S-1-5-32-551")
    users = Group("Utilisateurs du domaine", f"{DOMAIN_SID}-513")
    computers = Group("Ordinateurs du domaine", f"{DOMAIN_SID}-515")
    controllers = Group("Contrôleurs de domaine", f"{DOMAIN_SID}-516")
    nurses = Group("GG-SOINS", _sid(hospital), [(made.sid, "User") for made in hospital.accounts if made.person][:400])
    remote = Group("GG-VPN", _sid(hospital), [(made.sid, "User") for made in remote_users(hospital)])
    hospital.groups += [
        builtin,
        admins,
        enterprise,
        backup,
        users,
        computers,
        controllers,
        inner,
        outer,
        nurses,
        remote,
    ]


def remote_users(hospital: Hospital) -> list[Account]:
    """Accounts allowed to connect from outside: one member of staff in seven."""
    staff = [made for made in hospital.accounts if made.person and made.enabled and made.person.login_listed]
    return staff[::7] or staff[:3]


def build_sessions(hospital: Hospital) -> None:
    """Write the remote-access history: two factors each time, and refusals that prove nothing."""
    users = remote_users(hospital)
    if hospital.plan.states["RA-03"] in FAILING or hospital.plan.states["RA-03"] == "BLIND":
        users += [made for made in hospital.accounts if made.name.startswith(("interne", "ext-mainteneur"))][:4]
        users += [made for made in hospital.accounts if made.enabled and made.person and not made.person.login_listed]
    for number in range(hospital.size(40 * hospital.days, 60)):
        hospital.sessions.append(_session(hospital, users[number % len(users)]))
    for made in [one for one in hospital.accounts if one.person and not one.enabled and one.person.login_listed][:3]:
        gone = made.person.contracts[-1][1] if made.person else None
        if gone and gone - timedelta(days=5) > hospital.start:
            hospital.sessions.append(session_at(hospital, made, gone - timedelta(days=4), STRONG[0]))


def _session(hospital: Hospital, user: Account) -> Session:
    chance = hospital.chance
    start = hospital.start + timedelta(days=chance.random() * (hospital.days - 0.6))
    success = chance.random() < 0.93
    return session_at(hospital, user, start, chance.choice(STRONG) if success else "Mot de passe", success)


def session_at(hospital: Hospital, user: Account, start: datetime, factor: str, success: bool = True) -> Session:
    """Make one session of a user."""
    chance = hospital.chance
    name = (user.name, f"BELLEROCHE\\{user.name}", f"{user.name}@belleroche.local")[chance.randrange(3)]
    end = min(start + timedelta(minutes=chance.randrange(3, 420)), hospital.as_of)
    source = f"{chance.choice(('198.51.100', '203.0.113'))}.{chance.randrange(1, 90)}"
    assigned = f"10.50.0.{10 + chance.randrange(min(240, hospital.size(60, 6)))}" if success else ""
    return Session(start.replace(microsecond=0), end.replace(microsecond=0), name, source, assigned, factor, success)
