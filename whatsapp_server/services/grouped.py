"""One call to the database for all who want the same kind of thing at the same moment.

Nobody waits for company: whoever finds no call under way goes at once, alone. Those who come while one is under way go together next.
So an idle server loses nothing, and a busy one makes fewer round trips the busier it is.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Given = TypeVar("Given")
Result = TypeVar("Result")
MOST = 100


class _Place(Generic[Given, Result]):
    """One caller's question, and its answer once `served`."""

    def __init__(self, given: Given) -> None:
        self.given = given
        self.served = False
        self.answer: Result | Exception


class Grouped(Generic[Given, Result]):
    """`work` takes what up to MOST callers gave and answers each, in their order: with a result, or with the exception for that one.

    What `work` itself raises, all of them get.
    """

    def __init__(self, work: Callable[[Sequence[Given]], Sequence[Result | Exception]]) -> None:
        self._work = work
        self._waiting: deque[_Place[Given, Result]] = deque()
        self._turn = threading.Lock()

    def __call__(self, given: Given) -> Result:
        """The result for `given`; raises its exception."""
        place: _Place[Given, Result] = _Place(given)
        self._waiting.append(place)
        with self._turn:
            # Once is enough where a lock is had in the order of asking, as eventlet's is; a thread's is not.
            while not place.served:
                self._serve()
        if isinstance(place.answer, Exception):
            raise place.answer
        return place.answer

    def _serve(self) -> None:
        # In the order of arrival; others may come meanwhile, and only who has the turn takes away.
        group = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
        try:
            answers: Sequence[Result | Exception] = self._work([place.given for place in group])
        except Exception as error:
            answers = [error] * len(group)
        for place, answer in zip(group, answers, strict=True):
            place.answer, place.served = answer, True
