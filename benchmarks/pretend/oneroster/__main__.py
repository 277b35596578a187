"""Serve the sample district's roster by OneRoster: ``python -m benchmarks.pretend.oneroster DIR``.

Writes ``DIR/oneroster/oneroster-secret`` and prints one line of JSON with the address of the lists,
the address of tokens and the client; then serves until its standard input is closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.district import ask_for_sizes, asked_for
from benchmarks.pretend.oneroster.server import PretendOneRoster
from benchmarks.pretend.oneroster.world import world_of
from benchmarks.pretend.standing import command_line, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code (2 for sizes that cannot be)."""
    parser = command_line("pretend-oneroster", __doc__, "oneroster/oneroster-secret")
    ask_for_sizes(parser)
    given = parser.parse_args(arguments)
    with PretendOneRoster(world_of(asked_for(parser, given))) as running:
        secret = running.secret_file(Path(given.folder, "oneroster"))
        told = {
            "address": running.address,
            "tokens": running.tokens,
            "client": running.client,
            "secret": str(secret),
        }
        return serve(running, told)


if __name__ == "__main__":
    raise SystemExit(main())
