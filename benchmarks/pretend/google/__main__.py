"""Serve the sample district as a Google Workspace: ``python -m benchmarks.pretend.google DIR``.

Writes ``DIR/google/key.json`` and prints one line of JSON with the base address, the key's path and
the administrator to act for; then serves until its standard input is closed. What is
visible ends at ``now``: by default all of the district, else what is posted to ``/pretend/now``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.district import ask_for_sizes, asked_for
from benchmarks.pretend.google.making import world_of
from benchmarks.pretend.google.server import PretendGoogle
from benchmarks.pretend.standing import command_line, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code (2 for sizes that cannot be)."""
    parser = command_line("pretend-google", __doc__, "google/key.json")
    ask_for_sizes(parser)
    given = parser.parse_args(arguments)
    with PretendGoogle(world_of(asked_for(parser, given))) as google:
        key = google.key_file(Path(given.folder, "google"))
        told = {"key": str(key), "admin": google.world.admin, "customer": google.world.customer}
        return serve(google, told)


if __name__ == "__main__":
    raise SystemExit(main())
