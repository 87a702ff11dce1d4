"""Tabs without a page: the client's own code in one Node process, told what to do over its standard input."""

import itertools
import json
import subprocess
import threading
from pathlib import Path
from typing import Any

from tests.support.programs import required
from tests.support.server import ROOT

Json = dict[str, Any]
ANSWER_SECONDS = 40.0


class Tabs:
    """The process; a context manager. Calls may come from several threads."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("ab")
        command = [required("node"), "--no-warnings", "tests/convergence/tabs.mjs"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True)
        self._numbers = itertools.count(1)
        self._answers: dict[int, Json] = {}
        self._came = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> "Tabs":
        self._listener.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait(10)
        self._log.close()

    def __call__(self, do: str, **given: Any) -> Any:
        """Have something done; its answer. AssertionError with what went wrong there."""
        number = next(self._numbers)
        assert self._process.stdin is not None
        with self._came:
            self._process.stdin.write(json.dumps({"id": number, "do": do, **given}) + "\n")
            self._process.stdin.flush()
            assert self._came.wait_for(lambda: number in self._answers, ANSWER_SECONDS), f"no answer to {do} {given}"
            answer = self._answers.pop(number)
        assert "error" not in answer, answer["error"]
        return answer["answer"]

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line)
            with self._came:
                self._answers[answer["id"]] = answer
                self._came.notify_all()
