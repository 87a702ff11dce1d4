"""Programs that tests need and pip does not install: a test without its program is skipped, and in CI it fails."""

import os
import shutil

import pytest

HOW_TO_GET = {
    "chromium": "apt-get install -y --no-install-recommends chromium fonts-dejavu-core",
    "node": "apt-get install -y --no-install-recommends nodejs",
}


def required(program: str) -> str:
    """The path of `program`. Without it the running test is skipped; with CI=true, where nobody reads skips, it fails."""
    path = shutil.which(program)
    if path:
        return path
    reason = f"{program} is not installed: sudo {HOW_TO_GET[program]}"
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
