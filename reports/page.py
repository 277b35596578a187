"""The frame of every page: one template environment, one strict policy for the browser.

A page is one file that needs nothing else: no network, no second file, no script to be read. Its
Content-Security-Policy names the inlined style and script by their SHA-256, so nothing a name
smuggles in could ever run, even if the escaping failed.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from auditor.result import Imprint, Reason
from reports import shown
from reports.items import places
from reports.localtime import LocalTime

_OF_PAGES = frozenset({".py", ".j2", ".css", ".js"})


class Values(Protocol):
    """What the frame needs of any page's values; a report's have its verdict and coverage too."""

    @property
    def imprint(self) -> Imprint: ...


@cache
def environment() -> Environment:
    """Return the one environment: it escapes everything and refuses a name it does not know."""
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=PackageLoader("reports"),
        finalize=shown.shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals["reasons"] = tuple(Reason)
    made.filters |= {
        "anchor": shown.anchor,
        "counted": shown.counted,
        "grade": shown.grade,
        "how_long": shown.how_long,
        "initials": shown.initials,
        "listed": shown.listed,
        "name": shown.name,
        "number": shown.number,
        "places": places,
        "sentence": shown.sentence,
    }
    return made


def render(template: str, page: Values, *, style: str | None = None, **more: Any) -> bytes:
    """Return a page's bytes; ``style`` names a file of ours with what only this page looks like.

    Templates see ``page`` (the values), ``imprint``, ``local`` (a ``LocalTime``) and ``more``.
    Raises ``jinja2.UndefinedError`` for a name that is none of these.
    """
    css, script = _static("page.css"), _static("page.js")
    if style is not None:
        css = Markup("\n").join((css, _static(style)))
    text = environment().get_template(template).render(
        page=page,
        imprint=page.imprint,
        local=LocalTime.of(page.imprint),
        css=css,
        script=script,
        browser_policy=_browser_policy(css, script),
        **more,
    )
    return text.encode()


@cache
def rendering() -> str:
    """Return which version of templates, styles and page code this is: the same one makes the
    same bytes of the same values.
    """
    parts = [version("jinja2"), version("markupsafe")]
    folder = Path(__file__).parent
    for path in sorted(p for p in folder.rglob("*") if p.suffix in _OF_PAGES):
        parts += [path.relative_to(folder).as_posix(), sha256(path.read_bytes()).hexdigest()]
    return sha256("\n".join(parts).encode()).hexdigest()[:12]


def _browser_policy(css: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{_digest(css)}'",
            f"script-src 'sha256-{_digest(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


@cache
def _static(file_name: str) -> Markup:
    """Return one of our own files; it is the only text that is not escaped."""
    return Markup((files("reports") / "static" / file_name).read_text(encoding="utf-8").strip())  # noqa: S704  (a file of our own)


def _digest(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
