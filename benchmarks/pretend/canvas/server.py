"""A Canvas on this machine: inboxes read in other people's names, and nothing changed by it.

``with PretendCanvas(world) as canvas:`` and set ``address`` to ``canvas.base``. ``changes`` holds
whatever a question changed in it, ``acted`` who asked in whose name.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.pretend import pagetokens
from benchmarks.pretend.canvas import answers
from benchmarks.pretend.canvas.quotas import LeakyBuckets
from benchmarks.pretend.canvas.world import Conversation, World
from benchmarks.pretend.faults import Faults, Paging
from benchmarks.pretend.serving import JSON, Answering, Query, Reply, Request
from benchmarks.pretend.standing import Refusal, StandIn

TOO_FAST = b"403 Forbidden (Rate Limit Exceeded)\n"
INVALID = "Invalid as_user_id"
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
_USUAL = 10
_LIST, _NEXT = "canvas list", "canvas next"
"""How a page is written until faults have had their turn: Canvas's own are bare lists."""
_ROUTES = [
    (name, re.compile(rf"/api/v1/{path}"))
    for name, path in (
        ("users.self", r"users/self"),
        ("permissions", r"accounts/(?P<account>[^/]+)/permissions"),
        ("users.list", r"accounts/(?P<account>[^/]+)/users"),
        ("courses.list", r"accounts/(?P<account>[^/]+)/courses"),
        ("enrollments.list", r"courses/(?P<course>\d+)/enrollments"),
        ("submissions.list", r"courses/(?P<course>\d+)/students/submissions"),
        ("conversations.list", r"conversations"),
        ("conversations.get", r"conversations/(?P<conversation>\d+)"),
    )
]


class Refused(Refusal):
    """Canvas says no."""

    def __init__(self, status: int, reason: str = "") -> None:
        super().__init__(status, reason)
        self.status, self.reason = status, reason

    def reply(self) -> Reply:
        return refusal(self.status, self.reason)


def refusal(status: int, reason: str = "") -> Reply:
    """Return a refusal in Canvas's form; too many questions are refused in plain words."""
    if reason.endswith("Exceeded"):
        return Reply(TOO_FAST, status, PLAIN)
    said = reason or {401: "Invalid access token.", 403: "unauthorized", 404: "not found"}.get(
        status, "an error"
    )
    document: dict[str, Any] = {"errors": [{"message": said}], "status": said}
    if reason == INVALID:
        document = {"errors": reason}
    return Reply(json.dumps(document).encode(), status)


class LinkFaults(Faults):
    """Faults of a vendor whose pages are bare lists, with a header that leads to the next."""

    keeps_links = True
    """Whether that header arrives: a proxy may take it away."""

    def spoil(self, endpoint: str, request: Request, reply: Reply) -> Reply:
        spoiled = super().spoil(endpoint, request, reply)
        try:
            document = json.loads(spoiled.body)
        except ValueError:
            return spoiled
        if not isinstance(document, dict) or _LIST not in document:
            return spoiled
        headers = dict(spoiled.headers)
        if self.keeps_links:
            links = {"current": request.path, "next": document.get(_NEXT)}
            told = (f'<{link}>; rel="{rel}"' for rel, link in links.items() if link)
            headers["Link"] = ",".join(told)
        return replace(spoiled, body=json.dumps(document[_LIST]).encode(), headers=headers)


class PretendCanvas(StandIn):
    """Serves a world until left. ``now`` is the pretended moment, which may be set.

    ``clock`` gives seconds since 1970: the bucket drains by it, what is visible goes by ``now``.
    """

    def __init__(
        self,
        world: World,
        *,
        now: datetime | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        paging = Paging("page", _NEXT, leaves_out=False, written=self._link)
        super().__init__(LinkFaults(refusal, paging), now=now or world.ends, clock=clock)
        self.world = world
        self.token = "1~pretended"
        self.bucket = LeakyBuckets()
        self.masquerades = True
        """Whether ``as_user_id`` is heeded at all."""
        self.most = 100
        """Records on one page, however many are asked for."""
        self.refuses_with = 403
        self.changes: list[str] = []
        self.acted: list[tuple[int, int, str]] = []
        self._read: set[tuple[int, int]] = set()
        """(conversation, user) of what was marked as read here."""

    def token_file(self, folder: Path) -> Path:
        """Write ``canvas-token``, readable for its owner only."""
        path = folder / "canvas-token"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(self.token + "\n", "utf-8")
        return path

    # ---- answering ---------------------------------------------------------------------------

    def _route(self, request: Request) -> tuple[str, Answering]:
        if request.path == "/pretend/now":
            return "pretend.now", self._set_now
        for name, pattern in _ROUTES:
            match = pattern.fullmatch(request.path)
            if match is not None and request.method == "GET":
                parts = match.groupdict()
                return name, partial(self._called, name, parts)
        return "", self._changing

    def _subject(self, request: Request) -> str | None:
        return request.query.get("as_user_id")

    def _changing(self, request: Request) -> Reply:
        if request.method != "GET":
            self.changes.append(f"{request.method} {request.path}")
        raise Refused(404)

    def _called(self, name: str, parts: dict[str, str], request: Request) -> Reply:
        if request.header("Authorization") != f"Bearer {self.token}":
            raise Refused(401)
        left = self.bucket.pour(self.token, self.clock())
        if left is None:
            raise Refused(self.refuses_with, "Rate Limit Exceeded")
        with self._lock:
            reader = self._acting(request)
            document = getattr(self, "_" + name.replace(".", "_"))(parts, request, reader)
        headers = {
            **JSON, "X-Request-Cost": str(self.bucket.cost), "X-Rate-Limit-Remaining": str(left)
        }  # fmt: skip
        if isinstance(document, list):
            document = self._page(document, request)
        return Reply(json.dumps(document).encode(), headers=headers)

    def _acting(self, request: Request) -> int:
        """Return in whose name a question is asked; raises ``Refused``."""
        asked = request.query.get("as_user_id")
        if asked is None or not self.masquerades:
            return self.world.owner
        user = self.world.user(int(asked)) if asked.isdigit() else None
        self._need("become_user")
        if user is None or not user.active or user.admin:
            raise Refused(401, INVALID)
        self.acted.append((self.world.owner, user.id, request.path))
        return user.id

    def _need(self, permission: str) -> None:
        if permission not in self.world.permissions:
            raise Refused(401, "user not authorized to perform that action")

    def _page(self, records: list[Any], request: Request) -> dict[str, Any]:
        size = min(int(request.query.get("per_page", _USUAL)), self.most)
        mark = pagetokens.mark_of(request.path, _lasting(request.query))
        begins = 0
        token = request.query.get("page", "")
        if token:
            try:
                begins, given, _ = pagetokens.read(token)
            except ValueError:
                given = ""
            if given != mark:
                raise Refused(400, "bad page")
        page: dict[str, Any] = {_LIST: records[begins : begins + size]}
        if begins + size < len(records):
            page[_NEXT] = self._link(request, pagetokens.write(begins + size, mark, self.now))
        return page

    def _link(self, request: Request, token: str) -> str:
        pairs = [*_lasting(request.query), ("page", token)]
        return f"{self.base}{request.path}?{urlencode(pairs)}"

    # ---- people and courses ------------------------------------------------------------------

    def _users_self(self, parts: dict[str, str], request: Request, reader: int) -> Any:  # noqa: ARG002  (the shape of an answer)
        user = self.world.user(reader)
        assert user is not None
        return answers.user(user, email=False, permissions=self.world.permissions)

    def _permissions(self, parts: dict[str, str], request: Request, reader: int) -> Any:  # noqa: ARG002  (the shape of an answer)
        asked = request.query.all("permissions[]")
        return {name: name in self.world.permissions for name in asked}

    def _users_list(self, parts: dict[str, str], request: Request, reader: int) -> Any:  # noqa: ARG002  (the shape of an answer)
        self._need("read_roster")
        kind = request.query.get("enrollment_type")
        among = None if kind is None else self.world.enrolled_as(kind)
        email = "email" in request.query.all("include[]")
        return [
            answers.user(user, email=email, permissions=self.world.permissions)
            for user in sorted(self.world.users, key=lambda user: user.sortable)
            if user.active and (among is None or user.id in among)
        ]

    def _courses_list(self, parts: dict[str, str], request: Request, reader: int) -> Any:  # noqa: ARG002  (the shape of an answer)
        self._need("read_course_list")
        since = request.query.get("ends_after")
        after = None if since is None else datetime.fromisoformat(since)
        return [
            answers.course(course)
            for course in self.world.courses
            if after is None or course.ended_at is None or course.ended_at > after
        ]

    def _enrollments_list(self, parts: dict[str, str], request: Request, reader: int) -> Any:  # noqa: ARG002  (the shape of an answer)
        course = self._course(parts)
        states = request.query.all("state[]") or ["active", "invited"]
        return [
            answers.enrollment(course, one) for one in course.enrollments if one.state in states
        ]

    def _submissions_list(self, parts: dict[str, str], request: Request, reader: int) -> Any:  # noqa: ARG002  (the shape of an answer)
        self._need("view_all_grades")
        course = self._course(parts)
        comments = "submission_comments" in request.query.all("include[]")
        everybody = "all" in request.query.all("student_ids[]")
        shown = [replace(one, comments=self._shown(one.comments)) for one in course.works]
        return [answers.work(course, one, comments=comments) for one in shown if everybody]

    def _course(self, parts: dict[str, str]) -> Any:
        for course in self.world.courses:
            if str(course.id) == parts["course"]:
                return course
        raise Refused(404)

    def _shown(self, items: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(one for one in items if one.at <= self.now)

    # ---- conversations -----------------------------------------------------------------------

    def _conversations_list(self, parts: dict[str, str], request: Request, reader: int) -> Any:  # noqa: ARG002  (the shape of an answer)
        scope = request.query.get("scope")
        found = []
        for one in self._conversations(reader):
            document = answers.listed_conversation(
                self.world, one, reader, self._state(one, reader)
            )
            received = document["last_message_at"]
            archived = reader in one.archived_by
            own = document["last_authored_message_at"]
            if scope == "sent":
                shown, order = own is not None, own
            elif scope == "archived":
                shown, order = archived and received is not None, received
            else:
                shown, order = not archived and received is not None, received
            if shown:
                found.append((order, one.id, document))
        ordered = sorted(found, key=lambda one: one[:2], reverse=True)
        documents = [document for _, _, document in ordered]
        if request.query.get("include_all_conversation_ids"):  # whatever it says, "false" too
            ids = [document["id"] for document in documents]
            return {"conversations": documents, "conversation_ids": ids}
        return documents

    def _conversations_get(self, parts: dict[str, str], request: Request, reader: int) -> Any:
        wanted = int(parts["conversation"])
        for one in self._conversations(reader, wanted):
            if one.id == wanted:
                keeps = request.query.get("auto_mark_as_read") == "false"
                if self._state(one, reader) == "unread" and not keeps:
                    self.changes.append(f"conversation {one.id} marked as read for {reader}")
                    self._read.add((one.id, reader))
                state = self._state(one, reader)
                return answers.conversation(self.world, one, reader, state)
        raise Refused(404)

    def _conversations(self, reader: int, only: int | None = None) -> list[Conversation]:
        """Return what somebody has of their conversations at this moment."""
        known = (
            one
            if one.letters[-1].at <= self.now
            else replace(one, letters=self._shown(one.letters))
            for one in self.world.conversations_of(reader)
            if only is None or one.id == only
        )
        return [one for one in known if one.visible(reader)]

    def _state(self, one: Conversation, reader: int) -> str:
        if reader in one.archived_by:
            return "archived"
        own = one.letters[-1].author == reader
        seen = own or reader in one.read_by or (one.id, reader) in self._read
        return "read" if seen else "unread"


def _lasting(query: Query) -> list[tuple[str, str]]:
    return [pair for pair in query.pairs if pair[0] != "page"]
