"""An explanation as lines of text for a terminal, and as a document for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from auditor.explaining import (
    NO_DECISION,
    NO_EXCEPTION,
    NOT_FOR_RECORDS,
    Explanation,
    FieldSeen,
    HatSeen,
    ListSeen,
    MessageSeen,
    PartySeen,
    PersonSeen,
    RecordSeen,
)

ERASED = "an address that has been erased"


def document(explanation: Explanation) -> dict[str, Any]:
    """Return the explanation as JSON-ready values, times in the district's zone as ISO text."""
    zone = ZoneInfo(explanation.imprint.timezone)
    values: dict[str, Any] = _json(explanation, zone)
    return {"id": explanation.item.id, "kind": "explanation", **values}


def _json(value: Any, zone: ZoneInfo) -> Any:
    if is_dataclass(value):
        return {f.name: _json(getattr(value, f.name), zone) for f in fields(value)}
    if isinstance(value, (tuple, list)):
        return [_json(one, zone) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


# ---- text ----------------------------------------------------------------------------------------


def lines(explanation: Explanation) -> list[str]:
    """Return the explanation as lines of plain text."""
    item = explanation.item
    return [
        f"{item.id}  {' – '.join(filter(None, (item.adult_name, item.about)))}",
        f"  {item.what}",
        *_history(explanation),
        *_policy(explanation),
        *_rule(explanation),
        f"  identity: {explanation.identity}, episode {explanation.episode}",
        "  why it is listed:",
        *(f"    - {line}" for line in item.why),
        "  what might explain it:",
        *(f"    - {c.what}: {c.result}" for c in item.checked),
        *_covered(explanation),
        *_records("  records it rests on, and exceptions that were tried:", explanation.records),
        "  records:" if item.of_records else "  messages:",
        *(line for message in explanation.messages for line in _message(message, explanation)),
        *_decisions(explanation),
    ]


def _history(explanation: Explanation) -> Iterator[str]:
    item = explanation.item
    grew = "" if explanation.grew_on is None else f", grew on {explanation.grew_on}"
    yield f"  state: {item.state}, first listed {item.listed_on}{grew}"
    if item.routed_to is not None:
        yield f"  read by: {item.routed_to}"


def _policy(explanation: Explanation) -> Iterator[str]:
    policy = explanation.policy
    for clause in policy.clauses:
        yield f"  policy: {clause.id} ({clause.verb}: “{clause.says}”), {clause.citation}"
        yield f"    “{clause.words}”" if clause.words_are_quoted else f"    {clause.words}"
        yield f"    audited {clause.audited}: {clause.why}"
    since = "" if policy.in_force_from is None else f", in force from {policy.in_force_from}"
    yield f"    pack {policy.id}: {policy.name}, rev. {policy.revision}{since}"
    yield f"    pack as used, SHA-256 {policy.sha256}"
    yield f"    policy text, SHA-256 {policy.text_sha256 or 'not named in the pack'}"
    for switch in policy.switches:
        yield f"    switch {switch.id} = {switch.value} ({switch.words})"


def _rule(explanation: Explanation) -> Iterator[str]:
    rule, imprint = explanation.rule, explanation.imprint
    yield f"  rule: {rule.id}, version {rule.version}: {rule.title}"
    yield f"    looks for: {rule.looks_for}"
    yield from (f"    cannot see: {line}" for line in rule.misses)
    for one in rule.parameters:
        yield f"    {one.name} = {one.value} {one.unit} ({one.words}); set by {one.set_by}"
    yield f"    all rules {imprint.rules_version}, {imprint.software}"


def _covered(explanation: Explanation) -> Iterator[str]:
    grounds = ", ".join(explanation.policy.grounds) or "nothing under this policy"
    yield f"  what could except it: {grounds}"
    for cover in explanation.item.covered_by:
        office = f" ({cover.granted_by_role.replace('_', ' ')})" if cover.granted_by_role else ""
        by = f", granted by {cover.granted_by}{office}" if cover.granted_by else ""
        until = f", until {cover.ends_on}" if cover.ends_on else ""
        yield (
            f"    {cover.messages} of {len(explanation.messages)} covered by "
            f"{cover.authorization_id}: {cover.ground}{by}{until}"
        )


def _decisions(explanation: Explanation) -> Iterator[str]:
    yield "  decisions:"
    if not explanation.decisions:
        yield f"    {NO_DECISION}"
    zone = ZoneInfo(explanation.imprint.timezone)
    for one in explanation.decisions:
        at = one.at.astimezone(zone)
        yield f"    {at:%Y-%m-%d %H:%M %Z}  {one.by}: {one.what}. {one.reason}"


# ---- messages ------------------------------------------------------------------------------------


def _message(message: MessageSeen, explanation: Explanation) -> Iterator[str]:
    when = message.sent_at.astimezone(ZoneInfo(explanation.imprint.timezone))
    if message.is_record:
        yield f"    of {when:%Y-%m-%d}  {message.native_id}"
    else:
        sent = f"{when:%Y-%m-%d %H:%M %Z}  {message.channel}"
        yield f"    {sent}  {message.source}: {message.native_id}"
    for copy in message.copies:
        yield f"      seen by {copy.source_title} as {copy.native_id} (tool {copy.tool})"
    for party in message.parties:
        yield f"      {party.role:<7} {party.address or ERASED}: {who(party)}"
    yield from (f"      list    {of_list(one)}" for one in message.lists)
    if not message.parties and not message.is_record:
        yield "      nobody on it is known to the rosters any more"
    yield from _records("", message.records)
    yield from _tried(message, explanation)
    if message.measured:
        measured = ", ".join(f"{name} = {value}" for name, value in message.measured)
        yield f"      measured: {measured}"
    if message.uncertain:
        yield "      less certain: see what might explain it"
    if message.found is not None:
        day = message.found.audit_date or "a day not on record"
        yield f"      first found in run {message.found.run_id}, audit date {day}"


def _tried(message: MessageSeen, explanation: Explanation) -> Iterator[str]:
    of_nobody = explanation.item.adult is None
    if of_nobody or (message.is_record and not message.exceptions):
        yield f"      exception: {NOT_FOR_RECORDS}"
        return
    yield from (f"      exception: {line}" for line in message.exceptions or (NO_EXCEPTION,))
    if message.covered_by is not None:
        yield f"      covered by {message.covered_by}"


def who(party: PartySeen) -> str:
    """Say whose an address was on that day, since when, and which source says so."""
    via = f"; reached through {party.via_list}" if party.via_list else ""
    if party.is_list:
        return f"a list{via}"
    if party.person is None:
        return f"nobody the rosters know on that day{via}"
    kind = f"; {party.kind} address" if party.kind else ""
    return f"{of_person(party.person)}{kind}{_said(party.since, party.told_by)}{via}"


def of_person(person: PersonSeen) -> str:
    hats = "; ".join(of_hat(hat) for hat in person.hats) or "no role on that day"
    named = f"{person.name} [{person.person_id}]" if person.person_id else person.name
    return f"{named} ({hats})"


def of_hat(hat: HatSeen) -> str:
    return f"{hat.words}{_said(hat.since, hat.told_by)}"


def of_list(one: ListSeen) -> str:
    """Say how many were on a list on that day, and what they were."""
    unknown = f", {one.unknown} addresses of nobody known" if one.unknown else ""
    told = f"; members told by {', '.join(one.told_by)}" if one.told_by else ""
    return (
        f"{one.address or ERASED}: {one.members} members that day, "
        f"{one.students} students and {one.adults} adults{unknown}{told}"
    )


def _said(since: date | None, told_by: Sequence[str]) -> str:
    if not told_by:
        return ""
    day = "all along" if since is None else f"since {since}"
    return f", {day}, by {', '.join(told_by)}"


def _records(heading: str, records: Sequence[RecordSeen]) -> Iterator[str]:
    if records and heading:
        yield heading
    for record in records:
        source = f" ({record.source_title})" if record.source_title else ""
        yield f"      record {record.label} in {record.table}{source}"
        yield from (f"        {field.name}: {of_field(field)}" for field in record.fields)


def of_field(field: FieldSeen) -> str:
    person = "" if field.person is None else of_person(field.person)
    return ": ".join(part for part in (field.value, field.address, person) if part)
