"""How fast one channel may send: its rate, slower after a 429, and pauses while Twilio takes nothing."""

import threading

from whatsapp_server import clock

# Who waits in line holds a lease meanwhile: with a longer line, come back later.
LONGEST_LINE_SECONDS = 3.0
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
SLOWEST_INTERVAL_SECONDS = 10.0
RECOVERY = 0.9


class Pace:
    """One channel's, within one process."""

    def __init__(self, max_mps: float) -> None:
        self._normal = 1.0 / max_mps
        self._interval = self._normal
        self._next_slot = 0.0
        self._paused_until = 0.0
        self._pause = FIRST_PAUSE_SECONDS
        self._strikes = 0
        # True at the start: what an earlier process told staff about this channel is not known here.
        self._delayed = True
        self._guard = threading.Lock()

    def paused_for(self) -> float:
        """Seconds until the next attempt may be made; 0 or less when now."""
        return self._paused_until - clock.monotonic()

    def ready_in(self) -> float:
        """Seconds until it is worth standing in line: no pause, and the line is short; 0 or less when now."""
        return max(self._paused_until, self._next_slot - LONGEST_LINE_SECONDS) - clock.monotonic()

    def take_slot(self) -> float:
        """Reserve the next place in the line; seconds to wait until it."""
        with self._guard:
            present = clock.monotonic()
            slot = max(present, self._next_slot)
            self._next_slot = slot + self._interval
        return slot - present

    def back_off(self, *, slower: bool) -> float:
        """Nothing was taken: pause, twice as long each time; `slower` also halves the rate. Seconds of the pause."""
        present = clock.monotonic()
        if self._paused_until <= present:  # several that failed together count as one failure
            self._paused_until = present + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
            if slower:
                self._interval = min(self._interval * 2, max(SLOWEST_INTERVAL_SECONDS, self._normal))
        self._delayed = True
        return self._paused_until - present

    def strike(self) -> int:
        """An attempt without a believable answer; how many in a row."""
        self._strikes += 1
        if self._strikes > 1:
            self._delayed = True
        return self._strikes

    def answered(self) -> None:
        """Twilio answered, if only to refuse one message."""
        self._strikes = 0
        self._pause = FIRST_PAUSE_SECONDS

    def went_well(self) -> bool:
        """Twilio took a message; True when staff may have been told that it does not."""
        self.answered()
        self._paused_until = 0.0
        self._interval = max(self._normal, self._interval * RECOVERY)
        delayed, self._delayed = self._delayed, False
        return delayed
