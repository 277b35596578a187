"""Serve the sample district's roster as Clever does: ``python -m benchmarks.pretend.clever DIR``.

Writes ``DIR/clever/clever-token`` and prints one line of JSON with the address and the token's
path; then serves until its standard input is closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.district import ask_for_sizes, asked_for
from benchmarks.pretend.clever.server import PretendClever
from benchmarks.pretend.clever.world import world_of
from benchmarks.pretend.standing import command_line, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code (2 for sizes that cannot be)."""
    parser = command_line("pretend-clever", __doc__, "clever/clever-token")
    ask_for_sizes(parser)
    given = parser.parse_args(arguments)
    with PretendClever(world_of(asked_for(parser, given))) as running:
        token = running.token_file(Path(given.folder, "clever"))
        return serve(running, {"token": str(token)})


if __name__ == "__main__":
    raise SystemExit(main())
