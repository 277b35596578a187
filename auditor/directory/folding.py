"""One relation of one source, folded with what the source said of it before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from auditor.directory.intervals import Interval, Stated, fold
from auditor.directory.state import Row


def folded(
    relation: str,
    source: str,
    before: Mapping[Row, tuple[Interval, ...]],
    stated: Mapping[Row, Sequence[Stated]],
    *,
    unread: Set[tuple[str, int]],
    day: int,
) -> dict[Row, tuple[Interval, ...]]:
    """Return the rows of ``source`` after its delivery of ``day``.

    ``unread`` are the lists, by source and key, whose members nobody could read: what stands of
    them on record goes on standing.
    """
    was = {row: spans for row, spans in before.items() if row[-1] == source}
    kept = {
        row: spans
        for row, spans in was.items()
        if relation == "group_member" and (source, row[0]) in unread
    }
    after = fold(
        {row: spans for row, spans in was.items() if row not in kept},
        {row: spans for row, spans in stated.items() if row[-1] == source},
        day=day,
        # A list that is new to a source tells of what was before it, as a new source does;
        # and kinship does not begin with a data entry.
        first_delivery=relation == "guardian" or not was,
    )
    return {**kept, **after}
