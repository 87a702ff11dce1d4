"""All benchmarks, one after the other; exits with 1 when any target is missed."""

import os
import platform
import sys

from benchmarks import counts, fan_out, idle_tabs, page_load, presence_traffic, reconnect_storm, webhook_to_tab

ALL = (webhook_to_tab, fan_out, idle_tabs, presence_traffic, reconnect_storm, counts, page_load)


def main() -> int:
    """Run them with their defaults."""
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores\n")
    missed = 0
    for benchmark in ALL:
        missed |= benchmark.main([])
        print(flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main())
