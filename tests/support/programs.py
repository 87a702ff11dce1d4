"""What tests need and pip does not install: a test that lacks it is skipped, and in CI it fails."""

import ctypes
import os
import shutil
import sys
from typing import NoReturn

import pytest

# Chromium without a desktop's windows first: with them each profile costs a process more. The same engine.
BROWSERS = ("chromium-headless-shell", "chromium")
LIBATOMIC = "libatomic.so.1"
FOR_BROWSER = f"{BROWSERS[0]} fonts-dejavu-core libatomic1"
PACKAGES = {"node": "nodejs", "redis-server": "redis-server", "nginx": "nginx-light"}
# Where Debian keeps what serves; the PATH of users other than root lacks it.
SYSTEM_PROGRAMS = "/usr/sbin"


def required(program: str) -> str:
    """The path of `program`. Without it the running test is skipped; with CI=true, where nobody reads skips, it fails."""
    return _found(program) or _give_up(program, PACKAGES[program])


def required_browser() -> str:
    """The path of Chromium, with the library that Playwright's driver needs; skips or fails like `required`."""
    if not _has_libatomic():
        _give_up(LIBATOMIC, FOR_BROWSER)
    return browser() or _give_up("Chromium", FOR_BROWSER)


def browser() -> str | None:
    """The path of Chromium, if there is one."""
    return next((found for found in map(shutil.which, BROWSERS) if found), None)


def missing() -> list[str]:
    """What of all this is not installed, by name."""
    lacking = [program for program in PACKAGES if not _found(program)]
    if not browser():
        lacking.append("Chromium")
    if not _has_libatomic():
        lacking.append(LIBATOMIC)
    return lacking


def nothing_may_be_skipped() -> bool:
    """Whether this is CI, where nobody reads which tests were skipped."""
    return os.environ.get("CI", "").lower() in ("1", "true")


def _found(program: str) -> str | None:
    return shutil.which(program) or shutil.which(program, path=SYSTEM_PROGRAMS)


def _has_libatomic() -> bool:
    if sys.platform != "linux":
        return True
    try:
        ctypes.CDLL(LIBATOMIC)
    except OSError:
        return False
    return True


def _give_up(what: str, packages: str) -> NoReturn:
    reason = f"{what} is not installed: sudo apt-get install -y --no-install-recommends {packages}"
    if nothing_may_be_skipped():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
