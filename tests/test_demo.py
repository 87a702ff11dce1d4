"""What a newcomer meets first."""

from whatsapp_server.demo import FIRST_MESSAGES
from whatsapp_server.simulator.core import DEMO_CUSTOMERS


def test_who_writes_first_is_on_the_phones_list_once() -> None:
    phones = {(customer.address, customer.name) for customer in DEMO_CUSTOMERS}
    assert {(address, name) for address, name, _ in FIRST_MESSAGES} <= phones
