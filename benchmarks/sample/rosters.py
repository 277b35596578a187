"""Roster files: a OneRoster 1.2 zip and the district's own tables.

OneRoster headings follow the 1EdTech CSV binding as public implementations use them.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from benchmarks.sample.people import Human, People
from benchmarks.sample.planted import Stage
from benchmarks.sample.records import record_tables
from benchmarks.sample.teams import Groups, Place, Team
from benchmarks.sample.writers import CANARY, csv_bytes

_STATE = ("sourcedId", "status", "dateLastModified")
_HEADERS: dict[str, tuple[str, ...]] = {
    "manifest": ("propertyName", "value"),
    "orgs": (*_STATE, "name", "type", "identifier", "parentSourcedId"),
    "users": (
        *_STATE, "enabledUser", "username", "userIds", "givenName", "familyName", "middleName",
        "identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password",
        "userMasterIdentifier", "preferredGivenName", "preferredMiddleName", "preferredFamilyName",
        "primaryOrgSourcedId", "pronouns",
    ),
    "roles": (
        *_STATE, "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId",
        "userProfileSourcedId",
    ),
    "academicSessions": (
        *_STATE, "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear",
    ),
    "classes": (
        *_STATE, "title", "grades", "courseSourcedId", "classCode", "classType", "location",
        "schoolSourcedId", "termSourcedIds", "subjects", "subjectCodes", "periods",
    ),
    "enrollments": (
        *_STATE, "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary",
        "beginDate", "endDate",
    ),
}  # fmt: skip
_ZIP_TIME = (2026, 1, 1, 0, 0, 0)
"""One time for every member, so that a seed always gives the same bytes."""

Row = Sequence[object]


def oneroster(stage: Stage) -> bytes:
    """Return the district as a OneRoster 1.2 CSV zip."""
    people, groups = stage.people, stage.groups
    changed = f"{stage.period.first - timedelta(days=4)}T06:00:00.000Z"
    term = (stage.period.first - timedelta(days=60), stage.period.last + timedelta(days=200))
    tables: dict[str, Iterable[Row]] = {
        "orgs": _orgs(people),
        "users": _users(people),
        "roles": _roles(people),
        "academicSessions": [("YEAR", "School year", "schoolYear", *term, "", term[1].year)],
        "classes": [
            (
                c.class_id,
                c.title,
                "",
                "",
                c.class_id,
                "scheduled",
                "",
                c.school_id,
                "YEAR",
                "",
                "",
                "",
            )
            for c in groups.classes
        ],
        "enrollments": _enrollments(groups, term[0]),
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        manifest = [("manifest.version", "1.0"), ("oneroster.version", "1.2")]
        manifest += [
            (f"file.{name}", "bulk" if name in tables else "absent")
            for name in (*tables, "courses", "demographics", "userProfiles")
        ]
        _add(zipped, "manifest", manifest)
        for name, rows in tables.items():
            _add(zipped, name, ((row[0], "active", changed, *row[1:]) for row in rows))
    return archive.getvalue()


def _add(zipped: zipfile.ZipFile, name: str, rows: Iterable[Row]) -> None:
    member = zipfile.ZipInfo(f"{name}.csv", _ZIP_TIME)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o600 << 16
    zipped.writestr(member, csv_bytes(_HEADERS[name], rows))


def _orgs(people: People) -> list[Row]:
    district: Row = ("marlow", "Marlow Public Schools", "district", "9901", "")
    return [district] + [
        (s.school_id, s.name, "school", f"9901{n:02d}", "marlow")
        for n, s in enumerate(people.schools, start=1)
    ]


def _roster_users(people: People) -> list[Human]:
    return [*people.staff, *people.students, *people.guardians]


def username(human: Human) -> str:
    """Return a name that nobody else has: of staff the mail name, of others the whole address."""
    address = human.email or human.person_id
    outsider = human.role in ("student", "guardian", "parent", "relative")
    return address if outsider else address.partition("@")[0]


def _users(people: People) -> list[Row]:
    return [
        (
            h.person_id,
            "true",
            username(h),
            "",
            h.given,
            h.family,
            "",
            h.person_id,
            h.email or "",
            "",
            "",
            ",".join(h.guardians),
            h.grade or "",
            CANARY if h.role == "student" else "",
            "",
            "",
            "",
            "",
            h.school_id or "marlow",
            "",
        )
        for h in _roster_users(people)
    ]


def _roles(people: People) -> list[Row]:
    rows: list[Row] = [
        (
            f"R-{h.person_id}",
            h.person_id,
            "primary",
            h.role,
            h.starts or "",
            h.ends or "",
            h.school_id or "marlow",
            "",
        )
        for h in _roster_users(people)
    ]
    for part in ("parent-1", "parent-2", "parent-3"):
        parent = people.part(part)
        second: Row = ("secondary", "parent", "", "", parent.school_id or "marlow", "")
        rows.append((f"R2-{parent.person_id}", parent.person_id, *second))
    return rows


def _enrollments(groups: Groups, begins: date) -> list[Row]:
    rows: list[Row] = []
    for c in groups.classes:
        teachers = [c.teacher, *([] if c.second is None else [c.second])]
        seats = [*((t, "teacher") for t in teachers), *((s, "student") for s in c.students)]
        for person, role in seats:
            primary = "true" if person == c.teacher else "false"
            number = f"E{len(rows) + 1}"
            rows.append(
                (number, c.class_id, c.school_id, person.person_id, role, primary, begins, "")
            )
    return rows


# ---- the district's own tables ------------------------------------------------------------


def tables(stage: Stage) -> dict[str, bytes]:
    """Return the canonical CSVs by name, as an office would keep them."""
    groups = stage.groups
    days = ("start", "end")
    approvals = (
        "authorization_id", "ground", "adult", "student", "team", "tool", "granted_by",
        "granted_by_role", "granted_at", "starts_on", "ends_on", "condition", "reason_code",
        "evidence", "requested_by",
    )  # fmt: skip
    naming = ("person_id", "email", "first_name", "last_name", "grade")
    return {
        "people": csv_bytes(
            ("person_id", "role", "school", "first_name", "last_name", "grade", "email", *days),
            _people_rows(stage.people),
        ),
        "teams": csv_bytes(
            ("team_id", "name", "kind", "sport", "level", "school", "season_start", "season_end"),
            (
                (t.team_id, t.name, t.kind, t.sport, t.level, t.school_id, *_season(t))
                for t in groups.teams.values()
            ),
            mark=True,
        ),
        "team_members": csv_bytes(("team_id", *naming, "role", *days), _member_rows(stage)),
        "groups": csv_bytes(
            ("group_email", "member_email", *days),
            ((g, m, "", "") for g, members in groups.lists.items() for m in members),
        ),
        "aliases": csv_bytes(
            ("person_id", "email", *days), ((*alias, "", "") for alias in groups.aliases)
        ),
        "personal_addresses": csv_bytes(
            ("person_id", "kind", "value"), ((i, "email", value) for i, value in stage.personal)
        ),
        "authorizations": csv_bytes(
            approvals,
            (
                (
                    a.authorization_id,
                    a.ground,
                    a.adult,
                    a.student,
                    a.team,
                    a.tool,
                    a.granted_by,
                    a.granted_by_role,
                    a.granted_at.isoformat(),
                    a.starts_on,
                    a.ends_on,
                    a.condition,
                    a.reason_code,
                    a.evidence,
                    a.requested_by,
                )
                for a in stage.approvals
            ),
        ),
        **record_tables(stage),
    }


def _season(team: Team) -> Row:
    return (team.season_start, team.season_end)


def _people_rows(people: People) -> list[Row]:
    return [
        (
            h.person_id,
            h.role,
            h.school_id or "",
            h.given,
            h.family,
            "",
            h.email or "",
            h.starts or "",
            h.ends or "",
        )
        for h in people.extras
    ]


def _member_rows(stage: Stage) -> list[Row]:
    """Name people by id, e-mail or name in turn; one row fits two students and so nobody."""
    students = stage.people.students
    names = Counter((h.given, h.family, h.grade) for h in students)
    homonym = stage.people.part("homonym-a")
    rows: list[Row] = []
    for team in stage.groups.teams.values():
        for place in (*team.leads, *team.members):
            h = place.human
            manner = len(rows) % (3 if names[h.given, h.family, h.grade] == 1 else 2)
            rows.append(_member_row(team, place, 2 if h == homonym else manner))
    twin, team = stage.people.part("twin-a"), stage.groups.teams["chess"]
    naming = ("", "", twin.given, twin.family, twin.grade)
    rows.append((team.team_id, *naming, "manager", "", ""))
    return rows


def _member_row(team: Team, place: Place, manner: int) -> Row:
    h = place.human
    naming: Row = (h.person_id, "", "", "", "")
    if manner == 1:
        naming = ("", h.email or "", "", "", "")
    elif manner == 2:
        naming = ("", "", h.given, h.family, h.grade or "")
    return (team.team_id, *naming, place.role, place.starts or "", place.ends or "")
