"""Google's discovery documents, as shipped with its client library: which methods there are.

A stand-in reads paths, parameters, scopes and the shape of every answer from them, so that it
cannot promise what the vendor's own description does not.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

Document = dict[str, Any]
APIS = (
    "admin.directory_v1",
    "admin.reports_v1",
    "gmail.v1",
    "groupssettings.v1",
    "licensing.v1",
    "classroom.v1",
    "chat.v1",
    "bigquery.v2",
    "iamcredentials.v1",
    "oauth2.v2",
)
"""Names of the documents, as the library's files are called."""
SCOPE = "https://www.googleapis.com/auth/"


@dataclass(frozen=True)
class Method:
    """One method of one API. ``answer`` names the schema of its answer, if it has one."""

    api: str
    id: str
    verb: str
    path: re.Pattern[str]
    parameters: dict[str, Document]
    scopes: frozenset[str]
    answer: str | None


@cache
def document(api: str) -> Document:
    """Return a discovery document. Raises FileNotFoundError for a name the library has not."""
    folder = files("googleapiclient.discovery_cache") / "documents"
    read: Document = json.loads((folder / f"{api}.json").read_text(encoding="utf-8"))
    return read


def moved(api: str, base: str) -> Document:
    """Return the document with its addresses at ``base``, to build a client from."""
    return {**document(api), "rootUrl": f"{base}/", "baseUrl": f"{base}/", "mtlsRootUrl": ""}


@cache
def methods() -> dict[str, Method]:
    """Return every method of every API by id."""
    found: dict[str, Method] = {}
    for api in APIS:
        read = document(api)
        for method in _walk(read):
            one = _method(api, read["servicePath"], method)
            found[one.id] = one
    return found


def _walk(resource: Document) -> list[Document]:
    own = list(resource.get("methods", {}).values())
    return own + [m for inner in resource.get("resources", {}).values() for m in _walk(inner)]


def _method(api: str, service_path: str, method: Document) -> Method:
    parameters = method.get("parameters", {})
    return Method(
        api,
        method["id"],
        method["httpMethod"],
        _pattern(service_path + method["path"], parameters),
        parameters,
        frozenset(method.get("scopes", ())),
        method.get("response", {}).get("$ref"),
    )


def _pattern(path: str, parameters: dict[str, Document]) -> re.Pattern[str]:
    """Return a pattern with a group for each parameter of the path."""
    pieces = re.split(r"\{(\+?\w+)\}", path)
    made = [re.escape("/" + pieces[0])]
    for name, literal in zip(pieces[1::2], pieces[2::2], strict=True):
        own, inner = name.removeprefix("+"), "[^/]+"
        if own != name:  # such a parameter may hold slashes
            inner = parameters[own].get("pattern", "^.+$").removeprefix("^").removesuffix("$")
        made.append(f"(?P<{own}>{inner}){re.escape(literal)}")
    return re.compile("".join(made))
