"""The certificate of a deletion, to print and keep; it names nobody."""

from __future__ import annotations

from pathlib import Path

from auditor.result.certificate import Certificate
from reports import publishing
from reports.documents import document
from reports.page import render
from reports.publishing import Published

FOLDER = "certificates"


def json_of(certificate: Certificate) -> bytes:
    """Return the certificate's values as they are kept."""
    return document("purge-certificate", certificate)


def publish(certificate: Certificate, folder: Path) -> Published:
    """Write the certificate and its JSON twin below ``folder``; raises ``OSError``."""
    return publishing.publish(
        folder / FOLDER,
        certificate.imprint.report_id,
        html=render("certificate.html.j2", certificate, style="packet.css"),
        json=json_of(certificate),
        csv=None,
    )
