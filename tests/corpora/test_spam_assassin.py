"""6,046 real messages, as one mbox and as EML files: nothing unaccounted for, nothing twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from auditor.keys import Keyring
from auditor.lake import Landed
from auditor.model import Message, PartyRole
from tests.auditor.lake_world import KEYRING, ZONE, open_lake
from tests.connectors.mail_world import Read, pull
from tests.corpora.fetch import EML, MBOX, MESSAGES, is_here

pytestmark = pytest.mark.integration

UNREAD_FROM = 7
"""Messages whose From names no address and that have no Sender to stand in."""


@pytest.fixture(scope="module")
def corpus() -> dict[str, Read]:
    if not is_here():
        pytest.skip("the SpamAssassin corpus was not fetched; run `make corpora`")
    return {"mbox": pull(MBOX), "eml": pull(EML)}


def key(message: Message, keyring: Keyring = KEYRING) -> int:
    senders = [p.address.text for p in message.parties if p.role is PartyRole.FROM]
    return keyring.message("mail", message.native_id, message.rfc_message_id, min(senders))


@pytest.mark.parametrize("form", ["mbox", "eml"])
def test_every_message_is_stored_or_quarantined(corpus: dict[str, Read], form: str) -> None:
    read = corpus[form]
    assert len(read.messages) + len(read.rejected) == read.records == MESSAGES
    reasons = Counter((row.field, row.reason) for row in read.rejected)
    assert reasons == {("from", "it cannot be read"): UNREAD_FROM}


def test_both_forms_give_the_same_messages(corpus: dict[str, Read]) -> None:
    mbox, eml = (Counter(map(key, corpus[form].messages)) for form in ("mbox", "eml"))
    assert mbox == eml
    assert Counter(corpus["mbox"].messages) == Counter(corpus["eml"].messages)


def test_what_the_corpus_is_known_to_hold_is_seen(corpus: dict[str, Read]) -> None:
    messages = corpus["eml"].messages
    assert all(any(p.role is PartyRole.FROM for p in m.parties) for m in messages)
    assert sum(any(p.role is PartyRole.CC for p in m.parties) for m in messages) > 1_200
    hidden = sum(m.recipients_hidden for m in messages)
    assert 184 <= hidden <= 184 + 147, "undisclosed recipients, and no recipient field at all"
    kinds = Counter(m.automated.value for m in messages)
    assert kinds["list"] >= 3_051
    unparsed = Counter(name for m in messages for name in m.unparsed)
    assert unparsed.total() < MESSAGES // 10


def test_a_second_import_in_either_form_adds_nothing(
    corpus: dict[str, Read], tmp_path: Path
) -> None:
    landings: list[Landed] = []
    ledger, lake = open_lake(tmp_path, room=2_000)
    with ledger:
        for run, form in enumerate(["eml", "eml", "mbox"]):
            with lake.landing(
                source="mail", run_id=f"run-{run}", keyring=KEYRING, timezone=ZONE
            ) as landing:
                for page in corpus[form].pages:
                    landing.add(page)
                landings.append(landing.commit())
    distinct = len(set(corpus["eml"].messages))
    assert [landed.new for landed in landings] == [distinct, 0, 0]
    for landed in landings:
        assert landed.new + landed.already_known + landed.rejected == landed.read == MESSAGES
        assert landed.rejected == UNREAD_FROM
