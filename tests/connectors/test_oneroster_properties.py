"""Whatever roster is written comes out again, and no bytes make the reader fall over."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.model import ClassMember, GuardianLink, Hat, HatRole, Person
from auditor.source import SourceError
from connectors.oneroster import connect
from tests.connectors.roster_world import (
    Files,
    context,
    csv_text,
    edition_12,
    pull,
    write_folder,
    write_zip,
)

CALM = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")) | st.just(" "),
    min_size=1,
    max_size=12,
).filter(lambda text: text == text.strip())
ids = st.text("abcXYZ0189-_", min_size=1, max_size=6)


@dataclass(frozen=True)
class Someone:
    id: str
    given: str
    family: str
    role: str
    school: str
    agents: tuple[str, ...]
    classes: tuple[str, ...]


@st.composite
def rosters(draw: st.DrawFn) -> list[Someone]:
    """Draw people with unique ids; students point to guardians, both take places in classes."""
    keys = draw(st.lists(ids, min_size=2, max_size=12, unique=True))
    roles = [draw(st.sampled_from(("student", "teacher", "parent"))) for _ in keys]
    parents = [k for k, role in zip(keys, roles, strict=True) if role == "parent"]
    people = []
    for key, role in zip(keys, roles, strict=True):
        agents: list[str] = []
        if role == "student" and parents:
            agents = draw(st.lists(st.sampled_from(parents), unique=True, max_size=2))
        classes = draw(st.lists(st.sampled_from(("c1", "c2")), unique=True))
        people.append(
            Someone(
                key,
                draw(names),
                draw(names),
                role,
                draw(st.sampled_from(("s1", "s2"))),
                tuple(agents),
                tuple(classes) if role != "parent" else (),
            )
        )
    return people


def written(people: list[Someone], edition: str) -> Files:
    schools = [("s1", "Alder", "school"), ("s2", "Birch", "school")]
    head = ["sourcedId", "givenName", "familyName", "email", "agentSourcedIds"]
    users = [[p.id, p.given, p.family, "", ",".join(p.agents)] for p in people]
    files: Files = {}
    if edition == "1.1":
        head += ["role", "orgSourcedIds"]
        users = [[*row, p.role, p.school] for row, p in zip(users, people, strict=True)]
    else:
        files["roles.csv"] = csv_text(
            ("userSourcedId", "role", "orgSourcedId"), [(p.id, p.role, p.school) for p in people]
        )
    places = [(c, p.id, p.role) for p in people for c in p.classes]
    return files | {
        "orgs.csv": csv_text(("sourcedId", "name", "type"), schools),
        "users.csv": csv_text(head, users),
        "classes.csv": csv_text(
            ("sourcedId", "title", "schoolSourcedId"), [("c1", "Art", "s1"), ("c2", "Band", "s2")]
        ),
        "enrollments.csv": csv_text(("classSourcedId", "userSourcedId", "role"), places),
    }


@CALM
@given(rosters(), st.sampled_from(("1.1", "1.2")), st.booleans())
def test_the_people_written_are_the_people_read(
    people: list[Someone], edition: str, zipped: bool
) -> None:
    with TemporaryDirectory() as folder:
        base = Path(folder)
        files = written(people, edition)
        if zipped:
            write_zip(base / "drop/night.zip", files)
        else:
            write_folder(base / "drop", files)
        pulled = pull(connect(context(base)))
    assert pulled.rejected == []
    assert [(p.person_id, p.given_name, p.family_name) for p in pulled.of(Person)] == [
        (p.id, p.given, p.family) for p in people
    ]
    hats = {"student": HatRole.STUDENT, "teacher": HatRole.STAFF, "parent": HatRole.GUARDIAN}
    assert [(h.person.person_id, h.role, h.school_id) for h in pulled.of(Hat)] == [
        (p.id, hats[p.role], p.school) for p in people
    ]
    assert [(m.class_id, m.person.person_id) for m in pulled.of(ClassMember)] == [
        (c, p.id) for p in people for c in p.classes
    ]
    assert [(t.student.person_id, t.guardian.person_id) for t in pulled.of(GuardianLink)] == [
        (p.id, agent) for p in people for agent in p.agents
    ]


@CALM
@given(rosters(), st.lists(st.integers(0, 11), unique=True, max_size=4))
def test_bad_rows_take_no_good_row_with_them(people: list[Someone], spoilt: list[int]) -> None:
    """Spoil some people's rows with an open quotation mark; all others still come out."""
    files = written(people, "1.2")
    lines = files["users.csv"].split("\r\n")
    plain = {n for n in spoilt if n < len(people) and '"' not in lines[n + 1]}
    for n in plain:
        lines[n + 1] = f'"{lines[n + 1]}'
    files["users.csv"] = "\r\n".join(lines)
    kept = [p.id for n, p in enumerate(people) if n not in plain]
    with TemporaryDirectory() as folder:
        write_folder(Path(folder) / "drop", files)
        try:
            pulled = pull(connect(context(Path(folder))))
        except SourceError:
            assert kept == []
            return
    assert [p.person_id for p in pulled.of(Person)] == kept
    lines_rejected = {r.line for r in pulled.rejected if r.file == "users.csv"}
    assert lines_rejected == {n + 2 for n in plain}


@CALM
@given(st.sampled_from(sorted(edition_12())), st.binary(max_size=300), st.integers(0, 400))
def test_garbage_in_a_file_is_refused_or_rejected(name: str, garbage: bytes, at: int) -> None:
    with TemporaryDirectory() as folder:
        write_folder(Path(folder) / "drop", edition_12())
        file = Path(folder) / "drop" / name
        raw = file.read_bytes()
        file.write_bytes(raw[:at] + garbage + raw[at:])
        refused_or_accounted_for(Path(folder))


@CALM
@given(st.binary(max_size=60), st.integers(0, 3_000), st.booleans())
def test_garbage_in_a_zip_is_refused_or_rejected(garbage: bytes, at: int, replace: bool) -> None:
    with TemporaryDirectory() as folder:
        file = write_zip(Path(folder) / "drop/night.zip", edition_12())
        raw = file.read_bytes()
        file.write_bytes(raw[:at] + garbage + raw[at + len(garbage) * replace :])
        refused_or_accounted_for(Path(folder))


@CALM
@given(st.binary(max_size=400))
def test_any_bytes_in_a_zip_are_refused_or_rejected(garbage: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "drop"
        path.mkdir()
        with zipfile.ZipFile(path / "night.zip", "w") as zipped:
            for name in edition_12():
                zipped.writestr(name, garbage)
        refused_or_accounted_for(Path(folder))


def refused_or_accounted_for(base: Path) -> None:
    source = connect(context(base))
    source.check()
    try:
        pulled = pull(source)
    except SourceError as error:
        assert error.where
        assert error.cure
    else:
        assert pulled.of(Person)
        assert pulled.read >= len(pulled.of(Person)) + len(pulled.rejected)
