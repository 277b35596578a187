"""One module or package per source system; each turns what its vendor answers into facts.

Connectors know ``auditor.model``, ``auditor.keys`` and ``auditor.source`` and nothing of each
other. ``connectors.files`` holds what every connector that reads dropped files has in common.
"""
