"""The simulator itself: its parts, wired."""

from typing import cast

from flask import current_app

from whatsapp_server.simulator.clock import Clock
from whatsapp_server.simulator.courier import Courier
from whatsapp_server.simulator.faults import Faults
from whatsapp_server.simulator.feed import Feed
from whatsapp_server.simulator.incoming import Incoming
from whatsapp_server.simulator.options import Options
from whatsapp_server.simulator.outgoing import Outgoing
from whatsapp_server.simulator.records import Customer
from whatsapp_server.simulator.scheduler import Scheduler
from whatsapp_server.simulator.signing import Addresses
from whatsapp_server.simulator.state import Store

EXTENSION = "simulator"
DEMO_CUSTOMERS = (
    Customer("whatsapp:+5511987654321", "Mariana Costa"),
    Customer("whatsapp:+5521996543210", "João Pereira"),
    Customer("whatsapp:+5531985550147", "Beatriz Almeida"),
)


class Simulator:
    """Holds the parts and what may change while it runs: where webhooks go, how fast things happen, the clock."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.store = Store(options.state)
        self.clock = Clock(self.store)
        self.feed = Feed()
        self.faults = Faults()
        self.scheduler = Scheduler()
        self.courier = Courier(self.store, self.clock, self.scheduler, self.feed, options.auth_token, options.retry_delay)
        parts = (self.courier, self.faults, self.feed, options.account_sid)
        self.incoming = Incoming(self.store, self.clock, *parts)
        self.outgoing = Outgoing(self.store, self.clock, self.scheduler, *parts)
        self.signing_base_url = options.signing_base_url
        self.point_webhooks(options.webhook_url, options.signing_base_url)
        self.outgoing.speed = options.speed
        self._seed_customers()

    def numbers(self) -> set[str]:
        """Our WhatsApp numbers: those of the start, and every one that a customer wrote to since."""
        return {*self.options.numbers, *self.store.numbers_written_to()}

    def point_webhooks(self, webhook_url: str | None, signing_base_url: str | None) -> None:
        """Post inbound webhooks to `webhook_url`, signed as if it stood at `signing_base_url`."""
        self.incoming.webhook_url = webhook_url
        self.signing_base_url = signing_base_url
        self.courier.addresses = Addresses.of(webhook_url, signing_base_url)

    def resume(self) -> None:
        """Take up what a stop interrupted: deliveries that were owed, plans that were not finished."""
        for delivery in self.store.deliveries({"state =": "pending"}):
            self.courier.send(delivery)
        self.outgoing.resume()

    def reset(self) -> None:
        """Back to the first start: no messages, no faults, the true time, the demo's customers."""
        self.faults.clear()
        self.store.clear()
        self.clock.move(0)
        self._seed_customers()
        self.feed.publish("reset")

    def end_waiting(self) -> None:
        """End streams and held replies, so that requests in flight come to their end."""
        self.faults.clear()
        self.feed.close()

    def stop(self) -> None:
        """End scheduled calls and let go of the file."""
        self.scheduler.stop()
        self.store.close()

    def _seed_customers(self) -> None:
        if not self.store.customers():
            for customer in DEMO_CUSTOMERS:
                self.store.save_customer(customer)


def simulator() -> Simulator:
    """The simulator that serves this request."""
    return cast(Simulator, current_app.extensions[EXTENSION])
