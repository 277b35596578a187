"""What a person or a log sees while work is going on; results go to stdout, all this to stderr."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from rich.console import Console

from auditor.source import Progress

LOG = logging.getLogger("auditor")
Step = Callable[[str], None]
_WIDE = 200
_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")


class WithoutAddresses(logging.Filter):
    """Keeps addresses out of the log, should a message ever carry one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace every address in the record's text."""
        record.msg = _ADDRESS.sub("<address>", record.getMessage())
        record.args = None
        return True


def log_to_stderr() -> None:
    """Send log lines to stderr: ours from INFO on, those of libraries from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    handler.addFilter(WithoutAddresses())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    LOG.setLevel(logging.INFO)


def result_console() -> Console:
    """Return the console for results; a file or a pipe gets wide lines instead of folded ones."""
    wide = not sys.stdout.isatty()
    return Console(highlight=False, soft_wrap=wide, width=_WIDE if wide else None)


def error_console() -> Console:
    """Return the console for what went wrong, and for progress."""
    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


@contextmanager
def steps(job: str) -> Iterator[Step]:
    """Yield a function that is told each step as it begins.

    On a terminal the step under way spins and stays with its time once done; elsewhere each step
    is one log line.
    """
    console = error_console()
    if not console.is_terminal:
        yield lambda step: LOG.info("%s: %s", job, step)
        return
    under_way: list[tuple[str, float]] = []

    def close() -> None:
        if under_way:
            name, began = under_way.pop()
            took = f"{perf_counter() - began:6.1f} s"
            console.print(f"  [green]✓[/] {name:<24}[dim]{took}[/]")

    with console.status(f"{job} …") as status:

        def begin(step: str) -> None:
            close()
            under_way.append((step, perf_counter()))
            status.update(f"{job}: {step} …")

        yield begin
        close()


def progress(title: str) -> Progress:
    """Return a function that shows how far the reading of one source has come.

    On a terminal every step shows below the spinner; elsewhere each tenth is one log line.
    """
    console = error_console()
    told = -1

    def show(done: int, total: int, noun: str) -> None:
        nonlocal told
        tenth = 10 * done // total if total else 10
        if console.is_terminal:
            console.print(f"  [dim]{title}: {done:,} of {total:,} {noun}[/]", end="\r")
        elif tenth > told:
            LOG.info("%s: %s of %s %s", title, f"{done:,}", f"{total:,}", noun)
        told = tenth

    return show
