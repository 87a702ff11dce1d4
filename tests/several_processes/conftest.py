"""Two web processes behind nginx, a worker of its own, and a Redis that carries events between them: real ones, shared by this folder."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.cluster import LOGIN_ATTEMPTS, Cluster
from tests.support.mongo import SharedMongo
from tests.support.nginx import NginxProcess
from tests.support.redis import RedisProcess
from tests.support.server import ACCOUNT_SID, ROOT, Agent, ServerProcess, free_port
from tests.support.simulator import SimulatorProcess


@pytest.fixture(scope="package")
def cluster(mongo: SharedMongo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """All of them, running as long as this folder's tests do; whoever stops one starts it again."""
    folder, front_port = tmp_path_factory.mktemp("several"), free_port()
    url = f"http://127.0.0.1:{front_port}"
    with ExitStack() as stack:
        redis = stack.enter_context(RedisProcess(folder / "redis"))
        webhook = f"{url}/webhooks/twilio/messages#rc=3&rp=ct,rt,5xx"
        twilio = stack.enter_context(SimulatorProcess(webhook_url=webhook, speed=0.05, account_sid=ACCOUNT_SID))

        def server(name: str, port: int) -> ServerProcess:
            return ServerProcess(
                folder / name,
                simulator_url=twilio.url,
                auth_token=twilio.auth_token,
                mongodb_uri=mongo.uri("several"),
                PORT=str(port),
                PUBLIC_BASE_URL=url,
                REDIS_URL=redis.url,
                RUN_WORKER="0",
                SECRET_KEY="the-secret-of-several-processes-1",
                JWT_SECRET_KEY="the-secret-of-several-processes-2",
                LOGIN_ATTEMPTS_PER_MINUTE=str(LOGIN_ATTEMPTS),
                # Longer than any test: only what they tell each other counts, not what a process finds by looking for itself.
                SWEEP_SECONDS="600",
                TWILIO_TIMEOUT_SECONDS="2",
            )

        first, second, front = server("first", free_port()), server("second", free_port()), server("front", front_port)
        stack.enter_context(NginxProcess(folder / "nginx", front_port, (first.port, second.port)))
        for each in (first, second):
            stack.enter_context(each)
        worker = stack.enter_context(_worker(first))
        stack.callback(worker.terminate)
        yield Cluster(first, second, front, worker, redis, twilio)


def _worker(server: ServerProcess) -> subprocess.Popen[bytes]:
    """The worker of the web process `server`, with its settings, but that it looks for work."""
    command = [sys.executable, "-m", "whatsapp_server", "worker"]
    with (server.data_dir / "worker.log").open("ab") as log:
        env = {**server.environment(), "SWEEP_SECONDS": "0.3"}
        return subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)


@pytest.fixture(scope="package")
def ana(cluster: Cluster) -> Agent:
    """An admin, signed in through the front."""
    return cluster.front.agent("ana")


@pytest.fixture(scope="package")
def bruno(cluster: Cluster) -> Agent:
    """An agent."""
    return cluster.front.agent("bruno")


@pytest.fixture(scope="package")
def carla(cluster: Cluster) -> Agent:
    """Another agent."""
    return cluster.front.agent("carla")
