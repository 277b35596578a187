"""How much may be asked in a while, counted by a clock that tests can turn."""

from __future__ import annotations

from collections import defaultdict, deque


class Spending:
    """Counts what was spent lately, for each thing that is limited."""

    def __init__(self) -> None:
        self._spent: dict[str, deque[tuple[float, int]]] = defaultdict(deque)
        self._sums: dict[str, int] = defaultdict(int)

    def spend(self, what: str, units: int, most: int, seconds: float, within: float) -> bool:
        """Count ``units``; return False, counting nothing, if they are too many.

        ``most`` holds for any stretch of ``within`` seconds.
        """
        spent = self._spent[what]
        while spent and spent[0][0] <= seconds - within:
            self._sums[what] -= spent.popleft()[1]
        if self._sums[what] + units > most:
            return False
        spent.append((seconds, units))
        self._sums[what] += units
        return True

    def opens(self, what: str, seconds: float, within: float) -> float:
        """Return after how many seconds the oldest of what was spent no longer counts."""
        spent = self._spent[what]
        return max(0.0, spent[0][0] + within - seconds) if spent else 0.0
