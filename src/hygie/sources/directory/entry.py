"""One entry of a directory, from its LDAP attributes to rows: what LDIF, CSVDE and ldapsearch outputs share.

Attributes come as a mapping from lower-case name to values (bytes as on the wire, or their text). Secrets are dropped
before anything else looks at an entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hygie.sources import addresses
from hygie.sources.base import Item, Note, Rows
from hygie.sources.directory.values import (
    Attributes,
    domain_of,
    filetime,
    generalized,
    guid,
    integer,
    leaf,
    normal,
    primary_group,
    sid,
    text,
    texts,
)

SECRETS = frozenset(
    {
        *("userpassword", "unicodepwd", "clearpassword", "dbcspwd", "ntpwdhistory", "lmpwdhistory", "unixuserpassword"),
        *("ms-mcs-admpwd", "mslaps-password", "mslaps-encryptedpassword", "mslaps-encryptedpasswordhistory"),
        *("mslaps-encrypteddsrmpassword", "mslaps-encrypteddsrmpasswordhistory", "msds-managedpassword"),
        *("supplementalcredentials", "sambantpassword", "sambalmpassword", "sambapasswordhistory", "krbprincipalkey"),
        *("mssfu30password", "msfve-recoverypassword", "msfve-keypackage", "authpassword", "krbprincipalauthtoken"),
        *("initialauthincoming", "initialauthoutgoing", "trustauthincoming", "trustauthoutgoing", "currentvalue"),
        *("pwdhistory", "ipanthash", "mskds-rootkeydata", "orclpassword", "pkcs12", "userpkcs12"),
    }
)
DISABLED, NEVER_EXPIRES, NO_PREAUTHENTICATION = 0x2, 0x10000, 0x400000
CLASSES = (
    ("msds-groupmanagedserviceaccount", "service_account"),
    ("msds-managedserviceaccount", "service_account"),
    ("msds-delegatedmanagedserviceaccount", "service_account"),
    ("computer", "computer"),
    ("contact", "other"),
    *((name, "group") for name in ("group", "groupofnames", "groupofuniquenames", "posixgroup", "sambagroupmapping")),
    *((name, "user") for name in ("user", "inetorgperson", "posixaccount", "person", "organizationalperson")),
    *(("grouppolicycontainer", "policy"), ("organizationalunit", "unit"), ("domaindns", "domain")),
    *(("domain", "domain"), ("dcobject", "domain"), ("container", "container"), ("builtindomain", "container")),
)
ACCOUNTS = frozenset({"user", "computer", "service_account"})
MEMBER_KINDS = {"user": "user", "computer": "computer", "group": "group", "service_account": "user"}
MEMBER_ATTRIBUTES = ("member", "uniquemember")
RANGE = ";range="


@dataclass
class _Membership:
    """One membership by distinguished names, to be resolved once the whole file is known."""

    position: int
    group: str
    member: str


@dataclass
class Entries:
    """The entries of one file: rows as they come, memberships resolved at the end.

    >>> entries = Entries(None)
    >>> entries.add(1, {"dn": [b"CN=Ana,DC=chu,DC=local"], "objectclass": [b"user"], "samaccountname": [b"ana"]})
    True
    >>> [batch.rows.column("name").to_pylist() for batch in entries.finish()]
    [['ana']]
    """

    collected: datetime | None
    secrets: int = 0
    objects: Rows = field(default_factory=lambda: Rows("directory_object"))
    members: Rows = field(default_factory=lambda: Rows("directory_member"))
    _known: dict[str, tuple[str, str]] = field(default_factory=dict)
    _memberships: list[_Membership] = field(default_factory=list)
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def add(self, position: int, attributes: Attributes) -> bool:
        """Keep one entry; false when it has no name nor identifier to be known by."""
        entry = {name: values for name, values in attributes.items() if name.partition(";")[0] not in SECRETS}
        self.secrets += len(entry) != len(attributes)
        name = text(entry, "dn", "distinguishedname")
        identifier = sid(entry.get("objectsid", ())) or guid(entry.get("objectguid", ())) or name
        if identifier is None:
            return False
        values = object_values(entry, name)
        self.objects.add(position, object_id=identifier, collected=self.collected, **values)
        if name is not None:
            self._known[normal(name)] = (identifier, values["kind"])
        self._remember(position, entry, name or identifier, identifier, values)
        return True

    def _remember(
        self, position: int, entry: Attributes, name: str, identifier: str, values: Mapping[str, Any]
    ) -> None:
        for attribute in entry:
            if attribute.partition(RANGE)[0] in MEMBER_ATTRIBUTES:
                for member in texts(entry, attribute):
                    self._memberships.append(_Membership(position, name, member))
        for group in texts(entry, "memberof"):
            self._memberships.append(_Membership(position, group, name))
        if values["primary_group_id"] is not None:
            self._add_member(
                position, values["primary_group_id"], identifier, MEMBER_KINDS.get(values["kind"], "other")
            )

    def ready(self) -> Iterator[Item]:
        """Batches that are full."""
        if self.objects.full:
            yield from self.objects.flush()

    def finish(self) -> Iterator[Item]:
        """All that is left: objects, then memberships with names replaced by identifiers where the file has them."""
        yield from self.objects.flush()
        for membership in self._memberships:
            group, _ = self._known.get(normal(membership.group), (membership.group, ""))
            member, kind = self._known.get(normal(membership.member), (membership.member, ""))
            self._add_member(membership.position, group, member, MEMBER_KINDS.get(kind, "other") if kind else None)
            if self.members.full:
                yield from self.members.flush()
        yield from self.members.flush()
        if self.secrets:
            yield Note("secrets_dropped", str(self.secrets))

    def _add_member(self, position: int, group: str, member: str, kind: str | None) -> None:
        if (group, member) not in self._seen:
            self._seen.add((group, member))
            self.members.add(position, group_id=group, member_id=member, member_kind=kind)


def object_values(entry: Attributes, name: str | None) -> dict[str, Any]:
    """The columns of `directory_object` that an entry's attributes give."""
    kind = kind_of(entry)
    flags = integer(entry, "useraccountcontrol")
    account = text(entry, "samaccountname", "uid") if kind in ACCOUNTS else text(entry, "samaccountname")
    host = text(entry, "dnshostname")
    return {
        "kind": kind,
        "name": (account or text(entry, "cn", "name", "ou", "displayname") or leaf(name) or "").removesuffix("$")
        or None,
        "display_name": text(entry, "displayname"),
        "distinguished_name": name,
        "domain": domain_of(name),
        "host_name": addresses.host_name(host) if kind == "computer" else None,
        "operating_system": text(entry, "operatingsystem"),
        "enabled": None if flags is None else not flags & DISABLED,
        "created": generalized(entry, "whencreated", "createtimestamp"),
        "password_set": filetime(entry, "pwdlastset"),
        "last_logon": filetime(entry, "lastlogon"),
        "last_logon_replicated": filetime(entry, "lastlogontimestamp"),
        "password_never_expires": None if flags is None else bool(flags & NEVER_EXPIRES),
        "has_service_name": bool(entry.get("serviceprincipalname")) if kind in ACCOUNTS and flags is not None else None,
        "no_preauthentication": None if flags is None else bool(flags & NO_PREAUTHENTICATION),
        "admin_count": (integer(entry, "admincount") or 0) > 0 if flags is not None or "admincount" in entry else None,
        "primary_group_id": primary_group(entry),
        "email": text(entry, "mail"),
        "employee_id": text(entry, "employeeid", "employeenumber"),
        "description": text(entry, "description"),
    }


def kind_of(entry: Attributes) -> str:
    """What an entry is, by its object classes; the most special class decides.

    >>> kind_of({"objectclass": [b"top", b"person", b"user", b"computer"]}), kind_of({"objectclass": [b"dnsNode"]})
    ('computer', 'other')
    """
    classes = {part.strip().lower() for value in texts(entry, "objectclass") for part in value.split(",")}
    return next((kind for name, kind in CLASSES if name in classes), "other")
