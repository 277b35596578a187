"""A real mail server on this machine for a while: Debian's Dovecot, out of its packages.

``make dovecot`` unpacks them below ``build/``, installs nothing and needs no root. The server runs
from a copy in a folder of its own, on a free port of the loopback address, as this very account (or
as nobody, where this is root's). Debian's build looks for its modules in one folder of the system:
that name is made a relative one in the copy, of the same length.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from imaplib import IMAP4
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
UNPACKED = ROOT / "build/dovecot/root"
PASSWORD = "secret"
_MODULES = b"/usr/lib/dovecot/modules"
_BESIDE = b"." + b"/" * (len(_MODULES) - 8) + b"modules"
_PATIENCE = 20
_SETTINGS = """\
import_environment = TZ LD_LIBRARY_PATH
login_plugin_dir = {root}/usr/lib/dovecot/modules/login
libexec_dir = {root}/usr/lib/dovecot
mail_plugin_dir = {root}/usr/lib/dovecot/modules
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
default_vsz_limit = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 0
mail_max_userip_connections = 50
mail_location = maildir:{home}/mail/%u
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Drafts {{
    auto = create
    special_use = \\Drafts
  }}
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
  mailbox Trash {{
    auto = create
    special_use = \\Trash
  }}
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """The server, and the folders in which it keeps mail."""

    home: Path
    port: int
    user: str

    def maildir(self, mailbox: str, folder: str = "") -> Path:
        inbox = self.home / "mail" / mailbox
        return inbox / f".{folder}" if folder else inbox

    def deliver(
        self, mailbox: str, mails: Iterable[tuple[bytes, datetime]], folder: str = ""
    ) -> None:
        """Put mail into a folder as a delivery does: new, and taken in at a moment."""
        place = self.maildir(mailbox, folder)
        for name in ("cur", "new", "tmp"):
            (place / name).mkdir(parents=True, exist_ok=True)
        there = len(list((place / "new").iterdir()))
        for number, (content, at) in enumerate(mails, start=there + 1):
            path = place / "new" / f"{int(at.timestamp())}.{number:06}.host"
            path.write_bytes(content)
            os.utime(path, (at.timestamp(), at.timestamp()))
        self._hand_over()

    def state(self) -> list[str]:
        """Return every mail's place and name: in Maildir, its flags stand in its name."""
        found = (self.home / "mail").rglob("*")
        return sorted(str(path) for path in found if path.parent.name in ("cur", "new"))

    def recent(self, mailbox: str) -> tuple[int, int]:
        """Return how many messages of an inbox are recent, and how many are unseen."""
        with IMAP4("127.0.0.1", self.port, timeout=_PATIENCE) as client:
            client.login(mailbox, PASSWORD)
            client.select("INBOX", readonly=True)
            recent = client.response("RECENT")[1][0]
            unseen = client.search(None, "UNSEEN")[1][0]
        return int(recent or 0), len(unseen.split())

    def _hand_over(self) -> None:
        """Let the server's account own the mail, where it is not this one."""
        if os.geteuid() == 0:
            nobody = pwd.getpwnam(self.user)
            for path in [self.home / "mail", *(self.home / "mail").rglob("*")]:
                os.chown(path, nobody.pw_uid, nobody.pw_gid)


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    """Run a server until left; fails where it was not unpacked."""
    if not (UNPACKED / "usr/sbin/dovecot").is_file():
        pytest.fail("there is no Dovecot: run make dovecot")
    with tempfile.TemporaryDirectory(prefix="imap-") as name:
        home = Path(name)
        home.chmod(0o755)
        root = shutil.copytree(UNPACKED, home / "root", symlinks=True)
        _relocate(root)
        (home / "mail").mkdir()
        (home / "run/login").mkdir(parents=True)
        for place in (home / "run", home / "run/login"):
            (place / "modules").symlink_to(root / "usr/lib/dovecot/modules")
        is_root = os.geteuid() == 0
        user = "nobody" if is_root else pwd.getpwuid(os.geteuid()).pw_name
        group = "nogroup" if is_root else str(os.getegid())
        running = Dovecot(home, _free_port(), user)
        running._hand_over()
        told = {"home": home, "root": root, "user": user, "group": group, "port": running.port}
        (home / "dovecot.conf").write_text(_SETTINGS.format(password=PASSWORD, **told))
        started = _start(home, root)
        try:
            _await(running.port, started, home)
            yield running
        finally:
            started.terminate()
            started.wait(_PATIENCE)


def _relocate(root: Path) -> None:
    for path in (root / "usr/lib/dovecot").iterdir():
        if path.is_file() and not path.is_symlink() and _MODULES in (content := path.read_bytes()):
            path.write_bytes(content.replace(_MODULES, _BESIDE))
    (root / "usr/lib/dovecot/modules/login").mkdir(exist_ok=True)


def _start(home: Path, root: Path) -> subprocess.Popen[bytes]:
    libraries = [root / "usr/lib/dovecot", *sorted((root / "usr/lib").glob("*-linux-gnu"))]
    settings = ["-c", str(home / "dovecot.conf")]
    command = [str(root / "usr/bin/doveconf"), "-f", "service=master", *settings, "-m", "master"]
    command += ["-e", str(root / "usr/sbin/dovecot"), "-F", *settings]
    paths = {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries))}
    with open(home / "started", "wb") as said:
        return subprocess.Popen(command, env=paths, cwd=home, stdout=said, stderr=said)


def _await(port: int, started: subprocess.Popen[bytes], home: Path) -> None:
    ends = time.monotonic() + _PATIENCE
    while time.monotonic() < ends and started.poll() is None:
        try:
            IMAP4("127.0.0.1", port, timeout=_PATIENCE).shutdown()
        except (OSError, IMAP4.error):
            time.sleep(0.1)
        else:
            return
    logs = (home / name for name in ("started", "log"))
    pytest.fail("\n".join(log.read_text() for log in logs if log.is_file()))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
