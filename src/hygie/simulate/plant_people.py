"""Plant what is wrong with accounts, remote access, protection and backup, one function per control."""

from __future__ import annotations

from datetime import datetime, timedelta

from hygie.simulate.hospital import Account, Device, Hospital
from hygie.simulate.people import make_dormant, remote_users, session_at
from hygie.simulate.plan import BLIND, SILENT_GAP
from hygie.simulate.truth import Truth


def plant_people(hospital: Hospital, truth: Truth) -> None:
    """Perturb well-kept accounts until the plan is true."""
    planters = (
        ("RA-01", _single_factor),
        ("RA-03", _departed_connects),
        ("ID-01", _unlisted_privilege),
        ("ID-02", _dormant),
    )
    for control, planter in planters:
        if hospital.plan.failing(control):
            planter(hospital, truth)


def _single_factor(hospital: Hospital, truth: Truth) -> None:
    users = remote_users(hospital)
    for user in hospital.chance.sample(users, min(3, len(users))):
        for _each in range(2):
            hospital.sessions.append(session_at(hospital, user, hospital.recent(), "Mot de passe"))
        french = f"{user.name} a ouvert une session distante avec le seul mot de passe"
        truth.fail(
            "RA-01",
            {"account": user.name},
            french,
            f"{user.name} opened a remote session with a password alone",
        )


def _departed_connects(hospital: Hospital, truth: Truth) -> None:
    gone = [one for one in hospital.accounts if one.description == "Départ" and one.person and one.person.login_listed]
    for user in hospital.chance.sample(gone, min(2, len(gone))):
        user.enabled = True
        start = hospital.recent(15)
        user.last_logon = user.replicated_logon = start
        hospital.sessions.append(session_at(hospital, user, start, "Certificat + mot de passe"))
        ended = user.person.contracts[-1][1] if user.person else None
        day = ended.date().isoformat() if ended else ""
        french = f"{user.name} s'est connecté à distance après la fin de son contrat ({day})"
        truth.fail(
            "RA-03",
            {"account": user.name},
            french,
            f"{user.name} connected remotely after the end of contract ({day})",
        )


def _unlisted_privilege(hospital: Hospital, truth: Truth) -> None:
    service = next(one for one in hospital.accounts if one.name == "svc-app01")
    replaced = next(one for one in hospital.accounts if one.name == "adm-t0-02")
    nested = next(group for group in hospital.groups if group.name == "GG-ADM-T0")
    nested.members[:] = [(sid, kind) for sid, kind in nested.members if sid != replaced.sid] + [(service.sid, "User")]
    replaced.admin, service.admin = False, True
    listed = hospital.plan.states["ID-01"] != SILENT_GAP
    for one in [one for one in hospital.accounts if one.admin and not (listed and one is not service)]:
        french = f"{one.name} est membre, même indirect, d'un groupe privilégié et ne figure pas dans la liste déclarée"
        truth.fail(
            "ID-01",
            {"account": one.name},
            french,
            f"{one.name} is, even indirectly, in a privileged group and not on the declared list",
        )


def is_dormant(one: Account, as_of: datetime) -> bool:
    """Tell whether an enabled account sleeps: old password, no logon for a year, or never used since long."""
    year, three = timedelta(days=365), timedelta(days=3 * 365)
    if not one.enabled:
        return False
    if one.password_set and as_of - one.password_set > three:
        return True
    used = max((moment for moment in (one.last_logon, one.replicated_logon) if moment), default=None)
    return as_of - used > year if used else as_of - one.created > year


def _dormant(hospital: Hospital, truth: Truth) -> None:
    enabled = [one for one in hospital.accounts if one.enabled]
    by_share = hospital.plan.states["ID-01"] == BLIND or hospital.chance.random() < 0.5
    if by_share:
        _put_to_sleep(hospital, enabled)
        sleeping = [one for one in enabled if is_dormant(one, hospital.as_of)]
    else:
        sleeping = [one for one in enabled if one.admin and one.name.startswith("adm-")][:1]
        sleeping[0].last_logon = sleeping[0].replicated_logon = hospital.as_of - timedelta(days=480)
    for one in sleeping:
        french = f"{one.name} est actif et dort depuis longtemps" + (", avec des privilèges" if one.admin else "")
        truth.fail(
            "ID-02",
            {"account": one.name},
            french,
            f"{one.name} is enabled and has long been dormant" + (", with privileges" if one.admin else ""),
        )


def _put_to_sleep(hospital: Hospital, enabled: list[Account]) -> None:
    busy = {session.account.split("\\")[-1].split("@")[0] for session in hospital.sessions}
    free = [one for one in enabled if not one.admin and one.name not in busy and not is_dormant(one, hospital.as_of)]
    missing = round(0.36 * len(enabled)) - sum(is_dormant(one, hospital.as_of) for one in enabled)
    for rank, one in enumerate(hospital.chance.sample(free, min(len(free), max(0, missing)))):
        make_dormant(hospital, one, rank)


def plant_protection(hospital: Hospital, truth: Truth) -> dict[str, tuple[datetime, datetime] | None]:
    """Choose the computers whose agent is missing, silent or out of date; name → (last seen, signatures) or nothing."""
    if not hospital.plan.failing("MAL-01"):
        return {}
    posts = [one for one in hospital.of("workstation", "server") if one.agent and one.directory_name == one.name]
    drawn = hospital.chance.sample(posts, min(3, len(posts)))
    as_of = hospital.as_of
    late: list[tuple[tuple[datetime, datetime] | None, str, str]] = [
        (None, "n'a pas d'agent", "has no agent"),
        (
            (as_of - timedelta(days=16), as_of - timedelta(days=16)),
            "n'a plus parlé à la console depuis 16 jours",
            "has not reported for 16 days",
        ),
        (
            (as_of - timedelta(hours=5), as_of - timedelta(days=6)),
            "a des signatures vieilles de 6 jours",
            "has signatures 6 days old",
        ),
    ]
    marks: dict[str, tuple[datetime, datetime] | None] = {}
    for device, (mark, french, english) in zip(drawn, late, strict=False):
        marks[device.name] = mark
        truth.fail("MAL-01", device.subject, f"{device.name} {french}", f"{device.name} {english}")
    return marks


def backed_up(hospital: Hospital) -> list[tuple[Device, int, str]]:
    """Machines the business impact analysis depends on, with the strictest admissible loss in hours."""
    found: dict[str, tuple[Device, int, str]] = {}
    for one in hospital.applications:
        for host in one.hosts if one.in_bia else ():
            if host.key not in found or one.loss < found[host.key][1]:
                found[host.key] = (host, one.loss, one.name)
    return list(found.values())


def plant_backup(hospital: Hospital, truth: Truth) -> dict[str, str]:
    """Choose the machines whose backup is wrong; name → absent, old or failing."""
    if not hospital.plan.failing("BKP-02"):
        return {}
    systems = backed_up(hospital)
    strict = [one for one in systems if one[1] <= 24]
    loose = [one for one in systems if one[1] >= 72] or strict
    drawn = hospital.chance.sample(strict, 2)
    drawn.append(hospital.chance.choice([one for one in loose if one not in drawn]))
    faults = ("absent", "old", "failing")
    texts = {
        "absent": ("ne figure dans aucune sauvegarde", "is in no backup job"),
        "old": (
            "n'a plus de sauvegarde réussie depuis {days} jours, pour {loss} h de perte admissible",
            "has had no good backup for {days} days, for {loss} h of admissible loss",
        ),
        "failing": ("a échoué trois fois de suite", "failed three times in a row"),
    }
    faulty: dict[str, str] = {}
    for (host, loss, application), fault in zip(drawn, faults, strict=True):
        faulty[host.name] = fault
        french, english = (text.format(days=9, loss=loss) for text in texts[fault])
        truth.fail(
            "BKP-02",
            {**host.subject, "application": application},
            f"{host.name} {french}",
            f"{host.name} {english}",
        )
    return faulty
