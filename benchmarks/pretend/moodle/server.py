"""A Moodle site's web service on this machine: ``with PretendMoodle(world) as moodle:``.

One address for every function, the token in the body, and errors that come as HTTP 200, as Moodle's
own code has them (``message/externallib.php``, ``webservice/lib.php``). Functions that would change
something are there to be counted, not to be called.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from benchmarks.pretend.faults import Faults
from benchmarks.pretend.moodle.world import GROUP, Conversation, Said, User, World
from benchmarks.pretend.serving import Answering, Reply, Request
from benchmarks.pretend.standing import Refusal, StandIn

READING = (
    "core_webservice_get_site_info",
    "core_user_get_users",
    "core_message_get_conversations",
    "core_message_get_conversation_members",
    "core_message_get_conversation_messages",
)
"""What a token may call unless a test says otherwise."""
READ_ALL = "moodle/site:readallmessages"
_NOT_YOURS = "You do not have permission to perform this action."
TOKEN = "6f1ed002ab5595859014ebf0951522d9"
_PATH = "/webservice/rest/server.php"
Parameters = Mapping[str, str]


class Thrown(Refusal):
    """A Moodle exception: an answer of HTTP 200 all the same."""

    def __init__(self, exception: str, code: str) -> None:
        super().__init__(code)
        self.exception, self.code = exception, code

    def reply(self) -> Reply:
        told = {"exception": self.exception, "errorcode": self.code}
        return Reply(json.dumps({**told, "message": f"About {self.code}"}).encode())


class PretendMoodle(StandIn):
    """Serves a site until left. ``now`` is the pretended moment, which may be set."""

    def __init__(
        self,
        world: World,
        *,
        now: datetime | None = None,
        clock: Callable[[], float] = time.time,
        functions: Iterable[str] = READING,
        capabilities: Iterable[str] = (READ_ALL,),
    ) -> None:
        super().__init__(Faults(_refusal), now=now or world.ends, clock=clock)
        self.world = world
        self.functions = list(functions)
        self.capabilities = set(capabilities)
        self.changes: list[str] = []
        """Every function called that is not one for reading."""
        self.throws: dict[str, list[tuple[str, str]]] = {}
        """Function -> (exception, errorcode) of its next answers."""
        self.throws_for: dict[int, tuple[str, str]] = {}
        """Account -> the error with which its conversations are answered."""

    def token_file(self, folder: Path) -> Path:
        """Write ``token``, as an administrator would put it down."""
        path = folder / "token"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"{TOKEN}\n", encoding="utf-8")
        return path

    # ---- answering ---------------------------------------------------------------------------

    def _route(self, request: Request) -> tuple[str, Answering]:
        if request.path == "/pretend/now":
            return "pretend.now", self._set_now
        if request.path != _PATH or request.method != "POST" or request.query:
            return "", _nowhere
        fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        return fields.get("wsfunction", ""), partial(self._called, fields)

    def _called(self, fields: Parameters, request: Request) -> Reply:  # noqa: ARG002  (the shape of an answer)
        function = fields.get("wsfunction", "")
        if fields.get("wstoken") != TOKEN:
            raise Thrown("moodle_exception", "invalidtoken")
        if fields.get("moodlewsrestformat") != "json":
            raise AssertionError("it answers XML")
        if self.throws.get(function):
            raise Thrown(*self.throws[function].pop(0))
        if function not in _HANDLERS:
            self.changes.append(function)
            raise Thrown("dml_missing_record_exception", "invalidrecord")
        if function not in self.functions:
            raise Thrown("webservice_access_exception", "accessexception")
        return Reply(json.dumps(_HANDLERS[function](self, fields)).encode())

    def site_info(self, fields: Parameters) -> Any:  # noqa: ARG002  (the shape of a handler)
        functions = [{"name": name, "version": "2026042000"} for name in self.functions]
        told = {"sitename": self.world.canary, "userid": self.world.owner, "release": "5.2"}
        return {**told, "functions": functions}

    def users(self, fields: Parameters) -> Any:
        if fields.get("criteria[0][key]") != "email" or fields.get("criteria[0][value]") != "%":
            raise Thrown("invalid_parameter_exception", "invalidparameter")
        there = [user for user in self.world.users if not user.deleted]
        return {"users": [self._user(user) for user in there], "warnings": []}

    def courses(self, fields: Parameters) -> Any:  # noqa: ARG002  (the shape of a handler)
        courses = [{"id": one.id, "fullname": one.name} for one in self.world.courses]
        return [{"id": 1, "fullname": self.world.canary}, *courses]

    def enrolled(self, fields: Parameters) -> Any:
        course = next((c for c in self.world.courses if str(c.id) == fields["courseid"]), None)
        if course is None:
            raise Thrown("dml_missing_record_exception", "invalidrecord")
        return [self._user(u) for u in self.world.users if u.id in course.enrolled]

    def conversations(self, fields: Parameters) -> Any:
        user = self._allowed(fields["userid"])
        found = []
        for one in self.world.conversations:
            said = self._said(one, user)
            if user in one.members:
                found.append((said[-1].at.timestamp() if said else 0.0, one, said))
        found.sort(key=lambda row: row[0], reverse=True)
        rows = [self._conversation(one, said, user) for _, one, said in found]
        return {"conversations": _portion(rows, fields)}

    def members(self, fields: Parameters) -> Any:
        user = self._allowed(fields["userid"])
        one = self._of(fields["conversationid"], user)
        rows = [{"id": id_, "fullname": self.world.canary} for id_ in one.members]
        return _portion(rows, fields)

    def messages(self, fields: Parameters) -> Any:
        user = self._allowed(fields["currentuserid"])
        one = self._of(fields["convid"], user)
        since = int(fields.get("timefrom", "0"))
        said = [s for s in self._said(one, user) if int(s.at.timestamp()) >= since]
        if fields.get("newest") == "1":
            said.reverse()
        rows = _portion([self._message(s) for s in said], fields)
        authors = [{"id": id_, "fullname": self.world.canary} for id_ in one.members]
        return {"id": one.id, "members": authors, "messages": rows}

    # ---- what it knows -----------------------------------------------------------------------

    def _allowed(self, given: str) -> int:
        user = int(given)
        if user in self.throws_for:
            raise Thrown(*self.throws_for[user])
        if user != self.world.owner and READ_ALL not in self.capabilities:
            raise Thrown("moodle_exception", _NOT_YOURS)
        return user

    def _of(self, given: str, user: int) -> Conversation:
        one = next((c for c in self.world.conversations if c.id == int(given)), None)
        if one is None or user not in one.members:
            raise Thrown("moodle_exception", "User is not part of conversation.")
        return one

    def _said(self, one: Conversation, user: int) -> list[Said]:
        there = (s for s in one.said if s.at <= self.now and user not in s.deleted_by)
        return sorted(there, key=lambda said: said.at)

    def _conversation(self, one: Conversation, said: list[Said], user: int) -> dict[str, Any]:
        # Of a group the list tells but who wrote last; of two, the other one.
        others = [id_ for id_ in one.members if id_ != user] or [user]
        shown = [said[-1].author] if one.type == GROUP and said else others[:1]
        return {
            "id": one.id,
            "name": self.world.canary,
            "type": one.type,
            "membercount": len(one.members),
            "members": [{"id": id_, "fullname": self.world.canary} for id_ in shown],
            "messages": [self._message(s) for s in said[-1:]],
            "isread": False,
        }

    def _message(self, said: Said) -> dict[str, Any]:
        return {
            "id": said.id,
            "useridfrom": said.author,
            "text": f"<p>About {self.world.canary}</p>",
            "timecreated": int(said.at.timestamp()),
        }

    def _user(self, user: User) -> dict[str, Any]:
        return {
            "id": user.id,
            "username": user.username,
            "firstname": user.given,
            "lastname": user.family,
            "fullname": f"{user.given} {user.family}",
            "email": user.email,
            "idnumber": user.idnumber,
            "suspended": user.suspended,
            "description": self.world.canary,
        }


_HANDLERS: dict[str, Callable[[PretendMoodle, Parameters], Any]] = {
    "core_webservice_get_site_info": PretendMoodle.site_info,
    "core_user_get_users": PretendMoodle.users,
    "core_course_get_courses": PretendMoodle.courses,
    "core_enrol_get_enrolled_users": PretendMoodle.enrolled,
    "core_message_get_conversations": PretendMoodle.conversations,
    "core_message_get_conversation_members": PretendMoodle.members,
    "core_message_get_conversation_messages": PretendMoodle.messages,
}


def _portion(rows: list[Any], fields: Parameters) -> list[Any]:
    start, most = int(fields.get("limitfrom", "0")), int(fields.get("limitnum", "0"))
    return rows[start : start + most] if most else rows[start:]


def _refusal(status: int, reason: str) -> Reply:
    return Reply(reason.encode(), status, {"Content-Type": "text/html; charset=UTF-8"})


def _nowhere(request: Request) -> Reply:
    return Reply(request.path.encode(), 404, {"Content-Type": "text/html; charset=UTF-8"})
