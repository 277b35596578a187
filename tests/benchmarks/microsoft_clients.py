"""Graph asked as the product would, with tokens from the real MSAL, of a pretended tenant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msal
import requests

from benchmarks.pretend.microsoft import PretendMicrosoft

SIGN_IN = "https://login.microsoftonline.com"


class _Mapped:
    """Leads MSAL, which takes no address but Microsoft's, to the pretended one."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, url: str, **rest: Any) -> requests.Response:
        return self._session.get(url.replace(SIGN_IN, self._base), timeout=20, **rest)

    def post(self, url: str, **rest: Any) -> requests.Response:
        return self._session.post(url.replace(SIGN_IN, self._base), timeout=20, **rest)

    def close(self) -> None:
        self._session.close()


class Graph:
    """Asks one server; ``closing`` it lets go of the connections."""

    def __init__(self, microsoft: PretendMicrosoft) -> None:
        self.microsoft = microsoft
        self.session = requests.Session()
        self.session.trust_env = False
        self.sign_in = _Mapped(microsoft.base)
        self.roles: tuple[str, ...] = ()
        """Permissions of the token that is asked with; none stands for all."""

    def tokens(self, folder: Path, **settings: Any) -> dict[str, Any]:
        """Return what MSAL is given for the certificate, or for other settings of its own."""
        pem = self.microsoft.certificate_file(folder).read_text()
        credential = {"private_key": pem, "public_certificate": pem}
        scope = settings.pop("scope", "https://graph.microsoft.com/.default")
        tenant = settings.pop("tenant", self.microsoft.tenant)
        application = msal.ConfidentialClientApplication(
            settings.pop("client", self.microsoft.client),
            client_credential=settings.pop("credential", credential),
            authority=f"{SIGN_IN}/{tenant}",
            instance_discovery=False,
            http_client=self.sign_in,
        )
        return dict(application.acquire_token_for_client([scope]))

    def ask(self, path: str, query: dict[str, Any] | None = None, **rest: Any) -> requests.Response:
        """Ask for a path below /v1.0, or for a whole link."""
        address = path if path.startswith("http") else f"{self.microsoft.base}/v1.0/{path}"
        token = rest.pop("token", None) or self.microsoft.token(*self.roles)
        headers = {"Authorization": f"Bearer {token}", **rest.pop("headers", {})}
        verb = rest.pop("verb", "GET")
        return self.session.request(
            verb, address, params=query, headers=headers, timeout=20, **rest
        )

    def get(self, path: str, query: dict[str, Any] | None = None, **rest: Any) -> dict[str, Any]:
        reply = self.ask(path, query, **rest)
        assert reply.ok, reply.text
        return dict(reply.json())

    def every(self, path: str, query: dict[str, Any] | None = None, **rest: Any) -> list[Any]:
        """Return the records of all pages."""
        return self.round(path, query, **rest)[0]

    def round(
        self, path: str, query: dict[str, Any] | None = None, **rest: Any
    ) -> tuple[list[Any], str]:
        """Return the records of all pages and the link that the last one keeps."""
        page = self.get(path, query, **rest)
        found = list(page["value"])
        while "@odata.nextLink" in page:
            assert page["@odata.nextLink"].startswith(self.microsoft.base)
            page = self.get(page["@odata.nextLink"], **rest)
            found += page["value"]
        return found, page.get("@odata.deltaLink", "")

    def refused(
        self, path: str, query: dict[str, Any] | None = None, **rest: Any
    ) -> tuple[int, str]:
        """Return the status and the code with which a question is refused."""
        reply = self.ask(path, query, **rest)
        assert not reply.ok, reply.text
        error = reply.json()["error"]
        assert {"code", "message", "innerError"} == set(error)
        return reply.status_code, error["code"]

    def close(self) -> None:
        self.session.close()
        self.sign_in.close()
