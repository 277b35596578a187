"""Whatever a server puts into a record, all of it is accounted for and nothing breaks."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.model import Person
from auditor.source import Malformed, Page
from connectors.csvfile import Row
from connectors.oneroster.api.records import SEPARATOR, Cells, fields_of
from connectors.oneroster.columns import CLASSES, COLUMNS, ENROLLMENTS, ORGS, ROLES, USERS
from connectors.oneroster.reader import RosterReader
from connectors.oneroster.settings import Version
from tests.connectors.roster_world import RULES, Pulled

LISTS = (ORGS, USERS, CLASSES, ENROLLMENTS)
VERSIONS = st.sampled_from((Version.V1_1, Version.V1_2))
words = st.sampled_from(("active", "tobedeleted", "student", "teacher", "school", "s1", "K1", "2026-09-01", ""))
plain = st.none() | st.booleans() | st.integers() | words | st.text(max_size=6)
values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(("sourcedId", "type", "identifier", "role", "org")), inner, max_size=4),
    max_leaves=6,
)


@st.composite
def records(draw: st.DrawFn) -> tuple[Version, dict[str, list[dict[str, Any]]]]:
    version = draw(VERSIONS)
    lists: dict[str, list[dict[str, Any]]] = {}
    for name in LISTS:
        fields = fields_of(name, version)
        lists[name] = draw(st.lists(st.dictionaries(st.sampled_from(fields), values, max_size=8), max_size=4))
    return version, lists


class Drawn:
    """Lists as ``ServerLists`` would hold them."""

    place = "record"

    def __init__(self, version: Version, lists: dict[str, list[dict[str, Any]]]) -> None:
        cells = Cells(version)
        self._rows = {name: [cells.of(name, one) for one in found] for name, found in lists.items()}
        if version is Version.V1_2:
            self._rows[ROLES] = [role for one in lists[USERS] for role in cells.roles(one)]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._rows)

    def shown(self, name: str) -> str:
        return name

    def notes(self, name: str) -> tuple[()]:
        return ()

    def rows(self, name: str) -> list[Row]:
        return [Row(at, cells) for at, cells in enumerate(self._rows[name], 1)]

    def listed(self, cell: str) -> list[str]:
        return [part for part in cell.split(SEPARATOR) if part]

    def seen(self) -> tuple[()]:
        return ()


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records())
def test_any_records_are_read_rejected_or_refused(
    drawn: tuple[Version, dict[str, list[dict[str, Any]]]],
) -> None:
    version, lists = drawn
    made = Drawn(version, lists)
    for name in made.names:
        for row in made.rows(name):
            assert set(row.values) == {*COLUMNS[name].required, *COLUMNS[name].optional}
            assert all(isinstance(cell, str) for cell in row.values.values())
    try:
        pages: tuple[Page, ...] = tuple(RosterReader(made, version, RULES).pages(()))  # type: ignore[arg-type]  # lists are iterators enough
    except Malformed as error:
        assert "nobody" in error.what
        return
    pulled = Pulled(pages)
    assert pulled.of(Person)
    assert pulled.read == sum(len(made.rows(name)) for name in made.names)
