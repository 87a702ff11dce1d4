"""All benchmarks, one after the other; exits with 1 when any target is missed."""

import os
import platform
import sys

from benchmarks import counts, idle_tabs, webhook_to_tab


def main() -> int:
    """Run them with their defaults."""
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores\n")
    missed = webhook_to_tab.main([])
    print()
    missed |= idle_tabs.main([])
    print()
    return missed | counts.main([])


if __name__ == "__main__":
    sys.exit(main())
