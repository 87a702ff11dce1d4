"""The in-process bell of the outbox: who adds work rings it, the worker hears it at once.

Only a courtesy: the work itself is in the database, and the worker's sweep finds what no bell announced.
"""

from queue import Empty, SimpleQueue

_rung: SimpleQueue[str] = SimpleQueue()
# Conversations that the worker will look at again later: something in them holds back the rest.
waiting: set[str] = set()


def ring(conversation_id: str) -> None:
    """There is something to send in this conversation."""
    _rung.put(conversation_id)


def nudge(conversation_id: str) -> None:
    """Something was settled in this conversation: ring, if the rest of it waits for that."""
    if conversation_id in waiting:
        ring(conversation_id)


def heard(timeout_seconds: float) -> set[str]:
    """The conversations rung for since the last call; waits up to `timeout_seconds` for a first one."""
    found: set[str] = set()
    try:
        found.add(_rung.get(timeout=timeout_seconds))
        while True:
            found.add(_rung.get_nowait())
    except Empty:
        return found
