#!/usr/bin/env bash
# Installs what `make test` needs and pip cannot bring, on Debian or Ubuntu; asks apt only for what is really missing.
set -euo pipefail

PATH=$PATH:/usr/sbin:/sbin # ldconfig's place, which users other than root do not have on theirs
missing=()
command -v make >/dev/null || missing+=(make)
command -v python3 >/dev/null || missing+=(python3)
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
# libcurl: the embedded MongoDB. libatomic (for Playwright's driver), Chromium with a font, and Node: the tests of the client.
[[ $(ldconfig -p) == *'libcurl.so.4 '* ]] || missing+=(libcurl4)
[[ $(ldconfig -p) == *'libatomic.so.1 '* ]] || missing+=(libatomic1)
command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || missing+=(chromium-headless-shell)
[[ $(dpkg-query -W -f '${Status}' fonts-dejavu-core 2>/dev/null) == 'install ok installed' ]] || missing+=(fonts-dejavu-core)
command -v node >/dev/null || missing+=(nodejs)
# Redis and nginx: the tests of several server processes start their own.
services=()
command -v redis-server >/dev/null || services+=(redis-server)
command -v nginx >/dev/null || services+=(nginx-light)
missing+=("${services[@]}")

if [ "${#missing[@]}" -eq 0 ]; then
    exit 0
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
fi
echo "Installing with apt: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get -qq -o Acquire::Retries=3 update
if [ "${#services[@]}" -gt 0 ]; then
    # Debian starts what it installs, now and at every boot: here neither, so that nobody's ports are taken.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap '"${as_root[@]}" rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
    fi
fi
"${as_root[@]}" apt-get -qq -o Acquire::Retries=3 install -y --no-install-recommends "${missing[@]}" >/dev/null
for service in "${services[@]}"; do
    # Without systemd (in a container) there is nothing to switch off.
    if command -v systemctl >/dev/null; then
        "${as_root[@]}" systemctl --quiet disable "${service%-light}"
    fi
done
