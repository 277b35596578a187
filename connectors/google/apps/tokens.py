"""Which apps each account holds now, by the directory's list of tokens.

Google has no form of its scope that only reads: whoever may list the apps in accounts may shut
them out as well. So nothing here is asked unless the district switches it on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from auditor.source import Note, SourceContext, SourceError
from connectors.answers import Document
from connectors.appnames import shown_name
from connectors.google.appuse import App
from connectors.google.asking import Api, Google, listed
from connectors.google.refusals import NotDelegated, not_there
from connectors.google.users import DistrictUser
from connectors.pool import in_threads

TOKEN_SCOPES = ("admin.directory.user.security",)
_FIELDS = "items(clientId,displayText,scopes)"
_UNLISTED = "account whose apps could not be listed: what the log tells of it counts"


class TokenLists:
    """Asks account by account."""

    def __init__(self, google: Google, threads: int, context: SourceContext) -> None:
        self._google = google
        self._threads = threads
        self._context = context
        self._failed = 0

    def of(self, users: Sequence[DistrictUser]) -> Mapping[str, list[App]]:
        """Return the apps of each account that could be asked, by its number.

        Raises a ``SourceError`` if none could.
        """
        asking = self._google.admin(TOKEN_SCOPES)

        def ask(user: DistrictUser) -> list[App] | SourceError:
            try:
                found = asking.get(
                    Api.DIRECTORY,
                    lambda service: service.tokens().list(userKey=user.id, fields=_FIELDS),
                )
            except NotDelegated:
                raise
            except SourceError as error:
                return error
            if found is None:  # which is not an account without an app
                return not_there("the account", self._context.title)
            return list(_apps(found))

        held: dict[str, list[App]] = {}
        failure: SourceError | None = None
        for done, (user, found) in enumerate(
            in_threads(users, ask, threads=self._threads), start=1
        ):
            self._context.progress(done, len(users), "accounts")
            if isinstance(found, SourceError):
                failure = found
                self._failed += 1
            else:
                held[user.id] = found
        if failure is not None and not held:
            raise failure
        return held

    def notes(self) -> Iterator[Note]:
        """Yield how many accounts could not be asked."""
        if self._failed:
            yield Note(self._context.title, _UNLISTED, self._failed, lost=True)


def _apps(document: Document) -> Iterator[App]:
    """Yield the apps of an answer; of one without a number nothing can be told."""
    for one in listed(document, "items"):
        client_id, scopes = one.get("clientId"), one.get("scopes")
        if isinstance(client_id, str) and client_id:
            name = shown_name(str(one.get("displayText") or "")) or client_id
            texts = scopes if isinstance(scopes, list) else []
            yield App(client_id, name, tuple(s for s in texts if isinstance(s, str)))
