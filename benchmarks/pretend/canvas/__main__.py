"""Serve the sample district as a Canvas: ``python -m benchmarks.pretend.canvas DIR``.

Writes ``DIR/canvas/canvas-token`` and prints one line of JSON with the address and the token's
path; then serves until its standard input is closed. What is visible ends at ``now``: by default
all of the district, else what is posted to ``/pretend/now``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.district import ask_for_sizes, asked_for
from benchmarks.pretend.canvas.making import world_of
from benchmarks.pretend.canvas.server import PretendCanvas
from benchmarks.pretend.standing import command_line, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code (2 for sizes that cannot be)."""
    parser = command_line("pretend-canvas", __doc__, "canvas/canvas-token")
    ask_for_sizes(parser)
    given = parser.parse_args(arguments)
    with PretendCanvas(world_of(asked_for(parser, given))) as canvas:
        return serve(canvas, {"token": str(canvas.token_file(Path(given.folder, "canvas")))})


if __name__ == "__main__":
    raise SystemExit(main())
