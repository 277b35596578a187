"""What holds for every test: a busy machine is no fault, so generated examples have no deadline."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")
