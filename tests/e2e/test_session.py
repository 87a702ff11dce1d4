"""Coming in, and being shut out."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.entering import sign_in
from tests.support.pages import cut_off
from tests.support.people import JOINED_PASSWORD, joined
from tests.support.server import PASSWORD, ROOT, Agent, ServerProcess

pytestmark = pytest.mark.browser

REFRESHED = '"/api/auth/refresh"'


def command(server: ServerProcess, *words: str) -> None:
    """`python -m whatsapp_server ...` against the database of `server`."""
    line = [sys.executable, "-m", "whatsapp_server", *words]
    subprocess.run(line, cwd=ROOT, env={**os.environ, **server.env}, check=True, capture_output=True)


def test_a_first_visit_asks_the_server_nothing(contexts: Callable[..., BrowserContext], server: ServerProcess) -> None:
    page = contexts().new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.url)
    expect(page.get_by_test_id("sign-in-email")).to_be_focused()
    assert [url for url in asked if "/api/" in url] == []


def test_a_wrong_password_is_said(contexts: Callable[..., BrowserContext], server: ServerProcess, tolerated: list[str]) -> None:
    tolerated.append("401")
    page = contexts().new_page()
    page.goto(server.url)
    page.get_by_test_id("sign-in-email").fill("ana@example.com")
    page.get_by_test_id("sign-in-password").fill("wrong")
    page.get_by_test_id("sign-in-submit").click()
    expect(page.get_by_test_id("sign-in-error")).not_to_be_empty()
    expect(page.get_by_test_id("sign-in-password")).to_have_value("wrong")
    page.get_by_test_id("sign-in-password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("conversation-list")).to_be_visible()


def test_a_computer_that_slept_shows_no_expired_token(
    contexts: Callable[..., BrowserContext], server: ServerProcess, tolerated: list[str]
) -> None:
    tolerated.append("ERR_INTERNET_DISCONNECTED")
    page = sign_in(contexts(has_clock=True).new_page(), server, "ana")
    asked = server.logs().count(REFRESHED)
    cut_off(page)
    page.clock.fast_forward("01:01:00")
    page.context.set_offline(False)
    expect(page.get_by_test_id("banner")).to_have_count(0)
    assert server.logs().count(REFRESHED) == asked + 1


def test_somebody_who_is_deactivated_is_out_at_once(
    contexts: Callable[..., BrowserContext], server: ServerProcess, employee: Callable[..., list[Page]], ana: Agent, tolerated: list[str]
) -> None:
    tolerated.append("401")
    (stays,) = employee("ana")
    dora = joined(ana).user["email"]
    context = contexts()
    first = sign_in(context.new_page(), server, dora.partition("@")[0], JOINED_PASSWORD)
    second = context.new_page()
    second.goto(server.url)
    expect(second.get_by_test_id("conversation-list")).to_be_visible()
    command(server, "deactivate", dora)
    for tab in (first, second):
        expect(tab.get_by_test_id("sign-in-error")).to_contain_text("Sua sessão terminou")
        expect(tab.get_by_test_id("conversation-list")).to_have_count(0)
    first.reload()
    expect(first.get_by_test_id("sign-in-email")).to_be_visible()
    expect(stays.get_by_test_id("conversation-list")).to_be_visible()
