"""What happens in one process reaches the tabs at the other, and only those whom it concerns."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.belonging import begun, made_private, write
from tests.support.cluster import Cluster
from tests.support.people import deactivate, joined
from tests.support.server import Agent, ServerProcess
from tests.support.talk import Talk
from tests.support.waiting import PATIENCE_SECONDS, eventually
from tests.support.webhooks import message_form, post_webhook

pytestmark = pytest.mark.alone


def connections_to(server: ServerProcess) -> int:
    """How many connections `server` has accepted."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(1 for row in rows if row[1].endswith(f":{server.port:04X}") and row[3] == "01")


def test_a_message_reaches_the_tabs_of_both(cluster: Cluster, ana: Agent, bruno: Agent, customer: str) -> None:
    with ana.tab(cluster.first) as hers, bruno.tab(cluster.second) as his:
        write(cluster.first, customer, "Para os dois")
        for tab in (hers, his):
            assert len(tab.wait_for("message.created", body="Para os dois")) == 1
        # The other way round, and in the order in which it was published.
        for number in range(20):
            write(cluster.second, customer, f"{number}")
        for tab in (hers, his):
            heard = tab.wait_for("message.created", count=21)
            assert [one["message"]["body"] for one in heard[1:]] == [f"{number}" for number in range(20)]


def test_tabs_are_spread_over_the_processes_and_all_hear(cluster: Cluster, ana: Agent, customer: str) -> None:
    before = [connections_to(server) for server in (cluster.first, cluster.second)]
    tabs = [ana.tab() for _ in range(6)]
    try:
        for tab in tabs:
            tab.open()
        more = [connections_to(server) - count for server, count in zip((cluster.first, cluster.second), before, strict=True)]
        # nginx may take one that it kept from a request before.
        assert min(more) >= 1, more
        cluster.twilio.inbound("A todos", from_=customer)
        for tab in tabs:
            tab.wait_for("message.created", body="A todos")
    finally:
        for tab in tabs:
            tab.close()


def test_twilios_signature_survives_the_way_through_nginx(cluster: Cluster, ana: Agent, customer: str) -> None:
    path = "/webhooks/twilio/messages?loja=S%C3%A3o%20Paulo&caminho=a%2Fb%2520+c&vazio="
    assert post_webhook(cluster.front, message_form(customer, Body="Assinada"), path=path).status_code == 200
    assert post_webhook(cluster.front, message_form(customer), path=path, signed="bm90IHRoZSBzaWduYXR1cmU=").status_code == 403
    conversation = ana.conversation_with(customer)
    assert conversation is not None
    assert [one["body"] for one in ana.messages(conversation["id"])] == ["Assinada"]


def test_who_may_not_read_hears_nothing_at_the_other_process(
    cluster: Cluster, ana: Agent, bruno: Agent, carla: Agent, customers: Callable[[], str]
) -> None:
    customer, another = customers(), customers()
    conversation_id = begun(cluster.first, ana, customer)
    with ana.tab(cluster.second) as admins, bruno.tab(cluster.second) as outsiders, carla.tab(cluster.second) as holders:
        made_private(carla, conversation_id)
        outsiders.wait_for("conversation.removed", id=conversation_id)
        write(cluster.first, customer, "Em particular")
        for tab in (admins, holders):
            tab.wait_for("message.created", body="Em particular")
        # What everybody hears comes after it: had the outsider's tab been told, it would know by now.
        write(cluster.first, another, "Em público")
        outsiders.wait_for("message.created", body="Em público")
        assert outsiders.heard("message.created", body="Em particular") == []


def test_whoever_is_shut_out_in_one_is_cut_in_the_other(cluster: Cluster, ana: Agent, bruno: Agent) -> None:
    first = Agent(cluster.first.url, "ana@example.com")
    dora = joined(ana)
    with dora.tab(cluster.second) as hers, bruno.tab(cluster.second) as his:
        assert deactivate(first, dora).status_code == 200
        assert hers.ended.wait(PATIENCE_SECONDS)
        assert hers.heard("session.ended") == [{"code": "session_ended"}]
        eventually(lambda: [one for one in his.heard("user.updated") if one["user"]["id"] == dora.user["id"] and not one["user"]["active"]])
        assert not his.ended.is_set()


def test_the_worker_sends_and_tells_both(cluster: Cluster, ana: Agent, bruno: Agent, customer: str) -> None:
    talk = Talk(ana, cluster.twilio, customer)
    # Twilio refuses it when it is handed over, so that nobody but the worker can tell.
    talk.fault("refused", code=63024, status=400)
    with ana.tab(cluster.first) as hers, bruno.tab(cluster.second) as his:
        refused, fine = talk.reply("recusada"), talk.reply("entregue")
        for tab in (hers, his):
            tab.wait_for("message.updated", id=refused, status="failed")
            tab.wait_for("message.updated", id=fine, status="delivered")
    assert cluster.worker.poll() is None
    assert talk.bodies_at_twilio() == ["entregue"]


def test_a_process_that_is_away_is_passed_over(cluster: Cluster, ana: Agent, customer: str) -> None:
    assert cluster.second.stop() == 0
    try:
        for _ in range(10):
            assert ana.call("GET", "/api/auth/me").status_code == 200
            assert ana.call("POST", "/api/views/team/seen").status_code == 204
        with ana.tab() as tab:
            cluster.twilio.inbound("Só uma", from_=customer)
            tab.wait_for("message.created", body="Só uma")
    finally:
        cluster.second.start()
