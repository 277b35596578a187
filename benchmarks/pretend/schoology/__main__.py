"""Serve the sample district as Schoology: ``python -m benchmarks.pretend.schoology DIR``.

Writes ``DIR/schoology/secret`` and ``DIR/schoology/tokens/``, a token of everybody who ever wrote,
and prints one line of JSON with the address and the key; then serves until its standard input is
closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.district import ask_for_sizes, asked_for
from benchmarks.pretend.schoology.making import world_of
from benchmarks.pretend.schoology.server import PretendSchoology
from benchmarks.pretend.standing import command_line, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code (2 for sizes that cannot be)."""
    parser = command_line("pretend-schoology", __doc__, "schoology/")
    ask_for_sizes(parser)
    given = parser.parse_args(arguments)
    with PretendSchoology(world_of(asked_for(parser, given))) as schoology:
        folder = Path(given.folder, "schoology")
        secret = schoology.secret_file(folder)
        for uid in sorted({sent.author for sent in schoology.world.sent}):
            schoology.token_file(folder / "tokens", uid)
        told = {"endpoint": schoology.endpoint, "key": schoology.key, "secret": str(secret)}
        return serve(schoology, told)


if __name__ == "__main__":
    raise SystemExit(main())
