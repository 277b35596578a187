"""One school's Schoology on this machine: ``with PretendSchoology(world) as schoology:``.

It shows what its documents say: lists by ``start`` and ``limit``, private messages of nobody but
the caller, threads as they last stood. What would change anything is counted (``changes``), and so
is what marks a message as read.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.pretend.faults import Faults, Paging
from benchmarks.pretend.schoology.tokens import KEY, SECRET, Grants, Refused
from benchmarks.pretend.schoology.world import ROLES, Place, Update, User, World
from benchmarks.pretend.serving import JSON, Answering, Reply, Request
from benchmarks.pretend.standing import StandIn

_ROUTES: tuple[tuple[str, str], ...] = (
    ("oauth.request_token", r"oauth/request_token"),
    ("oauth.access_token", r"oauth/access_token"),
    ("users.me", r"users/me"),
    ("users.list", r"users"),
    ("users.inactive", r"users/inactive"),
    ("users.get", r"users/(?P<id>\d+)"),
    ("roles.list", r"roles"),
    ("schools.list", r"schools"),
    ("schools.buildings", r"schools/(?P<id>\d+)/buildings"),
    ("courses.list", r"courses"),
    ("courses.sections", r"courses/(?P<id>\d+)/sections"),
    ("groups.list", r"groups"),
    ("enrollments.list", r"(?P<realm>sections|groups)/(?P<id>\d+)/enrollments"),
    ("updates.list", r"(?P<realm>sections|groups)/(?P<id>\d+)/updates"),
    (
        "comments.list",
        r"(?P<realm>sections|groups)/(?P<id>\d+)/updates/(?P<update>\d+)/comments",
    ),
    ("messages.sent", r"messages/sent"),
    ("messages.get", r"messages/(?P<id>\d+)"),
)
_USUAL, _MOST = 20, 200


class PretendSchoology(StandIn):
    """Serves a world until left. ``now`` is the pretended moment, which may be set."""

    def __init__(
        self,
        world: World,
        *,
        now: datetime | None = None,
        clock: Callable[[], float] = time.time,
        personal: bool = False,
        most: int = _MOST,
    ) -> None:
        """``personal``: the key is a person's own and no app's. ``most``: records on a page."""
        paging = Paging("start", "links", leaves_out=False, written=self._links)
        super().__init__(Faults(_refusal, paging), now=now or world.ends, clock=clock)
        self.world = world
        self.personal = personal
        self.most = most
        self.grants = Grants()
        self.changes: list[str] = []
        """Every question that would have changed something, by method and path."""
        self.hidden: set[str] = set()
        """Paths below ``/v1/`` that this key is not shown."""

    @property
    def endpoint(self) -> str:
        return f"{self.base}/v1"

    @property
    def key(self) -> str:
        return KEY

    def secret_file(self, folder: Path) -> Path:
        """Write ``secret``, as an administrator would put it down."""
        return _private(folder / "secret", f"{SECRET}\n")

    def token_file(self, folder: Path, uid: str, owner: str = "") -> Path:
        """Write a token that a user granted, in a folder of tokens."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _private(folder / uid, "\n".join(self.grants.give(owner or uid)) + "\n")

    # ---- answering ---------------------------------------------------------------------------

    def _links(self, request: Request, token: str) -> dict[str, str]:
        return {"self": "", "next": f"http://api.schoology.example{request.path}?start={token}"}

    def _route(self, request: Request) -> tuple[str, Answering]:
        if request.path == "/pretend/now":
            return "pretend.now", self._set_now
        path = request.path.removeprefix("/v1/")
        for name, pattern in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match is not None and request.path.startswith("/v1/"):
                return name, partial(self._called, name, path, match.groupdict())
        return "", _nowhere

    def _called(self, name: str, path: str, found: dict[str, str], request: Request) -> Reply:
        if name == "oauth.request_token":
            return self.grants.request_token(request)
        if name == "oauth.access_token":
            return self.grants.access_token(request)
        caller = self.grants.asks(request)
        if request.method != "GET":
            self.changes.append(f"{request.method} {request.path}")
            raise Refused(403, "this pretended service is asked only")
        if path in self.hidden:
            raise Refused(403)
        me = caller or self.world.owner
        own = name.startswith(("users.me", "messages")) or found.get("id") == me
        if self.personal and not caller and not own:
            raise Refused(401)
        if name == "users.me":
            where = {"Location": f"{self.base}/v1/users/{me}", **JSON}
            return Reply(b"", 303, where)
        document = self._document(name, found, request, me)
        return Reply(json.dumps(document).encode())

    def _document(self, name: str, found: dict[str, str], request: Request, me: str) -> Any:
        world = self.world
        if name == "users.get":
            return _user(self._there(world.user(found["id"])), world)
        if name in ("users.list", "users.inactive"):
            users = [u for u in world.users if u.inactive == (name == "users.inactive")]
            return self._list(request, "user", [_user(user, world) for user in users])
        if name in ("roles.list", "schools.list", "schools.buildings"):
            return self._of_school(name, request)
        if name in ("courses.list", "courses.sections", "groups.list"):
            return self._places(name, found, request)
        if name == "messages.sent":
            return self._sent(request, me)
        if name == "messages.get":
            if request.query.get("keep_unread", "").upper() != "TRUE":
                self.changes.append(f"marked as read: {found['id']}")
            return {"message": [{"id": int(found["id"]), "message": world.canary}]}
        return self._of_place(name, found, request)

    def _of_school(self, name: str, request: Request) -> Any:
        world = self.world
        if name == "schools.list":
            return self._list(request, "school", [{"id": world.school, "title": world.name}])
        if name == "schools.buildings":
            rows = [
                {"id": b.id, "title": b.title, "building_code": b.code} for b in world.buildings
            ]
            return {"building": rows}
        roles = [
            {"id": number, "title": title, "faculty": faculty, "role_type": 1}
            for title, (number, faculty) in ROLES.items()
        ]
        return {"role": roles}

    def _places(self, name: str, found: dict[str, str], request: Request) -> Any:
        world = self.world
        if name == "courses.list":
            courses = {p.course: p for p in world.sections}
            rows = [
                {"id": id_, "title": f"Course {id_}", "building_id": p.building}
                for id_, p in courses.items()
            ]
            return self._list(request, "course", rows)
        if name == "courses.sections":
            past = request.query.get("include_past") == "1"
            places = [p for p in world.sections if p.course == found["id"] and (past or p.active)]
            return self._list(request, "section", [_section(p) for p in places])
        groups = [
            {"id": p.id, "title": p.title, "building_id": p.building, "description": world.canary}
            for p in world.groups
        ]
        return self._list(request, "group", groups)

    def _of_place(self, name: str, found: dict[str, str], request: Request) -> Any:
        places = self.world.sections if found["realm"] == "sections" else self.world.groups
        place: Place = self._there(next((p for p in places if p.id == found["id"]), None))
        if name == "enrollments.list":
            rows = [
                {
                    "id": f"9{n}",
                    "uid": seat.uid,
                    "admin": int(seat.leads),
                    "status": seat.status,
                    "name_display": self.world.canary,
                }
                for n, seat in enumerate(place.seats)
            ]
            return self._list(request, "enrollment", rows)
        here = [update for update in place.updates if update.at <= self.now]
        if name == "updates.list":
            newest = sorted(here, key=lambda one: one.at, reverse=True)
            rows = [self._update(one) for one in newest]
            return self._list(request, "update", rows, total=False)
        update: Update = self._there(next((u for u in here if u.id == found["update"]), None))
        rows = [
            {
                "id": int(c.id),
                "uid": int(c.uid),
                "created": int(c.at.timestamp()),
                "comment": self.world.canary,
                "status": 1,
            }
            for c in update.comments
            if c.at <= self.now
        ]
        return self._list(request, "comment", rows, total=False)

    def _update(self, update: Update) -> dict[str, Any]:
        return {
            "id": int(update.id),
            "body": f"About {self.world.canary}",
            "uid": int(update.uid),
            "created": int(update.at.timestamp()),
            "num_comments": sum(comment.at <= self.now for comment in update.comments),
        }

    def _sent(self, request: Request, me: str) -> Any:
        threads = {
            sent.thread: sent
            for sent in sorted(self.world.sent, key=lambda one: one.at)
            if sent.author == me and sent.at <= self.now
        }
        newest = sorted(threads.values(), key=lambda one: one.at, reverse=True)
        rows = [
            {
                "id": int(one.thread),
                "subject": f"About {self.world.canary}",
                "recipient_ids": ",".join(one.recipients),
                "last_updated": int(one.at.timestamp()),
                "mid": None,
                "author_id": int(one.author),
                "message_status": "read",
                "message": None,
            }
            for one in newest
        ]
        document = self._list(request, "message", rows, total=False)
        return {**document, "unread_count": "0"}

    def _list(
        self, request: Request, items: str, rows: list[dict[str, Any]], *, total: bool = True
    ) -> dict[str, Any]:
        start = request.query.get("start", "0")
        limit = request.query.get("limit", str(_USUAL))
        if not (start.isdecimal() and limit.isdecimal()):
            raise Refused(400, "start and limit are numbers")
        size = min(int(limit), self.most)
        shown = rows[int(start) : int(start) + size]
        links: dict[str, Any] = {"self": ""}
        if int(start) + size < len(rows):
            links = self._links(request, f"{int(start) + size}&limit={size}")
        told = {"total": str(len(rows))} if total else {}
        return {items: shown, **told, "links": links}

    @staticmethod
    def _there(found: Any) -> Any:
        if found is None:
            raise Refused(404)
        return found


def _user(user: User, world: World) -> dict[str, Any]:
    return {
        "uid": user.uid,
        "id": int(user.uid),
        "school_id": int(world.school),
        "school_uid": user.school_uid,
        "building_id": int(user.building or world.school),
        "name_first": user.given,
        "name_first_preferred": "",
        "name_last": user.family,
        "username": user.email.partition("@")[0],
        "primary_email": user.email,
        "role_id": int(ROLES[user.role][0]),
        "parents": None,
        "child_uids": ",".join(user.children) or None,
        "bio": world.canary,
    }


def _section(place: Place) -> dict[str, Any]:
    course, _, section = place.title.partition(": ")
    return {
        "id": place.id,
        "course_title": course,
        "section_title": section,
        "course_id": place.course,
        "active": int(place.active),
    }


def _refusal(status: int, reason: str) -> Reply:
    return Refused(status, reason).reply()


def _nowhere(request: Request) -> Reply:
    raise Refused(404, request.path)


def _private(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path


