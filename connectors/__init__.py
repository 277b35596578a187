"""One module or package per source system; each turns what its vendor answers into facts.

Connectors know ``auditor.model``, ``auditor.keys`` and ``auditor.source`` and nothing of each
other. What several need lies in modules below them: ``files`` (dropped files and the days they
speak for), ``paging``, and for tables of text ``csvfile``, ``csvdrop``, ``csvsets`` and
``rosterfile``.
"""
