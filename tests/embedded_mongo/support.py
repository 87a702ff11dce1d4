"""What these tests share: looking at processes and sockets, a server process of its own, a planted mongod."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.write_concern import WriteConcern

from whatsapp_server.embedded_mongo import EmbeddedMongo

ROOT = Path(__file__).parent.parent.parent
Start = Callable[..., EmbeddedMongo]

SERVER = """
import sys
from pathlib import Path
from whatsapp_server.embedded_mongo import EmbeddedMongo
mongo = EmbeddedMongo(Path(sys.argv[1]))
mongo.start()
print(mongo.pid, flush=True)
mongo.watch()
"""


def journaled(mongo: EmbeddedMongo) -> Collection[dict[str, Any]]:
    client: MongoClient[dict[str, Any]] = MongoClient(mongo.uri("test"), serverSelectionTimeoutMS=20_000)
    return client.test.get_collection("things", write_concern=WriteConcern(w=1, j=True))


def is_running(pid: int) -> bool:
    """Whether `pid` still does something; a zombie nobody has reaped does not."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
    return "State:\tZ" not in status


def server_process(data_dir: Path) -> tuple["subprocess.Popen[str]", int]:
    """Another server process on `data_dir`, and its mongod's pid."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(data_dir)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    for line in server.stdout:  # log lines come first
        if line.strip().isdigit():
            return server, int(line)
    raise AssertionError("the server ended: " + server.communicate()[1])


def put_on_path(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `mongod` that is this shell script, first on the PATH."""
    folder.mkdir(parents=True)
    program = folder / "mongod"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return program


def tcp_inodes_listening() -> set[str]:
    rows = [row.split() for name in ("tcp", "tcp6") for row in Path("/proc/net", name).read_text().splitlines()[1:]]
    return {row[9] for row in rows if row[3] == "0A"}


def socket_inodes_of(pid: int) -> set[str]:
    links = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # mongod closed it while we looked
            links.append(os.readlink(link))
    return {match[1] for link in links if (match := re.fullmatch(r"socket:\[(\d+)\]", link))}
