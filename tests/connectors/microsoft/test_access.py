"""Signing in: what proves who we are goes to Microsoft's sign-in and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from auditor.source import Malformed
from benchmarks.pretend.serving import Reply, Request, Server
from tests.connectors.microsoft.directory_world import serving
from tests.connectors.microsoft.exchange_world import context, marlow, pull, source


@pytest.mark.parametrize("status", [302, 307])
def test_a_sign_in_that_sends_us_elsewhere_is_not_followed(tmp_path: Path, status: int) -> None:
    with Server(lambda _: Reply()) as elsewhere, serving(marlow()) as running:
        spoil = running.faults.spoil

        def moved(endpoint: str, request: Request, reply: Reply) -> Reply:
            reply = spoil(endpoint, request, reply)
            if endpoint != "oauth.token":
                return reply
            there = {**reply.headers, "Location": f"{elsewhere.address}{request.path}"}
            return replace(reply, body=b"", status=status, headers=there)

        running.faults.spoil = moved  # type: ignore[method-assign]  # a sign-in that errs
        with pytest.raises(Malformed, match="something that is no token"):
            pull(running, tmp_path)
        (result,) = source(context(running, tmp_path)).check()
        assert not result.ok
        assert elsewhere.asked == []
