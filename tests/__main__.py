"""All tests in two phases: `python -m tests [options of pytest]`.

First what runs side by side; then, alone, what kills, freezes or measures. It ends with what took longest, what was skipped and why,
and how many passed; the exit code is 0 when nothing failed.
"""

import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests.support import programs

ROOT = Path(__file__).parents[1]
SLOWEST = 20
# pytest's exit code for: there was nothing to run.
NOTHING_TO_RUN = 5
SIDE_BY_SIDE = ("-m", "not alone")
ALONE = ("-m", "alone", "-n", "0")
LEFT_OUT = (
    "Left to `make soak`, of which a small size each ran here: rounds of kill -9 (tests/durability), races (services/test_races.py), "
    "random actions against a model (services/test_counts_model.py), everything going wrong at once (tests/convergence), and what is "
    "sent to the API at random (api/test_openapi.py)."
)


@dataclass
class Report:
    """What one phase or both came to. Outcomes are passed, failed and skipped."""

    code: int = 0
    seconds: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    durations: list[tuple[float, str]] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def __add__(self, other: "Report") -> "Report":
        return Report(
            self.code or other.code,
            self.seconds + other.seconds,
            self.outcomes + other.outcomes,
            self.durations + other.durations,
            self.skipped + other.skipped,
            self.failed + other.failed,
        )


def main(options: list[str]) -> int:
    """Run both phases and report; 0 when every test that ran passed."""
    if lacking := programs.missing():
        print(f"Not installed: {', '.join(lacking)}. To get what is missing: sudo bash scripts/install_system_packages.sh", flush=True)
        if programs.nothing_may_be_skipped():
            return 1
    side_by_side, alone = (run(options, phase) for phase in (SIDE_BY_SIDE, ALONE))
    whole = side_by_side + alone
    print("\n".join(summary(whole)))
    print(f"{whole.seconds:.0f} s: {side_by_side.seconds:.0f} side by side, {alone.seconds:.0f} alone")
    # Alone on its line, and the last: so other programs read it.
    print(", ".join(f"{whole.outcomes[outcome]} {outcome}" for outcome in ("passed", "failed", "skipped")))
    return whole.code or (0 if whole.outcomes else NOTHING_TO_RUN)


def run(options: list[str], phase: tuple[str, ...]) -> Report:
    """One phase in a pytest of its own, so that nothing of the other one runs beside it."""
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", f"--junitxml={written}", "-o", "junit_family=xunit1", *phase, *options]
        began = time.monotonic()
        code = subprocess.run(command, cwd=ROOT).returncode
        report = read(written) if written.exists() else Report()
    report.seconds = time.monotonic() - began
    report.code = 0 if code == NOTHING_TO_RUN else code
    return report


def read(written: Path) -> Report:
    """What pytest wrote down, as JUnit's XML."""
    report = Report()
    for case in ElementTree.parse(written).iter("testcase"):
        name = node_id(case.get("file", ""), case.get("classname", ""), case.get("name", ""))
        skip = case.find("skipped")
        if skip is not None:
            report.outcomes["skipped"] += 1
            report.skipped[skip.get("message", "")] += 1
        elif case.find("failure") is not None or case.find("error") is not None:
            report.outcomes["failed"] += 1
            report.failed.append(name)
        else:
            report.outcomes["passed"] += 1
        report.durations.append((float(case.get("time", 0)), name))
    return report


def node_id(file: str, dotted: str, name: str) -> str:
    """A test as pytest takes it on the command line; `dotted` is its module, and the class that it may be in."""
    classes = dotted.removeprefix(file.removesuffix(".py").replace("/", ".")).strip(".").split(".")
    return "::".join([file, *(one for one in classes if one), name])


def summary(report: Report) -> list[str]:
    """The lines that somebody reads who did not watch."""
    lines = ["", f"The {SLOWEST} that took longest, what they needed set up included:"]
    lines += [f"  {seconds:5.1f} s  {name}" for seconds, name in sorted(report.durations, reverse=True)[:SLOWEST]]
    if report.skipped:
        lines += ["Skipped:", *(f"  {count}: {reason}" for reason, count in report.skipped.most_common())]
    lines.append(LEFT_OUT)
    if report.failed:
        lines += ["Failed:", *(f"  {name}" for name in report.failed)]
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
