#!/bin/sh
# Says what a bare machine lacks, with the line that installs it.
python=${1:-python3}
fail() { printf '%s\n' "$1" >&2; exit 1; }

command -v "$python" >/dev/null 2>&1 || fail "Python 3.11 or newer is missing: apt-get install -y python3 python3-venv"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed, $("$python" --version) is here: make PYTHON=/path/to/python3.11"
"$python" -c 'import ensurepip, venv' 2>/dev/null || fail "Python's venv module is missing: apt-get install -y python3-venv"
if [ "$(uname -s)" = Linux ] && [ -z "$MONGODB_URI" ] && ! command -v mongod >/dev/null 2>&1; then
    "$python" -c 'import ctypes; ctypes.CDLL("libcurl.so.4")' 2>/dev/null ||
        fail "libcurl.so.4, which the embedded MongoDB needs, is missing: apt-get install -y libcurl4"
fi
