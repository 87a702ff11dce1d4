"""What scripts/preflight.sh says on machines that lack something; the machines are folders of stand-in programs."""

import subprocess
from pathlib import Path

import pytest

PREFLIGHT = Path(__file__).parents[2] / "scripts" / "preflight.sh"
# What a stand-in Python answers to the three questions: new enough? venv? libcurl? (0 is yes)
ANSWERS = (
    'case "$*" in *version_info*) exit {new};; *ensurepip*) exit {venv};; *libcurl*) exit {curl};; --version) echo Python 3.9.2;; esac'
)


class Machine:
    """A PATH with nothing but what it is given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.put("uname", "echo Linux")

    def put(self, name: str, script: str) -> None:
        """Install a program."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def put_python(self, *, new: bool = True, venv: bool = True, curl: bool = True, name: str = "python3") -> None:
        """Install a Python that has what is said."""
        self.put(name, ANSWERS.format(new=int(not new), venv=int(not venv), curl=int(not curl)))

    def preflight(self, *arguments: str) -> tuple[int, list[str]]:
        """Its exit code and what it said."""
        ran = subprocess.run(["/bin/sh", PREFLIGHT, *arguments], env={"PATH": str(self.folder)}, capture_output=True, text=True, timeout=20)
        assert ran.stdout == ""
        return ran.returncode, ran.stderr.splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A bare machine."""
    return Machine(tmp_path)


def test_a_complete_machine_hears_nothing(machine: Machine) -> None:
    machine.put_python()
    assert machine.preflight() == (0, [])


def test_no_python(machine: Machine) -> None:
    assert machine.preflight() == (
        1,
        ["Python 3.11 or newer is missing. Install it: sudo apt-get install -y python3 python3-venv"],
    )


def test_an_old_python_and_how_to_name_another(machine: Machine) -> None:
    machine.put_python(new=False)
    assert machine.preflight() == (
        1,
        ["Python 3.11 or newer is needed, and python3 is Python 3.9.2. Name another one: make setup PYTHON=/path/to/python3.11"],
    )
    machine.put_python(name="python3.11")
    assert machine.preflight("python3.11") == (0, [])


def test_everything_missing_is_named_at_once(machine: Machine) -> None:
    machine.put_python(venv=False, curl=False)
    assert machine.preflight() == (
        1,
        [
            "Python's venv module is missing. Install it: sudo apt-get install -y python3-venv",
            "libcurl.so.4, which the embedded MongoDB needs, is missing. Install it: sudo apt-get install -y libcurl4",
        ],
    )


def test_libcurl_is_not_asked_of_who_has_a_mongod_or_another_system(machine: Machine) -> None:
    machine.put_python(curl=False)
    assert machine.preflight()[0] == 1
    machine.put("mongod", "exit 0")
    assert machine.preflight() == (0, [])
    (machine.folder / "mongod").unlink()
    machine.put("uname", "echo Darwin")
    assert machine.preflight() == (0, [])
