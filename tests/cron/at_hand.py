"""The command line within the test's own process: quicker, and with a clock that can be set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from cron.cli import app


def auditor(folder: Path, *arguments: str) -> tuple[int, Any]:
    """Run a command on a district; return its exit code and its JSON document."""
    config = str(folder / "district.toml")
    result = CliRunner().invoke(app, [*arguments, "--json", "--config", config])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, json.loads(result.stdout)
