"""A real nginx in front of several server processes, with the configuration that docs/nginx.conf gives to people."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import requests

from tests.support.programs import required
from tests.support.server import ROOT
from tests.support.waiting import eventually

EXAMPLE = ROOT / "docs" / "nginx.conf"
EXAMPLES_PORTS = (5001, 5002)
# What Debian's nginx.conf brings around it. All that is written goes into the test's folder.
AROUND = """{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/whatsapp-inbox.conf;
}}
"""


class NginxProcess:
    """A context manager; skips the test when there is no nginx. `port` is where it listens, `ports` are those of the two processes."""

    def __init__(self, folder: Path, port: int, ports: Sequence[int]) -> None:
        self._program = required("nginx")
        self._folder, self._ports = folder, ports
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "NginxProcess":
        self._folder.mkdir(parents=True)
        (self._folder / "whatsapp-inbox.conf").write_text(self._configuration())
        around = self._folder / "nginx.conf"
        # As root it would give its work to another user, to whom the test's folder is closed.
        around.write_text(AROUND.format(folder=self._folder, user="user root;" if os.geteuid() == 0 else ""))
        self.process = subprocess.Popen([self._program, "-p", str(self._folder), "-e", f"{self._folder}/error.log", "-c", str(around)])
        eventually(self._listens)
        return self

    def __exit__(self, *error: object) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(10)

    def _configuration(self) -> str:
        given = {f"127.0.0.1:{old} ": f"127.0.0.1:{new} " for old, new in zip(EXAMPLES_PORTS, self._ports, strict=True)}
        given["listen 80;"] = f"listen 127.0.0.1:{self.port};"
        text = EXAMPLE.read_text()
        for old, new in given.items():
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return text

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self._folder / "error.log").read_text()
        try:
            requests.get(f"{self.url}/healthz", timeout=2)
        except requests.ConnectionError:
            return False
        return True
