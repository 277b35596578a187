"""Apps in staff's Microsoft accounts: from consents, assignments, the logs, and what was kept."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.records import AppUse
from auditor.source import Denied, FactKind, SourceError
from benchmarks.pretend.microsoft import A1, A5, App, PretendMicrosoft, SignIn, User, guid
from tests.connectors.microsoft.apps_world import (
    AIDE,
    DAY,
    EVENING,
    FORMER,
    GRAPH,
    MERGE,
    OURS,
    STUDENT,
    TALK,
    TEACHER,
    TENTH,
    USERS,
    app,
    configured,
    fact,
    grant,
    pull,
    read,
    source,
    world,
)
from tests.connectors.microsoft.directory_world import DOMAIN, NOW, Waits, group, serving, tenant

# ---- what an app may do ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "scopes", "uses"),
    [
        ("Merge", ["Mail.Send", "openid"], [AppUse.MAIL]),
        ("Merge", ["EWS.AccessAsUser.All"], [AppUse.MAIL]),
        ("Merge", ["Mail.Read", "IMAP.AccessAsUser.All"], [AppUse.SIGN_IN]),
        ("Merge", ["Mail.ReadWrite"], [AppUse.SIGN_IN]),
        ("Book", ["Contacts.ReadWrite"], [AppUse.CONTACTS]),
        ("Book", ["People.Read", "User.Read"], [AppUse.CONTACTS]),
        ("Book", ["User.ReadBasic.All"], [AppUse.CONTACTS]),
        ("Bot", ["ChatMessage.Send"], [AppUse.CHAT]),
        ("Bot", ["Chat.Read"], [AppUse.SIGN_IN]),
        ("Discord", ["User.Read"], [AppUse.MESSAGES]),
        ("Remind.com", ["mail.send"], [AppUse.MAIL, AppUse.MESSAGES]),
        ("Reminders", ["openid"], [AppUse.SIGN_IN]),
        ("Quiz", ["User.Read", "Files.Read"], [AppUse.SIGN_IN]),
    ],
)
def test_scopes_come_to_how_people_are_reached(
    name: str, scopes: list[str], uses: list[AppUse], tmp_path: Path
) -> None:
    found = read(world([app(name)], [grant(TEACHER, app(name), *scopes)]), tmp_path)
    assert found.facts == [fact(TEACHER, app(name), *uses)]


def test_what_an_administrator_let_in_for_everybody_counts_for_who_has_the_app(tmp_path: Path) -> None:
    grants = [grant(TEACHER, MERGE, "User.Read"), grant(None, MERGE, "Mail.Send", "Chat.Create")]
    found = read(world([MERGE], grants), tmp_path)
    assert found.facts == [fact(TEACHER, MERGE, AppUse.MAIL, AppUse.CHAT)]


# ---- whose ---------------------------------------------------------------------------------------


def test_only_accounts_of_staff_that_are_in_use_are_looked_at(tmp_path: Path) -> None:
    found = read(world([MERGE], [grant(who, MERGE) for who in USERS]), tmp_path)
    assert found.facts == [fact(TEACHER, MERGE, AppUse.MAIL), fact(AIDE, MERGE, AppUse.MAIL)]
    for other in (STUDENT, FORMER):
        assert other.upn not in repr(found.pages)
        assert other.id not in repr(found.pages)


def test_a_place_that_means_nobody_is_said(tmp_path: Path) -> None:
    found = read(
        world([MERGE]), tmp_path, users=[{"employee_type": "Staff"}, {"department": "Nowhere"}]
    )
    assert found.note("department nowhere").lost


def test_microsofts_own_mail_programs_and_apps_switched_off_make_no_record(tmp_path: Path) -> None:
    console = app("Graph Explorer", owner_tenant=OURS)
    off, phone = app("Off", enabled=False), app("iOS Accounts")
    grants = [grant(TEACHER, one) for one in (console, off, phone, MERGE)]
    with serving(world([console, off, phone, MERGE], grants)) as microsoft:
        found = pull(microsoft, tmp_path)
        assert [one.app_name for one in found.facts] == ["Merge"]
        for part in ("Microsoft's own", "sign in to any more", "mail program"):
            assert (found.note(part).count, found.note(part).lost) == (1, False)
        own_list = pull(microsoft, tmp_path, mail_programs=["MERGE"])
        assert [one.app_name for one in own_list.facts] == ["iOS Accounts"]


def test_the_name_of_an_app_that_one_account_made_is_that_persons_words(tmp_path: Path) -> None:
    own = tenant(USERS).tenant
    diary, shared = app("zephyrquill notes", owner_tenant=own), app("Timetable", owner_tenant=own)
    grants = [grant(TEACHER, diary), grant(TEACHER, shared), grant(AIDE, shared)]
    found = read(world([diary, shared], grants), tmp_path)
    shown = f"app of the district's own {diary.app_id.partition('-')[0]}"
    assert {one.app_name for one in found.facts} == {shown, "Timetable"}
    assert found.note("shown by number").count == 1


# ---- since when ------------------------------------------------------------------------------------


def test_days_are_the_districts_and_the_assignment_dates_a_consent(tmp_path: Path) -> None:
    old = datetime(2024, 9, 2, 3, tzinfo=UTC)
    found = read(world([MERGE], [grant(TEACHER, MERGE, at=old)]), tmp_path)
    assert found.facts == [fact(TEACHER, MERGE, AppUse.MAIL, since=date(2024, 9, 1))]


def test_without_an_assignment_the_audit_log_dates_it_or_nothing_does(tmp_path: Path) -> None:
    grants = [
        grant(TEACHER, MERGE, assigned=False),
        grant(TEACHER, TALK, at=NOW - 60 * DAY, assigned=False),
    ]
    found = read(world([MERGE, TALK], grants), tmp_path)
    assert {one.app_name: one.granted_on for one in found.facts} == {"Merge": TENTH, "Talk": None}


def test_what_was_told_once_stays_told_and_what_is_new_has_come_since(tmp_path: Path) -> None:
    early = grant(TEACHER, MERGE, assigned=False)
    silent = grant(AIDE, TALK, at=NOW - 60 * DAY, assigned=False)
    with serving(world([MERGE, TALK], [early, silent])) as microsoft:
        first = pull(microsoft, tmp_path)
        # nothing tells of them any more, and one more is there that no log knows
        late = replace(early, at=NOW - 60 * DAY)
        new = grant(TEACHER, TALK, at=NOW - 60 * DAY, assigned=False)
        microsoft.world = world([MERGE, TALK], [late, silent, new])
        second = pull(microsoft, tmp_path, first.marks())
    told = {(one.person.email, one.app_name): one.granted_on for one in second.facts}
    assert told == {
        (TEACHER.upn, "Merge"): TENTH,
        (TEACHER.upn, "Talk"): date(2026, 11, 24),
        (AIDE.upn, "Talk"): None,
    }
    # an account nothing changed in is not marked again
    assert {mark.unit for page in second.pages for mark in page.marks} == {TEACHER.id, "sign-ins"}


def test_an_app_that_was_shut_out_is_gone_and_comes_again_as_new(tmp_path: Path) -> None:
    one = grant(TEACHER, MERGE, assigned=False)
    with serving(world([MERGE], [one])) as microsoft:
        first = pull(microsoft, tmp_path)
        microsoft.world = world([MERGE], [replace(one, revoked_at=NOW - DAY)])
        second = pull(microsoft, tmp_path, first.marks())
        assert second.facts == []
        microsoft.world = world([MERGE], [replace(one, at=NOW - timedelta(minutes=5))])
        third = pull(microsoft, tmp_path, second.marks(first.marks()))
        assert third.facts == [fact(TEACHER, MERGE, AppUse.MAIL, since=date(2026, 11, 24))]


def test_of_who_left_nothing_is_kept(tmp_path: Path) -> None:
    with serving(world([MERGE], [grant(TEACHER, MERGE)])) as microsoft:
        kept = pull(microsoft, tmp_path).marks()
        assert TEACHER.upn in kept[TEACHER.id]  # by which an erasure finds it
        microsoft.world = replace(microsoft.world, users=(AIDE,))
        again = pull(microsoft, tmp_path, kept)
    assert again.marks(kept).keys() == {AIDE.id, "sign-ins"}


# ---- assignments and sign-ins --------------------------------------------------------------------


def signed(who: User, what: App, at: datetime = EVENING + 9 * DAY, error: int = 0) -> SignIn:
    return SignIn(at, who.upn, what.id, error)


def test_an_app_that_was_assigned_by_name_is_in_the_account_and_a_group_is_only_said(
    tmp_path: Path,
) -> None:
    given = replace(TALK, assigned=((AIDE.upn, EVENING), (f"staff@{DOMAIN}", EVENING)))
    served = world([given], [grant(None, given, "ChatMessage.Send")], groups=(group("staff"),))
    found = read(served, tmp_path)
    assert found.facts == [fact(AIDE, TALK, AppUse.CHAT)]
    assert found.note("group that an app is assigned to").count == 1


def test_sign_ins_show_apps_that_nobody_let_in_by_name(tmp_path: Path) -> None:
    saml = app("GroupMe")
    served = world(
        [MERGE, saml],
        [grant(None, MERGE)],
        sign_ins=(
            signed(TEACHER, MERGE),
            signed(TEACHER, MERGE, at=EVENING + 8 * DAY),
            signed(AIDE, MERGE, error=50105),
            signed(AIDE, saml),
            signed(STUDENT, saml),
            signed(AIDE, GRAPH),
        ),
    )
    found = read(replace(served, apps=(replace(GRAPH, owner_tenant=OURS), MERGE, saml)), tmp_path)
    assert found.facts == [
        fact(TEACHER, MERGE, AppUse.MAIL, since=date(2026, 11, 18)),
        fact(AIDE, saml, AppUse.MESSAGES, since=date(2026, 11, 19)),
    ]
    assert found.notes == {}


def test_the_log_is_read_on_from_where_it_ended_and_a_use_is_kept(tmp_path: Path) -> None:
    served = world([MERGE], [grant(None, MERGE)], sign_ins=(signed(TEACHER, MERGE),))
    with serving(served) as microsoft:
        first = pull(microsoft, tmp_path)
        kept = first.marks()
        microsoft.world = replace(served, sign_ins=())
        second = pull(microsoft, tmp_path, kept)
        assert second.facts == first.facts == [
            fact(TEACHER, MERGE, AppUse.MAIL, since=date(2026, 11, 19))
        ]
        asked = [one.query["$filter"] for one in microsoft.asked if one.endpoint == "signIns.list"]
        assert asked == [
            "createdDateTime ge 2026-11-17T06:30:00Z",
            "createdDateTime ge 2026-11-24T00:30:00Z",
        ]
        long_ago = {**kept, TEACHER.id: kept[TEACHER.id].replace('"2026-11-19"]', '"2026-05-01"]')}
        assert long_ago != kept
        assert pull(microsoft, tmp_path, long_ago).facts == []
        forgotten = {**kept, "sign-ins": (NOW - 45 * DAY).isoformat()}
        assert pull(microsoft, tmp_path, forgotten).note("no further back").lost


def test_without_the_licence_for_sign_ins_that_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    served = world([MERGE, TALK], [grant(TEACHER, MERGE), grant(None, TALK)], edition=replace(A1, audits=1_000))
    with serving(served) as microsoft:
        found = pull(microsoft, tmp_path)
        assert found.facts == [fact(TEACHER, MERGE, AppUse.MAIL)]
        assert not found.note("licence").lost
        assert found.note("let in for everybody: who uses it").count == 1
        assert "sign-ins" not in found.marks()
        (*_, said) = source(microsoft, tmp_path).check()
        assert said.ok
        assert "Entra ID P1" in said.text


def test_what_sign_ins_are_not_wanted_for_is_not_asked(tmp_path: Path) -> None:
    with serving(world([MERGE], [grant(None, MERGE)])) as microsoft:
        found = pull(microsoft, tmp_path, sign_ins=False)
        assert found.note("let in for everybody: who uses it").count == 1
        assert microsoft.count("signIns.list") == 0


# ---- what goes wrong --------------------------------------------------------------------------------

LISTS = (
    "servicePrincipals.list", "oauth2PermissionGrants.list", "directoryAudits.list",
    "signIns.list", "organization.list", "users.list",
)  # fmt: skip


@pytest.mark.parametrize("endpoint", LISTS)
@pytest.mark.parametrize("kind", ["503", "404", "400", "login page"])
def test_without_one_of_its_lists_nothing_is_delivered(
    endpoint: str, kind: str, tmp_path: Path
) -> None:
    with serving(world([MERGE], [grant(TEACHER, MERGE)])) as microsoft:
        microsoft.faults.plan(endpoint, kind, times=99)
        with pytest.raises(SourceError):
            pull(microsoft, tmp_path)


@pytest.mark.parametrize("kind", ["401", "403"])
def test_a_log_of_sign_ins_that_is_refused_is_no_missing_licence(kind: str, tmp_path: Path) -> None:
    with serving(world([MERGE], [grant(TEACHER, MERGE)])) as microsoft:
        microsoft.faults.plan("signIns.list", kind)
        with pytest.raises(Denied):
            pull(microsoft, tmp_path)


@pytest.mark.parametrize("kind", ["503", "429 retry after", "body cut", "item twice", "connection reset"])
def test_what_passes_changes_nothing(kind: str, tmp_path: Path) -> None:
    served = world(
        [MERGE, TALK],
        [grant(TEACHER, MERGE), grant(None, TALK, "Chat.Create")],
        sign_ins=(signed(AIDE, TALK),),
    )
    with serving(served) as microsoft:
        for endpoint in (*LISTS, "servicePrincipals.appRoleAssignedTo"):
            microsoft.faults.plan(endpoint, kind)
        assert pull(microsoft, tmp_path).facts == [
            fact(TEACHER, MERGE, AppUse.MAIL),
            fact(AIDE, TALK, AppUse.CHAT, since=date(2026, 11, 19)),
        ]


@pytest.mark.parametrize("kind", ["403", "404"])
def test_an_app_whose_assignments_cannot_be_asked_for_goes_by_the_log(
    kind: str, tmp_path: Path
) -> None:
    served = world([MERGE, TALK], [grant(TEACHER, MERGE), grant(TEACHER, TALK)])
    with serving(served) as microsoft:
        endpoint = "servicePrincipals.appRoleAssignedTo"
        where = lambda request: MERGE.id in request.path  # noqa: E731  (one word of a plan)
        microsoft.faults.plan(endpoint, kind, times=99, where=where)
        found = pull(microsoft, tmp_path)
        assert {one.app_name: one.granted_on for one in found.facts} == {
            "Merge": TENTH, "Talk": TENTH,
        }  # fmt: skip
        note = found.note("assignments could not be asked")
        assert (note.count, note.lost) == (1, True)
        microsoft.faults.plan(endpoint, kind, times=99)
        with pytest.raises(SourceError):
            pull(microsoft, tmp_path)


def test_the_logs_are_asked_no_faster_than_they_allow(tmp_path: Path) -> None:
    rows = tuple(signed(TEACHER, MERGE, NOW - timedelta(minutes=n)) for n in range(1, 5_500))
    served, waits = world([MERGE], [], sign_ins=rows, edition=A5), Waits()
    began = time.time()
    with PretendMicrosoft(served, now=NOW, clock=lambda: began + sum(waits.slept)) as microsoft:
        found = pull(microsoft, tmp_path, waits=waits)
        assert microsoft.count("signIns.list") == 6
        assert not any(one.status == 429 for one in microsoft.asked)
    assert found.facts == [fact(TEACHER, MERGE, AppUse.SIGN_IN, since=date(2026, 11, 20))]


def test_a_token_that_may_more_is_refused(tmp_path: Path) -> None:
    with serving(world([MERGE])) as microsoft:
        microsoft.consented.add("Mail.Send")
        with pytest.raises(Denied, match=r"Mail\.Send"):
            pull(microsoft, tmp_path)


# ---- settings and check ----------------------------------------------------------------------------


def test_check_says_what_is_granted_and_asks_for_no_app(tmp_path: Path) -> None:
    with serving(world([MERGE])) as microsoft:
        one = source(microsoft, tmp_path)
        assert one.provides == {FactKind.APP_GRANTS}
        assert [(line.ok, line.text) for line in one.check()] == [
            (True, "permissions as needed: User.Read.All, Directory.Read.All, AuditLog.Read.All"),
            (True, "employee_type staff: 3 accounts"),
            (True, "log of sign-ins: it may be read"),
        ]
        nobody = [{"department": "Nowhere"}]
        assert [line.ok for line in source(microsoft, tmp_path, users=nobody).check()] == [
            True, False, True,
        ]  # fmt: skip
        microsoft.consented.discard("AuditLog.Read.All")
        (missing,) = source(microsoft, tmp_path).check()
        assert (missing.ok, "AuditLog.Read.All" in missing.text) == (False, True)
        assert microsoft.count("servicePrincipals.list") == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"users": None}, "users must be a list"),
        ({"mail_programs": [7]}, "mail_programs must be a list of texts"),
        ({"sign_ins": "yes"}, "sign_ins must be true or false"),
        ({"threads": 9}, "threads must be a whole number from 1 to 4"),
        ({"tokens": True}, "tokens is no setting of microsoft-apps"),
    ],
)
def test_a_mistake_in_the_settings_is_named(
    settings: dict[str, Any], said: str, tmp_path: Path
) -> None:
    given = {
        "tenant": "marlow.example", "client": guid("app"), "certificate": "cert.pem",
        "users": [{"employee_type": "Staff"}], **settings,
    }  # fmt: skip
    given = {name: value for name, value in given.items() if value is not None}
    with pytest.raises(ValueError, match=said):
        configured(tmp_path, given)
