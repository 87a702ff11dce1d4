"""Whatever a customer sends, the list and the conversation name it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.caller import Caller
from tests.support.pages import bubbles, open_row, row_of

pytestmark = pytest.mark.browser


def media(content_type: str, message_type: str) -> dict[str, str]:
    """The parameters of a message with one file."""
    url = "https://api.twilio.com/2010-04-01/Accounts/AC0/Messages/MM0/Media/ME0"
    return {"NumMedia": "1", "MediaUrl0": url, "MediaContentType0": content_type, "MessageType": message_type}


SENT: list[tuple[str, dict[str, Any], str]] = [
    ("", media("image/jpeg", "image"), "Foto"),
    ("A vitrine nova", media("image/png", "image"), "Foto"),
    ("", media("video/mp4", "video"), "Vídeo"),
    ("", media("audio/ogg", "audio"), "Áudio"),
    ("orçamento.pdf", media("application/pdf", "document"), "Documento: orçamento.pdf"),
    ("", media("text/vcard", "contacts"), "Contato"),
    ("", media("image/webp", "sticker"), "Figurinha"),
    ("", {"Latitude": "-23.561414", "Longitude": "-46.655881", "Label": "MASP", "MessageType": "location"}, "MASP"),
    ("", {"MessageType": "something_new"}, "ainda não mostramos"),
    ("Sim", {"ButtonText": "Sim", "ButtonPayload": "yes", "MessageType": "button"}, "Sim"),
]


def test_every_kind_has_a_name_and_no_bubble_is_empty(employee: Callable[..., list[Page]], caller: Caller) -> None:
    (page,) = employee("ana")
    for number, (body, params, words) in enumerate(SENT, start=1):
        caller.writes(body, params=params)
        if number == 1:
            open_row(page, caller.name)
        expect(bubbles(page)).to_have_count(number)
        expect(bubbles(page).last).to_contain_text(words)
        said = bubbles(page).last.locator(".placeholder, .bubble-text").all_inner_texts()
        assert "".join(said).strip()
        assert row_of(page, caller.name).locator(".row-preview-text").inner_text().strip()
    expect(bubbles(page).nth(1)).to_contain_text("A vitrine nova")


def test_markup_is_only_text(employee: Callable[..., list[Page]], caller: Caller) -> None:
    caller.writes("<img src=x onerror=alert(1)> *negrito* https://example.com/a?b=1")
    (page,) = employee("bruno")
    open_row(page, caller.name)
    expect(bubbles(page).last).to_contain_text("<img src=x onerror=alert(1)>")
    assert bubbles(page).locator("img").count() == 0
    expect(bubbles(page).last.locator("strong")).to_have_text("negrito")
    link = bubbles(page).last.get_by_role("link")
    expect(link).to_have_attribute("href", "https://example.com/a?b=1")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
