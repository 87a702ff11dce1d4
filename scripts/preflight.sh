#!/bin/sh
# What a bare machine lacks, named with the line that installs it. `preflight.sh [PYTHON]`; exit code 1 when something is missing.
# All that is missing is named at once, so that nobody has to come back three times.
python=${1:-python3}
missing=0

lacks() {
    printf '%s\n' "$1" >&2
    missing=1
}

if ! command -v "$python" >/dev/null 2>&1; then
    lacks "Python 3.11 or newer is missing. Install it: sudo apt-get install -y python3 python3-venv"
elif ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    lacks "Python 3.11 or newer is needed, and $python is $("$python" --version 2>&1). Name another one: make setup PYTHON=/path/to/python3.11"
else
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        lacks "Python's venv module is missing. Install it: sudo apt-get install -y python3-venv"
    # mongod from the pip wheel is linked to libcurl; one on the PATH brings what it needs.
    if [ "$(uname -s)" = Linux ] && ! command -v mongod >/dev/null 2>&1; then
        "$python" -c 'import ctypes; ctypes.CDLL("libcurl.so.4")' 2>/dev/null ||
            lacks "libcurl.so.4, which the embedded MongoDB needs, is missing. Install it: sudo apt-get install -y libcurl4"
    fi
fi
exit "$missing"
