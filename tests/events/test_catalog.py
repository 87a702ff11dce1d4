"""The catalogue of live events, and the page that is generated from it."""

import re

from scripts.generate_docs import EVENTS_PAGE, render_events
from whatsapp_server.events import catalog


def test_the_page_is_current() -> None:
    assert EVENTS_PAGE.read_text(encoding="utf-8") == render_events(), "run: make docs"


def test_every_event_of_the_catalogue_is_listed_once() -> None:
    defined = [value for value in vars(catalog).values() if isinstance(value, catalog.Event)]
    assert sorted(event.name for event in catalog.ALL) == sorted(event.name for event in defined)
    assert len({event.name for event in catalog.ALL}) == len(catalog.ALL)


def test_names_say_what_happened() -> None:
    for event in catalog.ALL:
        assert re.fullmatch(r"[a-z]+\.[a-z]+", event.name)
        assert event.meaning.endswith(".")
        assert event.audience


def test_the_pages_links_lead_somewhere() -> None:
    page = render_events()
    titles = [line.lstrip("#").strip().lower() for line in page.splitlines() if line.startswith("##")]
    headings = {re.sub(r"[^a-z0-9 -]", "", title).replace(" ", "-") for title in titles}
    links = set(re.findall(r"\]\(#([^)]+)\)", page))
    assert links
    assert links <= headings
