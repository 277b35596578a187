"""What was written in the channels of one team, and whose members read it.

A standard channel is read by the whole team. A private one has members of its own, and a shared one
may have whole teams as members, of other organizations too. Microsoft does not promise that the
export of a team tells of these two kinds: one of which it tells nothing is looked into, and one in
which something was written all the same is a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from auditor.source import SourceError
from connectors.answers import Found
from connectors.microsoft.asking import Graph, listed
from connectors.microsoft.teams.posts import NEWER_KINDS, Export, Exports, Home, NotThere, no_team
from connectors.microsoft.users import text_of

_MOST = "50"
_LEFT_OUT = "something was written in it that the export of its team does not tell of"


def team_ids(graph: Graph) -> list[str]:
    """Return the ids of all teams, in order; raises ``SourceError``. No name is asked for."""
    found: set[str] = set()
    for answer in graph.pages("teams", {"$select": "id"}):
        if not isinstance(answer, Found):
            raise NotThere(
                "Graph has no list of teams",
                where=graph.where,
                cure="The next run asks again; if it stays so, see that the tenant has Teams",
            )
        found |= {text_of(one, "id") for one in listed(answer.document)}
    return sorted(found - {""})


def read_team(exports: Exports, team: str) -> Export:
    """Return what was written in all channels of a team; raises ``SourceError``."""
    graph = exports.graph
    kinds = _kinds(graph, team)
    found = exports.of_team(team)
    told = {*(post.chat for post in found.posts), *(move.chat for move in found.moves)}
    found.homes = {
        channel: home_of_channel(team, channel, kinds.get(channel)) for channel in {*kinds, *told}
    }
    found.moves = [move._replace(chat=found.homes[move.chat].key) for move in found.moves]
    own = (channel for channel, kind in kinds.items() if kind != "standard")
    for channel in sorted(set(own) - told):
        why = _left_out(exports, team, channel)
        if why is not None:
            found.gaps.append((f"channel {channel}", why))
    return found


def _kinds(graph: Graph, team: str) -> dict[str, str]:
    """Return the team's channels with their kinds: standard, private or shared."""
    found: dict[str, str] = {}
    asked = {"$select": "id,membershipType"}
    for answer in graph.pages(f"teams/{team}/channels", asked, headers=NEWER_KINDS):
        if not isinstance(answer, Found):
            raise no_team(graph.where)
        for one in listed(answer.document):
            if text_of(one, "id"):
                found[text_of(one, "id")] = text_of(one, "membershipType")
    return found


def home_of_channel(team: str, channel: str, kind: str | None) -> Home:
    """Return whose members read a channel. One of no known kind is asked for its own."""
    if kind == "standard":
        return Home(team, f"teams/{quote(team, safe='')}/members", f"members of team {team}")
    members = "allMembers" if kind == "shared" else "members"
    return Home(channel, f"{_path(team, channel)}/{members}", f"members of channel {channel}")


def _left_out(exports: Exports, team: str, channel: str) -> str | None:
    """Return why a channel of which the export told nothing is a gap; None if it is none."""
    try:
        answer = exports.graph.get(
            f"{_path(team, channel)}/messages", {"$top": _MOST}, headers=NEWER_KINDS
        )
    except SourceError as error:
        return f"it could not be looked into: {error.what}"
    rows = listed(answer.document) if isinstance(answer, Found) else []
    return _LEFT_OUT if _written_in_window(exports, rows) else None


def _written_in_window(exports: Exports, rows: Iterable[Mapping[str, object]]) -> bool:
    return any(text_of(row, "messageType") == "message" and exports.holds(row) for row in rows)


def _path(team: str, channel: str) -> str:
    return f"teams/{quote(team, safe='')}/channels/{quote(channel, safe='')}"
