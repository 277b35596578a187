"""Who wrote to whom, in plain pandas: the analyst's own reading of files and directory.

One half of the yardstick; ``plain_pandas`` asks the five questions. It shares no code with the
audit. Everything that cannot matter is dropped before the joins, text is read as categories, and
no loop goes over rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

NONE = int(np.iinfo(np.int64).max)
"""Stands for a missing key: pandas would turn the column into floats, which cannot hold 64 bits.
It is the largest number there is, so that the least of several copies is a real key."""
MESSAGE_COLUMNS = [
    *("message_key", "sent_at", "sent_day", "channel", "thread_key", "container_key", "automated"),
    *("on_behalf_of_key", "recipients_hidden", "unparsed"),
]
PARTY_COLUMNS = ["message_key", "address_key", "role", "via_group_key"]
_TEXT = ["channel", "automated", "role"]
_MACHINES = ["calendar", "auto-reply", "notification", "bulk"]
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_WORKS = ["staff", "coach", "adviser", "volunteer"]


def read(files: Sequence[Path], columns: list[str]) -> pd.DataFrame:
    text = [name for name in columns if name in _TEXT]
    table = pq.read_table(list(files), columns=columns, read_dictionary=text, partitioning=None)
    for place, field in enumerate(table.schema):
        if field.nullable and field.type == pa.int64():
            table = table.set_column(place, field.name, table[place].fill_null(pa.scalar(NONE)))
    return table.to_pandas(split_blocks=True)


def one_row_each(copies: pd.DataFrame) -> pd.DataFrame:
    """Merge the copies of a message that several mailboxes or logs showed."""
    copies["machine"] = copies["automated"].isin(_MACHINES)
    copies["on_behalf"] = copies["on_behalf_of_key"] != NONE
    copies["in_space"] = (copies["channel"] == "chat") | (copies["container_key"] != NONE)
    merged = copies.groupby("message_key", sort=False, as_index=False).agg(
        sent_at=("sent_at", "min"),
        sent_day=("sent_day", "min"),
        thread_key=("thread_key", "min"),
        container_key=("container_key", "min"),
        unparsed=("unparsed", "min"),
        hidden=("recipients_hidden", "min"),
        in_space=("in_space", "max"),
        machine=("machine", "max"),
        on_behalf=("on_behalf", "max"),
    )
    threaded = merged["thread_key"] != NONE
    merged["conversation_key"] = merged["thread_key"].where(threaded, merged["container_key"])
    return merged.drop(columns=["thread_key", "container_key"])


def without_names(parties: pd.DataFrame, copies: pd.DataFrame) -> pd.DataFrame:
    """Drop senders in whose name a message went that somebody else is known to have sent."""
    named = copies.loc[copies["on_behalf_of_key"] != NONE, ["message_key", "on_behalf_of_key"]]
    senders = parties.loc[parties["role"] == "from", ["message_key", "address_key"]]
    beside = senders.reset_index(names="row").merge(named.drop_duplicates(), on="message_key")
    is_name = beside["address_key"] == beside["on_behalf_of_key"]
    key = ["message_key", "on_behalf_of_key"]
    by_another = beside.loc[~is_name, key].drop_duplicates()
    return parties.drop(beside[is_name].merge(by_another, on=key)["row"].unique())


def addresses_by_day(directory: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return whose each address was, and what that person was, from day to day."""
    roles = directory["person_role"]
    days = [
        roles[["person_key", "from_day"]],
        roles[["person_key", "until_day"]].rename(columns={"until_day": "from_day"}),
        directory["person"][["person_key"]].assign(from_day=_FIRST_DAY),
    ]
    spans = pd.concat(days).drop_duplicates().sort_values(["person_key", "from_day"])
    nexts = spans.groupby("person_key")["from_day"]
    spans["until_day"] = nexts.shift(-1, fill_value=_LAST_DAY)
    spans = spans[spans["from_day"] < spans["until_day"]]
    worn = spans.merge(roles, on="person_key", suffixes=("", "_worn"))
    worn = holding(worn, "from_day", "_worn")
    worn["is_student"] = worn["role"] == "student"
    worn["is_system"] = worn["role"] == "system"
    worn["works"] = worn["role"].isin(_WORKS)
    flags = ["is_student", "is_system", "works"]
    hats = worn.groupby(["person_key", "from_day"], as_index=False)[flags].max()
    spans = spans.merge(hats, on=["person_key", "from_day"], how="left")
    spans[flags] = spans[flags].eq(True)
    spans["is_adult"] = spans["works"] & ~spans["is_student"] & ~spans["is_system"]
    owned = directory["person_address"].merge(spans, on="person_key", suffixes=("", "_span"))
    owned["from_day"] = owned[["from_day", "from_day_span"]].max(axis=1)
    owned["until_day"] = owned[["until_day", "until_day_span"]].min(axis=1)
    columns = ["address_key", "person_key", "kind", "from_day", "until_day"]
    owned = owned.loc[owned["from_day"] < owned["until_day"], [*columns, "is_student", "is_adult"]]
    return owned.astype({"kind": "category"})


def holding(joined: pd.DataFrame, day: str, suffix: str = "") -> pd.DataFrame:
    """Keep what held on the day of its row."""
    since, until = joined[f"from_day{suffix}"], joined[f"until_day{suffix}"]
    return joined[(joined[day] >= since) & (joined[day] < until)].copy()


def with_students(
    messages: pd.DataFrame, parties: pd.DataFrame, addresses: pd.DataFrame, lists: pd.DataFrame
) -> pd.DataFrame:
    """Keep what a person wrote and may have reached a student, by address or by list."""
    students = addresses.loc[addresses["is_student"], "address_key"].unique()
    telling = pd.concat(
        [pd.Series(students), lists.loc[lists["member_key"].isin(students), "group_key"]]
    ).unique()
    touched = parties.loc[parties["address_key"].isin(telling), "message_key"].unique()
    return messages[~messages["machine"] & messages["message_key"].isin(touched)]


def everybody(parties: pd.DataFrame, messages: pd.DataFrame, lists: pd.DataFrame) -> pd.DataFrame:
    """Return every address on the messages, lists followed to their members of the day."""
    party = parties.merge(messages[["message_key", "sent_day"]], on="message_key")
    listed = party.merge(lists, left_on="address_key", right_on="group_key")
    listed = holding(listed, "sent_day")
    named = party.loc[party["via_group_key"] != NONE, ["message_key", "via_group_key"]]
    followed = pd.concat(
        [
            listed[["message_key", "address_key"]],
            named.rename(columns={"via_group_key": "address_key"}),
        ]
    ).drop_duplicates()
    party = party.merge(
        followed, on=["message_key", "address_key"], how="left", indicator="is_list"
    )
    party["is_list"] = party["is_list"] == "both"
    listed = listed.drop(columns="address_key").rename(columns={"member_key": "address_key"})
    columns = ["message_key", "address_key", "role", "sent_day", "is_list"]
    return pd.concat([party[columns], listed.assign(is_list=False)[columns]], ignore_index=True)


def people(party: pd.DataFrame, addresses: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the parties that were somebody's on the day, and those that were nobody's."""
    known = party.reset_index(names="row").merge(addresses, on="address_key")
    known = holding(known, "sent_day")
    return known, party[~party.index.isin(known["row"])]


def contacts(
    messages: pd.DataFrame, known: pd.DataFrame, unknown: pd.DataFrame, guardian: pd.DataFrame
) -> pd.DataFrame:
    """Return the messages between an adult and a student, judged or before."""
    key, person = "message_key", "person_key"
    students, adults = known[known["is_student"]], known[known["is_adult"]]
    on_it = students.groupby(key)[person].agg(first_student="min", last_student="max")
    beside = adults.groupby(key)[person].agg(first_adult="min", last_adult="max")
    found = messages.merge(on_it, on=key).merge(beside, on=key)
    wrote = adults[adults["role"] == "from"].groupby(key)[person].min()
    author = wrote.reindex(found[key], fill_value=NONE).to_numpy()
    found["sent_by_adult"] = author != NONE
    student_wrote = found[key].isin(students.loc[students["role"] == "from", key])
    found["sent_by_student"] = ~found["sent_by_adult"] & student_wrote
    found["adult_key"] = found["first_adult"].where(author == NONE, author)
    single = found["first_student"] == found["last_student"]
    found["student_key"] = found["first_student"].where(single, NONE)
    strangers = unknown.loc[~unknown["is_list"] & (unknown["role"] != "from"), key]
    found["unknown_addressed"] = found[key].isin(strangers)
    others = (found["first_adult"] != found["adult_key"]) | (
        found["last_adult"] != found["adult_key"]
    )
    found["other_adult"] = others | found[key].isin(_guarded(found[single], known, guardian))
    found["unparsed"] = found["unparsed"] > 0
    open_ends = ["unknown_addressed", "on_behalf", "hidden", "unparsed"]
    found["uncertain"] = found[open_ends].any(axis=1)
    return found


def _guarded(single: pd.DataFrame, known: pd.DataFrame, guardian: pd.DataFrame) -> pd.Series:
    """Return the messages to one student that a guardian of that student was on."""
    family = known[~known["is_adult"] & ~known["is_student"]]
    present = family[["message_key", "person_key"]].merge(
        single[["message_key", "student_key", "sent_day"]], on="message_key"
    )
    tied = present.merge(
        guardian,
        left_on=["person_key", "student_key"],
        right_on=["guardian_key", "student_key"],
    )
    return holding(tied, "sent_day")["message_key"]
