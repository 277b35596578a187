"""What a token endpoint, or a proxy in its place, may answer that is no token."""

from __future__ import annotations

SECRET = "zephyrquill"
GARBLED = (
    b"[]",
    b"null",
    b"7",
    b"\xff",
    b"[" * 100_000,
    b'{"access_token": "zephyrquill", "expi',
    b"",
)
"""No JSON, or other JSON than an object."""
NO_TOKENS = (
    b"{}",
    b'{"access_token": ""}',
    b'{"access_token": 7, "expires_in": 3599}',
    b'{"access_token": "zephyrquill", "expires_in": "soon"}',
    b'{"access_token": "zephyrquill", "expires_in": [3599]}',
    b'{"access_token": "zephyrquill", "expires_in": -1}',
    b'{"access_token": "zephyrquill", "expires_in": 99999999999999}',
)
"""Objects of an answer that says it is well."""
PASSING = (
    (b"{}", 429),
    (b"<html>zephyrquill</html>", 503),
    (b"[]", 408),
    (b'{"error": "temporarily_unavailable"}', 400),
    (b'{"error": "server_error"}', 403),
)
"""(body, status)"""
