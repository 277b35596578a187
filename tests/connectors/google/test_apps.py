"""Apps in staff's accounts: from the log of tokens, and from what each account holds now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from auditor.model import PersonRef
from auditor.records import AppGrant, AppUse
from auditor.source import FactKind, Note, SourceContext, SourceError, Window
from benchmarks.pretend.google import ADMIN, SCOPE, LogRow, PretendGoogle, User
from benchmarks.pretend.google.world import Grant
from connectors.google.apps import GoogleApps
from tests.connectors.google.directory_world import account
from tests.connectors.google.logs_world import NOW, RULES, ZONE, Ticking, row, serving

STAFF = "/Staff/Alder High"
TEACHER = account("ana.reyes", aliases=("a.reyes@marlow.example",))
AIDE = account("ben.ode")
STUDENT = account("kit.lowe", "/Students")
FORMER = account("lee.old", suspended_at=datetime(2026, 6, 1, tzinfo=UTC))
USERS = (TEACHER, AIDE, STUDENT, FORMER)
EVENING = datetime(2026, 10, 2, 1, 30, tzinfo=UTC)
"""Half past nine in the evening of October 1 in the district."""
DAY = date(2026, 10, 1)
SEND = "https://www.googleapis.com/auth/gmail.send"
CONTACTS = "https://www.googleapis.com/auth/contacts.readonly"
CHAT = "https://www.googleapis.com/auth/chat.messages.create"
PROFILE = "https://www.googleapis.com/auth/userinfo.email"


def grant(
    who: User, app: str, *scopes: str, at: datetime = EVENING, event: str = "authorize", **more: Any
) -> LogRow:
    told = {"app_name": app, "client_id": f"{app.casefold()}.apps", "scope": list(scopes), **more}
    return row("token", event, who.email, at, **told)


def source(google: PretendGoogle, folder: Path, **settings: Any) -> GoogleApps:
    given = {
        "admin": ADMIN,
        "key": str(google.key_file(folder)),
        "endpoint": google.base,
        "staff": ["/Staff"],
        **settings,
    }
    context = SourceContext("apps", "Apps", ZONE, RULES, str(folder), given)
    ticking: Ticking = google.ticking  # type: ignore[attr-defined]  # set by ``serving``
    return GoogleApps(context, clock=ticking.clock(), random=Random(7))


def pull(one: GoogleApps) -> tuple[list[AppGrant], dict[str, Note], list[str | None]]:
    """Return the facts, the notes by their text and the fields for which rows were set aside."""
    pages = list(one.pull(Window(NOW.date(), NOW.date())))
    facts = [fact for page in pages for fact in page.facts]
    assert all(isinstance(fact, AppGrant) for fact in facts)
    assert "zephyrquill" not in repr(pages)
    return (
        [fact for fact in facts if isinstance(fact, AppGrant)],
        {note.text: note for page in pages for note in page.notes},
        [bad.field for page in pages for bad in page.rejected],
    )


def read(
    rows: Sequence[LogRow], folder: Path, users: Sequence[User] = USERS, **settings: Any
) -> tuple[list[AppGrant], dict[str, Note], list[str | None]]:
    with serving(rows, users=users) as google:
        return pull(source(google, folder, **settings))


def fact(who: User, app: str, *uses: AppUse, **days: date | None) -> AppGrant:
    return AppGrant(
        PersonRef(email=who.email), f"{app.casefold()}.apps", app, uses,
        days.get("since", DAY), days.get("until"),
    )  # fmt: skip


# ---- what an app may do ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("app", "scopes", "uses"),
    [
        ("Merge", [SEND], [AppUse.MAIL]),
        ("Merge", ["https://mail.google.com/"], [AppUse.MAIL]),
        ("Merge", ["https://www.googleapis.com/auth/gmail.readonly"], [AppUse.SIGN_IN]),
        ("Book", [CONTACTS, PROFILE], [AppUse.CONTACTS]),
        ("Book", ["https://www.googleapis.com/auth/directory.readonly"], [AppUse.CONTACTS]),
        ("Bot", [CHAT], [AppUse.CHAT]),
        ("Bot", ["https://www.googleapis.com/auth/chat.messages.readonly"], [AppUse.SIGN_IN]),
        ("Discord", [PROFILE], [AppUse.MESSAGES]),
        ("Remind.com", [SEND], [AppUse.MAIL, AppUse.MESSAGES]),
        ("Reminders", ["openid"], [AppUse.SIGN_IN]),
        ("Quiz", [PROFILE, "https://www.googleapis.com/auth/drive"], [AppUse.SIGN_IN]),
        ("Quiz", [], [AppUse.SIGN_IN]),
    ],
)
def test_scopes_come_to_how_people_are_reached(
    app: str, scopes: list[str], uses: list[AppUse], tmp_path: Path
) -> None:
    (found,), _, _ = read([grant(TEACHER, app, *scopes)], tmp_path)
    assert found == fact(TEACHER, app, *uses)


def test_scopes_may_stand_by_product_alone(tmp_path: Path) -> None:
    data = [{"scope_name": SEND, "product_bucket": ["GMAIL"]}, {"product_bucket": ["OTHER"]}]
    (found,), _, _ = read([grant(TEACHER, "Merge", scope_data=data)], tmp_path)
    assert found.uses == (AppUse.MAIL,)


def test_a_name_is_cut_and_one_that_is_not_told_is_the_number(tmp_path: Path) -> None:
    rows = [
        grant(TEACHER, "a", app_name=f" Talk\n\u202e {'x' * 80}"),
        grant(AIDE, "b", app_name=None),
    ]
    (first, second), _, _ = read(rows, tmp_path)
    assert first.app_name == f"Talk {'x' * 55}"
    assert (second.app_name, second.app_id) == ("b.apps", "b.apps")


# ---- whose, and from when until when -------------------------------------------------------------


def test_only_accounts_of_staff_that_are_in_use_are_looked_at(tmp_path: Path) -> None:
    rows = [grant(who, "Merge", SEND) for who in (AIDE, STUDENT, FORMER, TEACHER)]
    rows.append(replace(grant(TEACHER, "Other", SEND), actor="a.reyes@marlow.example"))
    found, notes, _ = read(rows, tmp_path)
    assert {(f.person.email, f.app_name) for f in found} == {
        (TEACHER.email, "Merge"), (TEACHER.email, "Other"), (AIDE.email, "Merge"),
    }  # fmt: skip
    (others,) = (note for text, note in notes.items() if "not of staff" in text)
    assert others.count == 2
    assert STUDENT.email not in repr((found, notes))


def test_a_row_is_whose_number_it_has_and_else_whose_address(tmp_path: Path) -> None:
    def by(**actor: str) -> dict[str, Any]:
        return {"actor": {"callerType": "USER", **actor}}

    rows = [
        grant(TEACHER, "A", SEND, extra=by(profileId=TEACHER.id, email="new.name@marlow.example")),
        grant(TEACHER, "B", SEND, extra=by(email="A.Reyes@Marlow.example")),
        grant(TEACHER, "C", SEND, extra=by(profileId="105250506097979753968", email=AIDE.email)),
        grant(TEACHER, "D", SEND, extra=by(profileId="1", email=TEACHER.email)),
        grant(TEACHER, "E", SEND, extra=by()),
    ]
    found, _, _ = read(rows, tmp_path)
    assert {(f.person.email, f.app_name) for f in found} == {
        (TEACHER.email, "A"), (TEACHER.email, "B"), (AIDE.email, "C"),
    }  # fmt: skip


def test_days_are_the_districts_and_an_app_let_in_again_is_another_time(tmp_path: Path) -> None:
    hour, week = timedelta(hours=1), timedelta(days=7)
    rows = [
        grant(TEACHER, "Merge", PROFILE),
        grant(TEACHER, "Merge", SEND, at=EVENING + hour),
        grant(TEACHER, "Merge", at=EVENING + week, event="revoke"),
        grant(TEACHER, "Merge", CONTACTS, at=EVENING + 2 * week),
        grant(AIDE, "Merge", event="revoke"),
        grant(AIDE, "Merge", CHAT, at=EVENING + hour, event="activity"),
    ]
    expected = [
        fact(TEACHER, "Merge", AppUse.MAIL, until=date(2026, 10, 8)),
        fact(TEACHER, "Merge", AppUse.CONTACTS, since=date(2026, 10, 15)),
    ]
    assert read(rows, tmp_path)[0] == expected
    assert read(rows[::-1], tmp_path, threads=1)[0] == expected


def test_the_whole_time_of_the_log_is_read_each_night(tmp_path: Path) -> None:
    rows = [
        grant(TEACHER, "New", SEND, at=NOW - timedelta(minutes=20)),
        grant(TEACHER, "Old", SEND, at=NOW - timedelta(days=179)),
        grant(TEACHER, "Older", SEND, at=NOW - timedelta(days=181)),
    ]
    with serving(rows, users=USERS) as google:
        one = source(google, tmp_path)
        found, _, _ = pull(one)
        assert [f.app_name for f in found] == ["Old", "New"]
        assert pull(one)[0] == found
        assert google.count("directory.tokens.list") == 0
        asked = [a.query["eventName"] for a in google.asked if a.endpoint == "reports.activities.list"]
        assert set(asked) == {"authorize", "revoke"}


def test_mail_programs_are_counted_and_a_districts_own_list_takes_their_place(tmp_path: Path) -> None:
    rows = [grant(TEACHER, "iOS Account Manager", SEND), grant(TEACHER, "Merge", SEND)]
    found, notes, _ = read(rows, tmp_path)
    assert [f.app_name for f in found] == ["Merge"]
    assert [n.count for text, n in notes.items() if "mail program" in text] == [1]
    found, _, _ = read(rows, tmp_path, mail_programs=["MERGE"])
    assert [f.app_name for f in found] == ["iOS Account Manager"]


def test_the_name_of_a_script_of_ones_own_is_that_persons_words_and_is_not_kept(tmp_path: Path) -> None:
    script = "https://www.googleapis.com/auth/script.send_mail"
    rows = [
        grant(TEACHER, "Zephyrquill", script, app_name="zephyrquill notes", client_id="77-x.apps"),
        grant(TEACHER, "Add-on", script),
        grant(AIDE, "Add-on", script),
    ]
    found, notes, _ = read(rows, tmp_path)
    assert {(f.app_name, f.uses) for f in found} == {
        ("Apps Script project 77", (AppUse.MAIL,)), ("Add-on", (AppUse.MAIL,)),
    }  # fmt: skip
    assert [n.count for text, n in notes.items() if "script" in text] == [1]


def test_a_row_without_its_app_is_set_aside(tmp_path: Path) -> None:
    found, _, fields = read([grant(TEACHER, "x", app_name=None, client_id=None)], tmp_path)
    assert (found, fields) == ([], ["client_id"])


# ---- what the accounts hold now -------------------------------------------------------------------


def holding(who: User, *apps: tuple[str, str]) -> User:
    """Return the account with these apps in it since long ago; each is (name, scope)."""
    grants = tuple(
        Grant(f"{name.casefold()}.apps", name, (scope,), NOW - timedelta(days=400))
        for name, scope in apps
    )
    return replace(who, grants=grants)


def test_what_an_account_holds_now_decides_and_the_log_dates_it(tmp_path: Path) -> None:
    users = (holding(TEACHER, ("Merge", SEND), ("Old", CHAT)), AIDE, holding(STUDENT, ("x", SEND)))
    rows = [
        grant(TEACHER, "Merge", PROFILE),
        grant(TEACHER, "Gone", SEND),
        grant(TEACHER, "Left", SEND),
        grant(TEACHER, "Left", at=EVENING + timedelta(days=2), event="revoke"),
    ]
    found, notes, _ = read(rows, tmp_path, users, tokens=True)
    assert found == [
        fact(TEACHER, "Old", AppUse.CHAT, since=None),
        fact(TEACHER, "Merge", AppUse.MAIL),
        fact(TEACHER, "Left", AppUse.MAIL, until=date(2026, 10, 3)),
    ]
    assert [n.count for text, n in notes.items() if "no longer holds" in text] == [1]


def test_of_an_account_that_cannot_be_asked_the_log_counts(tmp_path: Path) -> None:
    users = (holding(TEACHER, ("Old", CHAT)), holding(AIDE, ("Book", CONTACTS)))
    with serving([grant(AIDE, "Merge", SEND)], users=users) as google:
        where = lambda request: AIDE.id in request.path  # noqa: E731  (one word of a plan)
        google.faults.plan("directory.tokens.list", "403", times=99, where=where)
        found, notes, _ = pull(source(google, tmp_path, tokens=True))
        assert [f.app_name for f in found] == ["Old", "Merge"]
        (lost,) = (note for note in notes.values() if note.lost)
        assert (lost.count, AIDE.email in lost.text) == (1, False)
        google.faults.plan("directory.tokens.list", "403", times=99)
        with pytest.raises(SourceError):
            pull(source(google, tmp_path, tokens=True))


@pytest.mark.parametrize("kind", ["403", "400", "login page"])
def test_without_the_log_nothing_is_delivered(kind: str, tmp_path: Path) -> None:
    with serving([grant(TEACHER, "Merge", SEND)], users=USERS) as google:
        google.faults.plan("reports.activities.list", kind, times=99)
        with pytest.raises(SourceError):
            pull(source(google, tmp_path))


@pytest.mark.parametrize("kind", ["503", "429 retry after", "body cut", "pages overlap", "item twice"])
def test_what_passes_changes_nothing(kind: str, tmp_path: Path) -> None:
    rows = [grant(TEACHER, "Merge", SEND), grant(AIDE, "Talk", CHAT)]
    with serving(rows, users=USERS) as google:
        google.faults.plan("reports.activities.list", kind)
        found, _, _ = pull(source(google, tmp_path))
    assert found == [fact(TEACHER, "Merge", AppUse.MAIL), fact(AIDE, "Talk", AppUse.CHAT)]


# ---- settings and check ---------------------------------------------------------------------------


def test_check_says_what_is_delegated_and_which_units_there_are(tmp_path: Path) -> None:
    with serving([], users=USERS) as google:
        one = source(google, tmp_path, staff=["/Staff", "/Stuff"])
        assert one.provides == {FactKind.APP_GRANTS}
        told = {result.text: result for result in one.check()}
        assert told["token log: it may be read"].ok
        assert told["/Staff: 3 accounts, 2 in use"].ok
        assert not told["/Stuff: 0 accounts, 0 in use"].ok
        google.delegated.discard(f"{SCOPE}admin.directory.user.security")
        (missing,) = source(google, tmp_path, tokens=True).check()
        assert not missing.ok
        assert "admin.directory.user.security" in missing.text
        google.faults.plan("reports.activities.list", "403")
        (refused,) = (r for r in source(google, tmp_path).check() if not r.ok)
        assert refused.cure


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"staff": None}, "staff must list organizational units"),
        ({"staff": ["Staff"]}, 'each beginning with "/"'),
        ({"staff": "/Staff"}, "staff must be a list of texts"),
        ({"mail_programs": [7]}, "mail_programs must be a list of texts"),
        ({"tokens": "yes"}, "tokens must be true or false"),
        ({"threads": 0}, "threads must be a whole number from 1 to 16"),
    ],
)
def test_a_mistake_in_the_settings_is_named(settings: dict[str, Any], said: str, tmp_path: Path) -> None:
    given = {"admin": ADMIN, "key": "key.json", "staff": ["/Staff"], **settings}
    given = {name: value for name, value in given.items() if value is not None}
    context = SourceContext("apps", "Apps", ZONE, RULES, str(tmp_path), given)
    with pytest.raises(ValueError, match=said):
        GoogleApps(context, clock=Ticking().clock(), random=Random(7))
