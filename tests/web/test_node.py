"""The client's own tests (`*.test.mjs`), run by Node's test runner, each file as one test here."""

import subprocess
from pathlib import Path

import pytest

from tests.support.programs import required

ROOT = Path(__file__).parents[2]
FILES = sorted(Path(__file__).parent.glob("*.test.mjs"))
LONGEST_SECONDS = 120


def test_there_are_tests_of_the_client() -> None:
    assert FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".test.mjs"))
def test_client(file: Path) -> None:
    node = required("node")
    ran = subprocess.run([node, "--test", str(file)], cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_SECONDS)
    assert ran.returncode == 0, ran.stdout + ran.stderr
