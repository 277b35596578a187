"""For whoever writes a connector: what most of them need, and the contract that all of them keep.

A district's own connector is a package of its own: a module with ``connect(context)``, named under
``[project.entry-points."auditor.connectors"]``. Its tests are a class ``Test...(Contract)`` that
says how a small world for it is made (``Trial``); pytest does the rest. CONTRIBUTING.md has a
whole one.
"""

from connectors.kit.contract import Contract
from connectors.kit.lines import LineDrop
from connectors.kit.trial import Trial, dropped

__all__ = ["Contract", "LineDrop", "Trial", "dropped"]
