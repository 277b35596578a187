"""Serve the sample district as a Moodle site: ``python -m benchmarks.pretend.moodle DIR``.

Writes ``DIR/moodle/token`` and prints one line of JSON with the site's address and where the token
is; then serves until its standard input is closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.district import ask_for_sizes, asked_for
from benchmarks.pretend.moodle.making import world_of
from benchmarks.pretend.moodle.server import PretendMoodle
from benchmarks.pretend.standing import command_line, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code (2 for sizes that cannot be)."""
    parser = command_line("pretend-moodle", __doc__, "moodle/token")
    ask_for_sizes(parser)
    given = parser.parse_args(arguments)
    with PretendMoodle(world_of(asked_for(parser, given))) as moodle:
        return serve(moodle, {"token": str(moodle.token_file(Path(given.folder, "moodle")))})


if __name__ == "__main__":
    raise SystemExit(main())
