"""What several test modules need is in support: nobody imports it from a test module or a conftest.py, whose fixtures pytest hands out."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


def modules_named(source: str) -> Iterator[str]:
    """Every dotted name that `source` may import a module by; of `from a import b`, b may be one too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


def is_pytests_own(module: str) -> bool:
    """Whether it is a module that pytest collects or loads by itself."""
    return any(part == "conftest" or part.startswith("test_") for part in module.split("."))


def test_nobody_imports_from_a_test_module() -> None:
    found = {
        f"{path.relative_to(TESTS)} imports {module}"
        for path in TESTS.rglob("*.py")
        for module in modules_named(path.read_text())
        if is_pytests_own(module)
    }
    assert found == set()


@pytest.mark.parametrize(
    "line",
    [
        "import tests.api.test_auth",
        "import tests.api.test_auth as auth",
        "from tests.api.test_auth import sign_in",
        "from tests.api import test_auth",
        "from tests.e2e.conftest import sign_in",
        "from .conftest import sign_in",
        "from . import conftest",
        "def test_it():\n    from .test_auth import sign_in",
    ],
)
def test_each_way_of_importing_from_one_is_found(line: str) -> None:
    assert any(is_pytests_own(module) for module in modules_named(line))
