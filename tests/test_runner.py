"""`python -m tests`: both phases run, and the end says what there is to know. Here on tests that are made up."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.__main__ import Report, read, summary
from tests.support.server import ROOT

CASES = """
import pytest

def test_fine():
    pass

@pytest.mark.alone
def test_fine_alone():
    pass

def test_skipped():
    pytest.skip("no moon: wait for it")

class TestGroup:
    @pytest.mark.parametrize("given", ["a b"])
    def test_in_a_class(self, given):
        assert False

@pytest.fixture
def broken():
    raise ValueError

@pytest.mark.alone
def test_without_its_fixture(broken):
    pass
"""


def run(folder: Path, source: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """`python -m tests` with one module of these tests, away from the others' configuration and from plugins that it does not need."""
    module = folder / "test_made_up.py"
    module.write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = alone: not beside others\naddopts = -p xdist.plugin\n")
    command = [sys.executable, "-m", "tests", "-c", str(folder / "pytest.ini"), "--rootdir", str(folder), str(module)]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **env}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_both_phases_are_run_and_counted_together(tmp_path: Path) -> None:
    ran = run(tmp_path, CASES)
    assert ran.returncode == 1
    end = ran.stdout[ran.stdout.index("The 20 that took longest") :]
    assert "  1: no moon: wait for it\n" in end
    failed = end[end.index("Failed:") :].splitlines()[1:3]
    assert sorted(line.strip().partition("::")[2] for line in failed) == ["TestGroup::test_in_a_class[a b]", "test_without_its_fixture"]
    assert end.endswith("\n2 passed, 2 failed, 1 skipped\n")


def test_a_failure_in_one_phase_is_one_of_both(tmp_path: Path) -> None:
    assert run(tmp_path, "import pytest\n\n@pytest.mark.alone\ndef test_x(): assert False\n\ndef test_y(): pass\n").returncode == 1


def test_what_cannot_even_be_collected_fails(tmp_path: Path) -> None:
    ran = run(tmp_path, "import nothing_of_this_name\n")
    assert ran.returncode not in (0, 5)
    assert " 0 failed" not in ran.stdout.splitlines()[-1]


def test_nothing_to_run_is_no_success(tmp_path: Path) -> None:
    assert run(tmp_path, "").returncode == 5


def test_a_program_that_is_missing_is_said_first_and_stops_ci(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("redis-server", "nginx", "chromium"):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\n")
        (tmp_path / "bin" / name).chmod(0o755)
    lacking = "Not installed: node. To get what is missing: sudo bash scripts/install_system_packages.sh"
    ran = run(tmp_path, "def test_x(): pass\n", PATH=str(tmp_path / "bin"), CI="")
    assert (ran.returncode, ran.stdout.splitlines()[0]) == (0, lacking)
    ran = run(tmp_path, "def test_x(): pass\n", PATH=str(tmp_path / "bin"), CI="true")
    assert (ran.returncode, ran.stdout.splitlines()) == (1, [lacking])


def test_the_longest_come_first_and_no_more_than_twenty() -> None:
    lines = summary(Report(durations=[(float(seconds), f"t{seconds}") for seconds in range(50)]))
    assert [line.split()[-1] for line in lines if " s  t" in line] == [f"t{seconds}" for seconds in range(49, 29, -1)]


@pytest.mark.parametrize("outcome", ["failure", "error"])
def test_what_is_written_down_is_read(tmp_path: Path, outcome: str) -> None:
    case = 'file="tests/a/test_b.py" classname="tests.a.test_b.TestC" name="test_d" time="1.5"'
    written = tmp_path / "report.xml"
    written.write_text(f'<testsuites><testsuite><testcase {case}><{outcome} message="x"/></testcase></testsuite></testsuites>')
    report = read(written)
    assert report.failed == ["tests/a/test_b.py::TestC::test_d"]
    assert (report.outcomes["failed"], report.durations) == (1, [(1.5, "tests/a/test_b.py::TestC::test_d")])
