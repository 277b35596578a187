"""What a token's questions cost: a leaky bucket for each token, as Canvas documents it."""

from __future__ import annotations

FULL = 700.0
"""What fits in before Canvas refuses."""
DRAINS = 10.0
"""How much of it is gone after a second."""


class LeakyBuckets:
    """Counts for each token; ``cost`` is what one question takes."""

    def __init__(self) -> None:
        self.cost = 0.2
        self._levels: dict[str, tuple[float, float]] = {}
        """Token -> how full its bucket was, and when."""

    def pour(self, token: str, seconds: float) -> float | None:
        """Count a question; return what is left, or None if it does not fit in."""
        level, at = self._levels.get(token, (0.0, seconds))
        level = max(0.0, level - (seconds - at) * DRAINS)
        fits = level + self.cost <= FULL
        self._levels[token] = (level + self.cost if fits else level, seconds)
        return FULL - level - self.cost if fits else None
