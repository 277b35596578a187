"""Opening a page the way its readers do, and writing down everything it tries to do.

Nothing but the file itself is ever served: any other request is stopped and noted.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Route

OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")
DESKTOP = 1280
PHONE = 390
SMALLEST = 320
"""CSS pixels that WCAG 2.2, 1.4.10, asks a page to fit without scrolling sideways."""


def chromium() -> str:
    """Return the path of the system's Chromium; fails the test where there is none."""
    for name in NAMES:
        if (path := shutil.which(name)) is not None:
            return path
    raise AssertionError(
        f"no Chromium on the PATH (looked for {', '.join(NAMES)}): `make test` installs it"
    )


@dataclass(slots=True)
class Noted:
    """What an opened page did that no page of ours should."""

    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def nothing(self) -> bool:
        return not (self.requests or self.dialogs or self.console)


@dataclass(slots=True)
class Reader:
    """Opens pages, each in a context of its own."""

    browser: Browser
    noted: Noted = field(default_factory=Noted)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self,
        file: Path,
        *,
        width: int = DESKTOP,
        scripts: bool = True,
        media: Literal["screen", "print"] = "screen",
        forced_colors: Literal["active", "none"] = "none",
        bypass_csp: bool = False,
    ) -> Page:
        """Open a page and wait until it is there."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            forced_colors=forced_colors,
            bypass_csp=bypass_csp,
        )
        self._contexts.append(context)
        address = file.resolve().as_uri()

        def only_the_file(route: Route) -> None:
            if route.request.url.split("#")[0] == address:
                route.continue_()
            else:
                self.noted.requests.append(route.request.url)
                route.abort()

        context.route("**/*", only_the_file)
        page = context.new_page()
        _listen(page, self.noted)
        page.emulate_media(media=media)
        page.goto(address)
        return page

    def open_all(self, file: Path, *, width: int = DESKTOP, bypass_csp: bool = False) -> Page:
        """Open a page and everything on it that is closed."""
        page = self.open(file, width=width, bypass_csp=bypass_csp)
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        return page

    def leave(self) -> None:
        """Close all that was opened."""
        for context in self._contexts:
            context.close()
        self._contexts.clear()


def _listen(page: Page, noted: Noted) -> None:
    def dialog(opened: Dialog) -> None:
        noted.dialogs.append(opened.message)
        opened.dismiss()

    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            noted.console.append(message.text)

    page.on("dialog", dialog)
    page.on("console", console)
    page.on("pageerror", lambda error: noted.console.append(str(error)))
