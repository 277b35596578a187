"""``auditor columns``: column maps there are, and how a file would be read through one.

A map is wrong in ways no program can find out: a heading that means something else, a time in
another zone. So whoever answers for it looks at rows of their own beforehand. Nothing is stored.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from auditor.source import Rejected
from connectors.files import HashingReader, dropped_file
from connectors.tables.cells import Form
from connectors.tables.columns import ColumnMap, load_map
from connectors.tables.layout import COMMUNICATIONS, TABLES, Table
from connectors.tables.trial import Tried, TriedRow, try_file
from cron.mistakes import did_you_mean
from cron.options import HERE, AsJson, Config, end
from cron.outcome import CommandError, Exit, Outcome
from cron.settings import CONFIG, Settings, load_settings

app = typer.Typer(help="Column maps of other systems' exports: list them, try one on a file.")
_ROWS = 10


@app.command("list")
def list_command(config: Config = HERE, as_json: AsJson = False) -> None:
    """List the column maps there are, and whether somebody has verified them."""
    end(lambda: list_maps(config), as_json)


@app.command("try")
def try_command(
    name: Annotated[
        str, typer.Argument(metavar="MAP", help="A map's name or file, or a source that has one.")
    ],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The export.")
    ],
    rows: Annotated[int, typer.Option(min=0, help="How many rows to show.")] = _ROWS,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Show how a file would be read: who, to whom, when; no text, no subject. Stores nothing."""
    end(lambda: try_map(config, name, file, rows), as_json)


# ---- which map -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Chosen:
    path: Path
    table: Table
    map: ColumnMap
    tool: str | None


def _choose(settings: Settings, config: Path, name: str) -> _Chosen:
    """Return the map of a source, of a file, or of this name; the district's own goes first."""
    base = config.absolute().parent
    source = next((s for s in settings.sources if s.name == name and "columns" in s.settings), None)
    if source is not None:
        path = base / str(source.settings["columns"])
        tool = source.settings.get("tool")
        return _load(path, tool if isinstance(tool, str) else None)
    shipped = CONFIG / f"columns/{name}.toml"
    places = (Path(name), base / name, base / f"columns/{name}.toml", shipped)
    found = next((path for path in places if path.suffix == ".toml" and path.is_file()), None)
    if found is None:
        raise CommandError(
            f"there is no column map {name!r}",
            where="MAP",
            cure=did_you_mean(name, [path.stem for path in _all_maps(config)]),
        )
    return _load(found, None)


def _load(path: Path, tool: str | None) -> _Chosen:
    kind = _told(path).get("kind")
    table = TABLES.get(kind) if isinstance(kind, str) else None
    if table is None:
        cure = f"Write kind into the map, one of {', '.join(TABLES)}"
        raise CommandError("it does not say which table it is for", where=str(path), cure=cure)
    try:
        return _Chosen(path, table, load_map(path, path.name, table), tool)
    except ValueError as error:
        cure = "Mend the map; the maps that come with the program show what may stand in one"
        raise CommandError(str(error), where=str(path), cure=cure) from None


def _told(path: Path) -> dict[str, Any]:
    """Return what a map's file says."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        cure = "Mend the file: key = value, text in quotes"
        raise CommandError(f"cannot be read ({error})", where=str(path), cure=cure) from None


# ---- list ----------------------------------------------------------------------------------


def list_maps(config: Path) -> Outcome:
    """List the district's maps, then those that come with the program and are not among them."""
    document = [_listed(path) for path in _all_maps(config)]

    def show(screen: Console) -> None:
        for one in document:
            by = f"verified by {one['verified_by']} on {one['verified_on']}"
            said = by if one["verified_by"] else "not verified"
            screen.print(f"{escape(one['map']):<32} {one['kind'] or '?':<16} {escape(said)}")

    return Outcome(document, show)


def _listed(path: Path) -> dict[str, Any]:
    told = _told(path)
    by, on = told.get("verified_by") or None, told.get("verified_on") or None
    return {
        "map": path.stem,
        "file": str(path),
        "kind": told.get("kind"),
        "system": told.get("system"),
        "verified_by": by,
        "verified_on": None if on is None else str(on),
    }


def _all_maps(config: Path) -> Iterator[Path]:
    known: set[str] = set()
    for folder in (config.absolute().parent / "columns", CONFIG / "columns"):
        for path in sorted(folder.glob("*.toml")):
            if path.stem not in known:
                known.add(path.stem)
                yield path


# ---- try -----------------------------------------------------------------------------------


def try_map(config: Path, name: str, file: Path, rows: int) -> Outcome:
    """Read a file through a map and tell what comes of it; stores nothing.

    Raises ``SourceError`` where the file's headings are not those of the map.
    """
    settings = load_settings(config)
    chosen = _choose(settings, config, name)
    district = settings.district
    form = Form(chosen.table, chosen.map, district.timezone, district.addresses)
    with HashingReader(dropped_file(file, file.name)) as stream:
        tried = try_file(stream, file.name, form, tool=chosen.tool, most=rows)
    clean = tried.used and not tried.aside
    return Outcome(
        _document(chosen, tried),
        lambda screen: _show(chosen, tried, screen),
        Exit.COMPLETE if clean else Exit.GAPS if tried.used else Exit.FAILED,
    )


def _document(chosen: _Chosen, tried: Tried) -> dict[str, Any]:
    return {
        "map": str(chosen.path),
        "kind": chosen.table.name,
        "verified": chosen.map.is_verified,
        "used": tried.used,
        "set_aside": dict(tried.aside),
        "repeated": tried.repeated,
        "first": None if tried.first is None else tried.first.isoformat(),
        "last": None if tried.last is None else tried.last.isoformat(),
        "may_be_cut_short": tried.may_be_cut,
        "rows": [_row(row) for row in tried.rows],
        "words": [
            {
                "column": words.column,
                "heading": words.heading,
                "only_in_map": list(words.unused),
                "only_in_file": list(words.unknown),
                "too_many_to_tell": words.different or None,
            }
            for words in tried.words
        ],
        "notes": [note.text for note in tried.notes],
    }


def _row(row: TriedRow | Rejected) -> dict[str, Any]:
    if isinstance(row, Rejected):
        return {"line": row.line, "set_aside": row.reason, "heading": row.field}
    return {"line": row.line, **{name: said for name, said in row.told.items() if said}}


def _show(chosen: _Chosen, tried: Tried, screen: Console) -> None:
    verified = "verified" if chosen.map.is_verified else "not verified"
    head = f"[bold]{escape(str(chosen.path))}[/]: {chosen.table.name}, {verified}"
    screen.print(head, soft_wrap=True)
    for row in tried.rows:
        screen.print(_line(row, messages=chosen.table is COMMUNICATIONS), soft_wrap=True)
    used = "1 row" if tried.used == 1 else f"{tried.used:,} rows"
    screen.print(f"\n{used} would be used, {sum(tried.aside.values()):,} set aside")
    for reason, count in tried.aside.items():
        screen.print(f"[yellow]–[/] {count:,}: {escape(reason)}", soft_wrap=True)
    for line in _remarks(chosen, tried):
        screen.print(f"[yellow]–[/] {escape(line)}", soft_wrap=True)
    for note in tried.notes:
        screen.print(f"[dim]{escape(note.text)}[/]", soft_wrap=True)


def _line(row: TriedRow | Rejected, *, messages: bool) -> str:
    if isinstance(row, Rejected):
        where = f"{row.field} " if row.field else ""
        return f"[red]✗[/] line {row.line}: {escape(where + row.reason)}"
    if not messages:
        said = ", ".join(f"{name} {value}" for name, value in row.told.items())
        return f"[green]✓[/] line {row.line}: {escape(said)}"
    told = row.told
    copied = f", cc {told['cc']}" if told["cc"] else ""
    others = f"; {told['others']}" if told["others"] else ""
    people = f"{told['from']} → {told['to']}{copied}{others}"
    by = f"{told['channel']}, audience {told['audience']}"
    said = f"{told['sent']}  {people}  ({by})"
    return f"[green]✓[/] line {row.line}: {escape(said)}"


def _remarks(chosen: _Chosen, tried: Tried) -> Iterator[str]:
    if tried.first is not None and tried.last is not None:
        yield f"sent from {tried.first:%Y-%m-%d %H:%M} to {tried.last:%Y-%m-%d %H:%M}, local time"
    if tried.repeated:
        yield f"{tried.repeated:,} rows say nothing new: given before, or with another row's id"
    if tried.may_be_cut:
        limit = f"{chosen.map.most_rows:,}"
        yield f"it has {limit} rows or more, at which this export stops: perhaps cut short"
    for words in tried.words:
        if words.unused:
            yield f"{words.heading}: the map knows {_quoted(words.unused)}, not in the file"
        if words.unknown:
            yield f"{words.heading}: the file has {_quoted(words.unknown)}, not in the map"
        if words.different:
            yield f"{words.heading}: the file has {words.different:,} words that are not in the map"


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"“{word}”" for word in words)
