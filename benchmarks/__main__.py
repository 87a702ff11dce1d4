"""All benchmarks, one after the other; exits with 1 when any target is missed."""

import os
import platform
import sys

from benchmarks import idle_tabs, webhook_to_tab


def main() -> int:
    """Run them with their defaults."""
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores\n")
    missed = webhook_to_tab.main([])
    print()
    return missed | idle_tabs.main([])


if __name__ == "__main__":
    sys.exit(main())
