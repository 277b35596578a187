"""Reading a TOML file of ours so that every way it can be unreadable is told with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from auditor.policy.problems import PolicyError, Problem

_AT_LINE = re.compile(r"\s*\(at line (\d+), column (\d+)\)")


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.toml"))) or "none"
        problem = Problem(path, None, (), "there is no such policy pack", f"There are: {known}")
        raise PolicyError([problem]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problem = Problem(path, line, (), "this is not UTF-8 text", "Save the file as UTF-8")
        raise PolicyError([problem]) from None


def read_toml(path: Path, text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        line = int(at[1]) if at else len(text.splitlines())
        said = _AT_LINE.sub("", str(error))
        cure = "Mend this line: key = value, text in quotes, days that exist, each key once"
        problem = Problem(path, line, (), f"not readable as TOML: {said}", cure)
        raise PolicyError([problem]) from None
