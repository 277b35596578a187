"""Every page in every state a reader may meet it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from reports import clauses, coach, nightly, packet, principal
from tests.reports import (
    clause_examples,
    coach_examples,
    decided_examples,
    examples,
    mail_examples,
    nights,
    packet_examples,
)

STATES: Mapping[str, Callable[[Path], Path]] = {
    "principal-items": lambda to: principal.publish(examples.principal_week(), to).html,
    "principal-clean": lambda to: principal.publish(examples.principal_week(()), to).html,
    "principal-gap": lambda to: principal.publish(
        examples.principal_week((), examples.GAP), to
    ).html,
    "principal-failed": lambda to: principal.publish(examples.failed_principal_week(), to).html,
    "principal-hostile": lambda to: principal.publish(examples.hostile_principal_week(), to).html,
    "principal-decided": lambda to: principal.publish(decided_examples.revised_week(), to).html,
    "designee-items": lambda to: principal.publish(
        examples.principal_week(), to, principal.DESIGNEE_PAGE
    ).html,
    "coach-items": lambda to: coach.publish(coach_examples.coach_week(), to).html,
    "coach-clean": lambda to: coach.publish(coach_examples.coach_week(()), to).html,
    "coach-gap": lambda to: coach.publish(coach_examples.coach_week(stated=examples.GAP), to).html,
    "coach-failed": lambda to: coach.publish(coach_examples.failed_coach_week(), to).html,
    "coach-hostile": lambda to: coach.publish(coach_examples.hostile_coach_week(), to).html,
    "nightly-clean": lambda to: nightly.publish(nights.clean(), to).html,
    "nightly-gap": lambda to: nightly.publish(mail_examples.night_with_mail(), to).html,
    "nightly-unbalanced": lambda to: nightly.publish(nights.unbalanced(), to).html,
    "nightly-failed": lambda to: nightly.publish(nights.failed(), to).html,
    "nightly-hostile": lambda to: nightly.publish(nights.hostile(), to).html,
    "clauses-items": lambda to: clauses.publish(clause_examples.with_items(), to).html,
    "clauses-clean": lambda to: clauses.publish(clause_examples.everything_kept(), to).html,
    "clauses-hostile": lambda to: clauses.publish(clause_examples.hostile(), to).html,
    "packet-messages": lambda to: packet.publish(packet_examples.explanation(), to).html,
    "packet-team": lambda to: packet.publish(packet_examples.of_a_team(), to).html,
    "packet-records": lambda to: packet.publish(packet_examples.of_records(), to).html,
    "packet-hostile": lambda to: packet.publish(packet_examples.hostile(), to).html,
}
FULLEST = ("principal-items", "coach-items", "nightly-gap", "clauses-items")
"""The state of each page that shows the most of it."""
HOSTILE = tuple(name for name in STATES if name.endswith("-hostile"))
