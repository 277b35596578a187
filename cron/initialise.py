"""Preparing a district's folder: settings to edit, places to drop files in, a pepper.

Nothing that exists is ever overwritten, so it may be run again at any time to add what is missing.
"""

from __future__ import annotations

from pathlib import Path

from auditor.audit import Notice
from cron.rights import with_notice
from cron.secrets import make_pepper
from cron.settings import CONFIG

UNITS = Path(__file__).with_name("units")
"""What starts the jobs on a host: for systemd, cron and Kubernetes, to be adapted."""
DROPS = ("drop/oneroster", "drop/tables", "drop/mail", "drop/chat", "drop/lms", "columns")


def initialise(folder: Path, told: Notice | None = None) -> tuple[list[Path], list[Path]]:
    """Make what is missing in ``folder``; return (made, left as it was).

    ``told`` is the notice to staff, which new settings then hold.
    Raises OSError where a folder cannot be made.
    """
    made: list[Path] = []
    kept: list[Path] = []
    for name in DROPS:
        drop = folder / name
        (kept if drop.is_dir() else made).append(drop)
        drop.mkdir(parents=True, exist_ok=True)
    for pattern, into in (("examples/*.csv", "examples"), ("columns/*.toml", "columns")):
        for example in sorted(CONFIG.glob(pattern)):
            path = folder / into / example.name
            (made if _copy(example, path) else kept).append(path)
    for unit in sorted(UNITS.iterdir()):
        path = folder / "units" / unit.name
        (made if _copy(unit, path) else kept).append(path)
    settings, pepper = folder / "district.toml", folder / "secrets/pepper"
    if _copy(CONFIG / "district.example.toml", settings):
        if told is not None:
            text = with_notice(settings.read_text(encoding="utf-8"), told)
            settings.write_text(text, encoding="utf-8")
        made.append(settings)
        (made if make_pepper(pepper) else kept).append(pepper)
    else:  # a district at work: a pepper that is missing must be restored, never replaced
        kept.append(settings)
    return made, kept


def _copy(original: Path, path: Path) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(original.read_bytes())
    except FileExistsError:
        return False
    return True
