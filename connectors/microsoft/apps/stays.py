"""Which apps are in one account, and since when: what the tenant and its logs tell, taken together.

An app is in an account that let it in, that it is assigned to, or that signed in to it of late.
Since when is, best first, what the assignment says, what earlier nights kept, what the logs say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from connectors.microsoft.apps.consents import Assignments, Consents, Principal
from connectors.microsoft.apps.kept import Kept, Shelf
from connectors.microsoft.apps.signins import SignIns

_UNUSED = timedelta(days=180)
"""After the last sign-in, how long an app counts as in use that nobody let in by name."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One app in one account."""

    app: Principal
    scopes: frozenset[str]
    since: date | None
    """None: it is not told since when."""


@dataclass(frozen=True)
class Told:
    """All that was read of one tenant."""

    apps: Mapping[str, Principal]
    """By their ids, those that are not looked at left out."""
    consents: Consents
    assignments: Assignments
    audited: Mapping[tuple[str, str], datetime]
    sign_ins: SignIns
    today: date
    day_of: Callable[[datetime], date]

    def stays(self, account: str, shelf: Shelf | None) -> tuple[list[Stay], Shelf]:
        """Return the apps of an account, in the order of their ids, and what to keep of them.

        ``shelf`` is what was kept of it; None: it was never looked at before.
        """
        stays, keep = [], {}
        near = self._near.get(account, set()) | set(() if shelf is None else shelf.apps)
        for app in (self.apps[one] for one in sorted(near) if one in self.apps):
            kept = None if shelf is None else shelf.apps.get(app.id)
            seen = self.sign_ins.seen.get((account, app.app_id))
            used = kept.used if kept is not None else None
            if seen is not None:
                used = max(self.day_of(seen[1]), used or date.min)
            let_in = (account, app.id) in self.consents.own
            in_use = used is not None and used > self.today - _UNUSED
            if let_in or in_use or (account, app.id) in self.assignments.since:
                since = self._since(account, app, shelf, used=None if let_in else seen)
                stays.append(Stay(app, self._scopes(account, app), since))
                keep[app.id] = Kept(since, used)
        return stays, Shelf(keep)

    @cached_property
    def _near(self) -> Mapping[str, set[str]]:
        """Account -> ids of the apps that anything tells of."""
        of_number = {app.app_id: app.id for app in self.apps.values()}
        signed = ((who, of_number[app]) for who, app in self.sign_ins.seen if app in of_number)
        found: dict[str, set[str]] = defaultdict(set)
        for who, app in (*self.consents.own, *self.assignments.since, *signed):
            found[who].add(app)
        return found

    def _scopes(self, account: str, app: Principal) -> frozenset[str]:
        own = self.consents.own.get((account, app.id), frozenset())
        return own | self.consents.everybody.get(app.id, frozenset())

    def _since(
        self,
        account: str,
        app: Principal,
        shelf: Shelf | None,
        *,
        used: tuple[datetime, datetime] | None,
    ) -> date | None:
        """Return since when an app is in; ``used``: when, where it was not let in by name."""
        key = account, app.id
        assigned = self.assignments.since.get(key)
        if assigned is not None:
            return self.day_of(assigned)
        if shelf is not None and app.id in shelf.apps:
            return shelf.apps[app.id].since
        told = [at for at in (self.audited.get(key), used[0] if used else None) if at is not None]
        if told:
            return self.day_of(min(told))
        return None if shelf is None else self.today


def unasked(told: Told) -> Iterator[str]:
    """Yield the ids of apps that only an administrator let in, for everybody."""
    own = {app for _, app in told.consents.own}
    yield from (app for app in told.consents.everybody if app in told.apps and app not in own)
