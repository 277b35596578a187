"""Keys and signed claims (JWT, RFC 7519) of the pretended vendors."""

from __future__ import annotations

import base64
import binascii
import json
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

Claims = dict[str, Any]
_LONG_KEYS = frozenset(("imap", "microsoft application"))
"""Whose client library warns of short ones, or whose TLS takes none."""


@cache
def key_pair(owner: str) -> rsa.RSAPrivateKey:
    """Return somebody's key: one for the process, since making one is slow.

    It guards nothing, and a short one is read eight times as fast by every source that is built.
    """
    bits = 2048 if owner in _LONG_KEYS else 1024
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def private_pem(owner: str) -> str:
    """Return the key as a file holds it (PKCS 8)."""
    return (
        key_pair(owner)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


def signed(owner: str, header: Claims, claims: Claims) -> str:
    """Return claims that ``owner`` has signed (RS256)."""
    told = {"alg": "RS256", "typ": "JWT", **header}
    head = f"{coded(json.dumps(told).encode())}.{coded(json.dumps(claims).encode())}"
    signature = key_pair(owner).sign(head.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{head}.{coded(signature)}"


def read_signed(token: str, owner: str) -> tuple[Claims, Claims] | None:
    """Return header and claims, or None unless ``owner`` has signed them (RS256 or PS256)."""
    head, _, signature = token.rpartition(".")
    first, _, second = head.partition(".")
    try:
        header, claims = json.loads(decoded(first)), json.loads(decoded(second))
        how = _PADDINGS[header["alg"]]
        key_pair(owner).public_key().verify(
            decoded(signature), head.encode(), how, hashes.SHA256()
        )
    except (ValueError, KeyError, TypeError, binascii.Error, InvalidSignature):
        return None
    return (header, claims) if isinstance(claims, dict) else None


_PADDINGS = {
    "RS256": padding.PKCS1v15(),
    "PS256": padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size),
}


def coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
