"""The five rules in plain pandas: what an analyst would write without the audit, as a yardstick.

It reads the same files and the same directory and shares no code with the audit: it is also a
second opinion, for it must find the same messages. The numbers shown beside a hit ("a reply",
"reached 9 of 15") are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks.plain_contacts import (
    MESSAGE_COLUMNS,
    NONE,
    PARTY_COLUMNS,
    addresses_by_day,
    contacts,
    everybody,
    holding,
    one_row_each,
    people,
    read,
    with_students,
    without_names,
)

RULES = (
    "adult-dropped-mid-thread",
    "coach-partial-team",
    "direct-no-adult",
    "personal-address-traffic",
    "two-person-space",
)
"""The rules this yardstick answers: those over contacts alone, which cost most."""
HIT = ["message_key", "adult_key", "student_key", "team_key", "sent_by_adult", "uncertain"]
Rows = frozenset[tuple[int | None, ...]]
_LEADS = ["head_coach", "assistant_coach", "volunteer_coach", "adviser"]
_ROSTERED = ["athlete", "member"]


@dataclass(frozen=True, slots=True)
class Question:
    """Which messages to judge. Both days are judged; days are local days since 1970-01-01."""

    message_files: Sequence[Path]
    party_files: Sequence[Path]
    directory: Mapping[str, pd.DataFrame]
    first_day: int
    last_day: int
    whole_team_minutes: int = 1440
    minimum_messages: int = 1


def answer(asked: Question) -> dict[str, pd.DataFrame]:
    """Return the hits of each rule: rows of ``HIT``, with ``NONE`` for a missing key."""
    directory = asked.directory
    addresses = addresses_by_day(directory)
    parties = read(asked.party_files, PARTY_COLUMNS)
    copies = read(asked.message_files, MESSAGE_COLUMNS)
    messages = one_row_each(copies)
    messages = with_students(messages, parties, addresses, directory["group_member"])
    parties = without_names(parties, copies)
    party = everybody(parties, messages, directory["group_member"])
    known, unknown = people(party, addresses)
    context = contacts(messages, known, unknown, directory["guardian"])
    judged = context[context["sent_day"].between(asked.first_day, asked.last_day)]
    return {
        "adult-dropped-mid-thread": _adult_dropped(judged, context, known),
        "coach-partial-team": _partial_team(judged, context, known, asked),
        "direct-no-adult": _direct(judged, asked.minimum_messages),
        "personal-address-traffic": _personal(judged, known),
        "two-person-space": _both_sides(judged, _alone(judged, in_space=True), in_space=True),
    }


def rows(hits: pd.DataFrame) -> Rows:
    """Return hits as plain rows, with None for a missing key."""
    return frozenset(
        tuple(None if value == NONE else int(value) for value in row)
        for row in hits[HIT].itertuples(index=False)
    )


# ---- the rules -------------------------------------------------------------------------------


def _alone(judged: pd.DataFrame, *, in_space: bool) -> pd.DataFrame:
    """Return an adult's messages to one student with no other adult."""
    single = (judged["student_key"] != NONE) & ~judged["other_adult"]
    return judged[single & judged["sent_by_adult"] & (judged["in_space"] == in_space)]


_CONVERSATION = ["conversation_key", "adult_key", "student_key"]


def _both_sides(judged: pd.DataFrame, listed: pd.DataFrame, *, in_space: bool) -> pd.DataFrame:
    """Return listed messages and what the student wrote alone in the same conversations."""
    single = (judged["student_key"] != NONE) & ~judged["other_adult"]
    theirs = judged[single & judged["sent_by_student"] & (judged["in_space"] == in_space)]
    theirs = _in_conversation(theirs, listed)
    return _as_hits(pd.concat([listed, theirs.assign(uncertain=False)]))


def _in_conversation(theirs: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    places = listed.loc[listed["conversation_key"] != NONE, _CONVERSATION].drop_duplicates()
    return theirs.merge(places, on=_CONVERSATION)


def _as_hits(found: pd.DataFrame) -> pd.DataFrame:
    return found.assign(team_key=NONE)[HIT]


def _direct(judged: pd.DataFrame, minimum: int) -> pd.DataFrame:
    alone = _alone(judged, in_space=False)
    written = alone.groupby(["adult_key", "student_key"])["message_key"].transform("size")
    return _both_sides(judged, alone[written >= minimum], in_space=False)


def _adult_dropped(
    judged: pd.DataFrame, context: pd.DataFrame, known: pd.DataFrame
) -> pd.DataFrame:
    alone = _alone(judged, in_space=False)
    same = ["conversation_key", "student_key"]
    earlier = alone[alone["conversation_key"] != NONE].merge(
        context[[*same, "message_key", "sent_at", "adult_key", "other_adult"]],
        on=same,
        suffixes=("", "_before"),
    )
    with_others = earlier["other_adult_before"] | (
        earlier["adult_key_before"] != earlier["adult_key"]
    )
    before = earlier["sent_at_before"] < earlier["sent_at"]
    earlier = earlier[before & with_others]
    there = known.loc[
        known["message_key"].isin(earlier["message_key_before"]), ["message_key", "person_key"]
    ].drop_duplicates()
    left_out = earlier.merge(
        there,
        left_on=["message_key_before", "adult_key"],
        right_on=["message_key", "person_key"],
        suffixes=("", "_there"),
    )["message_key"]
    listed = alone[alone["message_key"].isin(left_out)]
    return _both_sides(judged, listed, in_space=False)


def _personal(judged: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    pair = ["message_key", "person_key"]
    used = known.loc[known["kind"] == "personal", pair].drop_duplicates()
    reached = known[known["is_student"] & known["message_key"].isin(used["message_key"])]
    reached = reached[pair].drop_duplicates().rename(columns={"person_key": "student_key"})
    pairs = judged.drop(columns="student_key").merge(reached, on="message_key")
    sides = pairs.merge(used, on="message_key")
    own = (sides["person_key"] == sides["adult_key"]) | (
        sides["person_key"] == sides["student_key"]
    )
    crossing = sides[own].drop_duplicates(["message_key", "student_key"])
    crossing = crossing.assign(uncertain=crossing["sent_by_adult"] & crossing["on_behalf"])
    listed = crossing[crossing["sent_by_adult"]]
    theirs = crossing[crossing["sent_by_student"] & ~crossing["other_adult"]]
    return _as_hits(pd.concat([listed, _in_conversation(theirs, listed)]))


def _partial_team(
    judged: pd.DataFrame, context: pd.DataFrame, known: pd.DataFrame, asked: Question
) -> pd.DataFrame:
    """Return coaches' messages to part of a team that nothing else in time completed."""
    members = asked.directory["team_member"].rename(columns={"person_key": "student_key"})
    reach = _team_reach(context, known, asked.directory, members)
    by = ["message_key", "team_key"]
    sent = reach.groupby(by, as_index=False).agg(
        coach_key=("adult_key", "first"),
        rostered=("rostered", "first"),
        reached=("on_roster", "sum"),
        all_on_team=("on_team", "min"),
        also_class=("in_class", "min"),
    )
    partial = sent["all_on_team"] & (sent["reached"] > 0) & (sent["reached"] < sent["rostered"])
    mail = judged.merge(sent[partial], on="message_key")
    window = pd.Timedelta(minutes=asked.whole_team_minutes)
    told = mail[[*by, "sent_at", "sent_day"]].merge(
        reach[["team_key", "student_key", "sent_at"]], on="team_key", suffixes=("", "_near")
    )
    told = told[(told["sent_at_near"] - told["sent_at"]).abs() <= window]
    roster = members[members["role"].isin(_ROSTERED)]
    told = holding(told.merge(roster, on=["team_key", "student_key"]), "sent_day")
    students = told.groupby(by, as_index=False)["student_key"].nunique()
    mail = mail.merge(students.rename(columns={"student_key": "in_time"}), on=by)
    hits = mail[mail["in_time"] < mail["rostered"]]
    open_ends = ["hidden", "unknown_addressed", "on_behalf", "unparsed", "also_class"]
    return hits.assign(
        student_key=NONE, adult_key=hits["coach_key"], uncertain=hits[open_ends].any(axis=1)
    )[HIT]


def _team_reach(
    context: pd.DataFrame,
    known: pd.DataFrame,
    directory: Mapping[str, pd.DataFrame],
    members: pd.DataFrame,
) -> pd.DataFrame:
    """Return which students each message of a team's leader reached, and how they stood to it."""
    team, student = "team_key", "student_key"
    leads = members[members["role"].isin(_LEADS)].rename(columns={student: "adult_key"})
    written = context.loc[
        context["sent_by_adult"], ["message_key", "adult_key", "sent_at", "sent_day"]
    ]
    written = holding(written.merge(leads, on="adult_key"), "sent_day")
    written = written.drop(columns=["role", "from_day", "until_day"]).drop_duplicates()
    days = written[[team, "sent_day"]].drop_duplicates()
    roster = members[members["role"].isin(_ROSTERED)]
    counted = holding(days.merge(roster, on=team), "sent_day")
    counted = counted.groupby([team, "sent_day"])[student].nunique().rename("rostered")
    written = written.merge(counted.reset_index(), on=[team, "sent_day"])
    on_it = known.loc[known["is_student"], ["message_key", "person_key"]].drop_duplicates()
    reach = written.merge(on_it.rename(columns={"person_key": student}), on="message_key")
    standing = reach[["message_key", team, student, "sent_day"]].merge(members, on=[team, student])
    standing = holding(standing, "sent_day")
    place = pd.MultiIndex.from_frame(reach[["message_key", team, student]])
    for name, some in (
        ("on_team", standing),
        ("on_roster", standing[standing["role"].isin(_ROSTERED)]),
    ):
        reach[name] = place.isin(pd.MultiIndex.from_frame(some[["message_key", team, student]]))
    classes = directory["class_member"]
    taught = classes[classes["role"] != "student"].merge(
        classes[classes["role"] == "student"], on="class_key", suffixes=("", "_taught")
    )
    taught = pd.MultiIndex.from_frame(taught[["person_key", "person_key_taught"]])
    reach["in_class"] = pd.MultiIndex.from_frame(reach[["adult_key", student]]).isin(taught)
    return reach
