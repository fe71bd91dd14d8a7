"""The readings that settle a verdict (checks.md, section 1.4): accounts, sessions, computers, backups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.assess.hand import days, judged
from tests.assess.test_readings import Row, evidence


def accounts(*rows: Row) -> dict[str, Any]:
    base = {"enabled": True, "in_staff": True, "created": days(900), "password_set": days(100), "last_logon": days(3)}
    listed = [
        {**base, "entity_id": row["name"], "object_id": row["name"], "evidence_id": "ad", "position": place, **row}
        for place, row in enumerate(rows)
    ]
    directory = [
        {"kind": "user", "object_id": "x", "collected": days(1), "last_logon_replicated": days(3), "evidence_id": "ad"}
    ]
    return {
        "account": listed,
        "directory_object": directory,
        "directory_member": [{"group_id": "g", "member_id": "x"}],
        "evidence": evidence(
            "directory_object", "vpn_session", "person", "endpoint_agent", "backup_job", "impact_declared"
        ),
        "person": [{"account": "x"}],
        "vpn_session": [{"start": days(1), "account": "x"}],
        "endpoint_agent": [{"last_seen": days(0.2)}],
        "backup_job": [{"end": days(0.2)}],
        "impact_declared": [{"application": "x"}],
    }


def people(name: str, given: dict[str, Any]) -> tuple[str, set[str]]:
    found = judged(given, name)
    return found["verdict"][0]["verdict"], {row["subject"] for row in found["finding"]}


def session(account: str, **more: Any) -> Row:
    base = {
        "account": account,
        "account_id": account,
        "start": days(5),
        "outcome": "success",
        "factors": 2,
        "in_staff": True,
    }
    return {**base, "evidence_id": "vpn", "position": 1, **more}


class TestAccounts:
    def test_one_single_factor_session_is_enough_and_an_unrecorded_factor_is_blind(self) -> None:
        base = accounts()
        assert people("RA-01", {**base, "remote_session": [session("a"), session("b", factors=1)]}) == (
            "SILENT_GAP",
            {"b"},
        )
        assert people("RA-01", {**base, "remote_session": [session("a"), session("b", factors=None)]}) == (
            "BLIND",
            set(),
        )
        refused = session("b", factors=1, outcome="failure")
        assert people("RA-01", {**base, "remote_session": [session("a"), refused]}) == ("UNDECLARED_GOOD", set())

    def test_departures_count_after_the_last_day_and_after_a_week(self) -> None:
        def departed(left: float) -> Row:
            return {"name": "gone", "contract_end": days(left)}

        assert people("RA-03", accounts(departed(20))) == ("SILENT_GAP", {"gone"})
        assert people("RA-03", accounts(departed(5)))[0] == "UNDECLARED_GOOD"
        assert people("RA-03", accounts(departed(-300)))[0] == "UNDECLARED_GOOD"
        used = {
            **accounts({**departed(8), "enabled": False}),
            "remote_session": [session("gone", contract_end=days(8))],
        }
        assert people("RA-03", used) == ("SILENT_GAP", {"gone"})

    def test_people_outside_the_staff_list_are_not_departed(self) -> None:
        intern = {
            **accounts({"name": "intern", "in_staff": False}, {"name": "a"}),
            "remote_session": [session("intern", in_staff=False)],
        }
        found = judged(intern, "RA-03")
        assert found["verdict"][0]["verdict"] == "UNDECLARED_GOOD"
        assert {row["subject"] for row in found["aside"] if row["list"] == "not_covered"} == {"intern"}

    def test_privileged_accounts_must_be_listed_and_few(self) -> None:
        listed = [{"name": f"adm{n}", "privileged": True, "declared_privileged": True} for n in range(51)]
        known = {"privileged_declared": [{"account": "adm0"}]}
        assert people("ID-01", {**accounts(*listed[:3]), **known}) == ("PROVED", set())
        assert people("ID-01", {**accounts(listed[0], {"name": "svc", "privileged": True}), **known}) == (
            "CONTRADICTED",
            {"svc"},
        )
        assert len(people("ID-01", {**accounts(*listed), **known})[1]) == 51
        assert people("ID-01", accounts({"name": "svc", "privileged": True})) == ("SILENT_GAP", {"svc"})

    def test_dormant_accounts_fail_above_a_quarter_and_privileged_ones_always(self) -> None:
        asleep = {"last_logon": days(500)}
        awake = [{"name": f"u{n}", "privileged": n == 0} for n in range(3)]
        assert people("ID-02", accounts(*awake, {"name": "z", **asleep}))[0] == "UNDECLARED_GOOD"
        assert people("ID-02", accounts(*awake[:2], {"name": "z", **asleep})) == ("SILENT_GAP", {"z"})
        assert people("ID-02", accounts(*awake, {"name": "z", "privileged": True, **asleep})) == ("SILENT_GAP", {"z"})
        never = {"name": "z", "last_logon": None, "created": days(30)}
        assert people("ID-02", accounts(*awake[:2], never))[0] == "UNDECLARED_GOOD"

    def test_never_on_this_controller_is_not_never(self) -> None:
        given = accounts({"name": "a", "last_logon": None})
        given["directory_object"] = [{"kind": "user", "object_id": "x", "collected": days(1)}]
        assert people("ID-02", given) == ("BLIND", set())


class TestMachines:
    def protected(self, *rows: Row) -> dict[str, Any]:
        base = {"enabled": True, "silent": False, "agent": True, "last_seen": days(0.1), "signature": days(0.3)}
        listed = [{**base, "evidence_id": "file-endpoint_agent", "position": n, **row} for n, row in enumerate(rows)]
        return {**accounts(), "protection": listed}

    def test_agents_must_be_there_speak_and_be_current(self) -> None:
        rows: Sequence[Row] = [
            {"entity_id": "fine"},
            {"entity_id": "none", "agent": False},
            {"entity_id": "mute", "last_seen": days(9), "signature": days(9)},
            {"entity_id": "old", "signature": days(2)},
            {"entity_id": "asleep", "agent": False, "silent": True},
            {"entity_id": "off", "agent": False, "enabled": False},
        ]
        assert people("MAL-01", self.protected(*rows)) == ("SILENT_GAP", {"none", "mute", "old"})
        assert people("MAL-01", self.protected(rows[0])) == ("UNDECLARED_GOOD", set())

    def test_an_export_of_last_friday_neither_proves_nor_accuses(self) -> None:
        given = self.protected({"entity_id": "a", "last_seen": days(3.2), "signature": days(3.5)})
        given["evidence"] = [{**row, "exported": days(3)} for row in given["evidence"]]
        given["endpoint_agent"] = [{"last_seen": days(3.2)}]
        assert people("MAL-01", given) == ("BLIND", set())

    def test_backups_hold_the_strictest_loss_or_fail(self) -> None:
        base = {
            "application": "EHR",
            "maximum_loss": 24.0,
            "in_catalogue": True,
            "last_good": days(0.5),
            "failures_in_a_row": 0,
        }
        rows = [
            {"entity_id": "fine"},
            {"entity_id": "late", "last_good": days(2)},
            {"entity_id": "absent", "in_catalogue": False, "last_good": None},
            {"entity_id": "failing", "failures_in_a_row": 3},
            {"entity_id": "stumbled", "failures_in_a_row": 2},
        ]
        given = {**accounts(), "backup_state": [{**base, "evidence_id": "file-backup_job", **row} for row in rows]}
        assert people("BKP-02", given) == ("SILENT_GAP", {"late", "absent", "failing"})
        silent = {**given, "backup_state": [{**base, "entity_id": "a", "maximum_loss": None}]}
        assert people("BKP-02", silent) == ("BLIND", set())

    def test_a_directory_without_privileged_accounts_lacks_its_groups(self) -> None:
        given = accounts({"name": "a"})
        for name in ("ID-01", "ID-02"):
            row = judged(given, name)["verdict"][0]
            assert (row["verdict"], row["answering"]) == ("BLIND", "directory_member")
