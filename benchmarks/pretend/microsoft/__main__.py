"""Serve the sample district as a tenant: ``python -m benchmarks.pretend.microsoft DIR``.

Writes ``DIR/microsoft/certificate.pem`` and prints one line of JSON with the base address, tenant,
application and the certificate's path; then serves until its standard input is closed. What is
visible ends at ``now``: by default all of the district, else what is posted to ``/pretend/now``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.district import ask_for_sizes, asked_for
from benchmarks.pretend.microsoft.making import world_of
from benchmarks.pretend.microsoft.server import PretendMicrosoft
from benchmarks.pretend.standing import command_line, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code (2 for sizes that cannot be)."""
    parser = command_line("pretend-microsoft", __doc__, "microsoft/certificate.pem")
    ask_for_sizes(parser)
    given = parser.parse_args(arguments)
    with PretendMicrosoft(world_of(asked_for(parser, given))) as microsoft:
        path = microsoft.certificate_file(Path(given.folder, "microsoft"))
        told = {
            "tenant": microsoft.tenant,
            "client": microsoft.client,
            "certificate": str(path),
            "domain": microsoft.world.domain,
        }
        return serve(microsoft, told)


if __name__ == "__main__":
    raise SystemExit(main())
