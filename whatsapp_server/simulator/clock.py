"""The simulator's time, which a test or a trainer may move to close a customer's 24-hour window."""

import time

from whatsapp_server.simulator.state import Store

OFFSET = "clock_offset_seconds"


class Clock:
    """The true time plus an offset; the offset is kept with the state, so that a restart does not undo it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._offset = float(store.fact(OFFSET, "0"))

    @property
    def offset_seconds(self) -> float:
        """How far the simulator's clock is ahead of the true time."""
        return self._offset

    def now(self) -> float:
        """Epoch seconds."""
        return time.time() + self._offset

    def move(self, offset_seconds: float) -> None:
        """Set the offset; 0 goes back to the true time."""
        self._store.save_fact(OFFSET, str(offset_seconds))
        self._offset = offset_seconds
