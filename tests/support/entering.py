"""How a browser comes to show somebody's inbox: through the form, as people come in, or with a session that it has already."""

from playwright.sync_api import APIResponse, Page

from tests.support.pages import up_to_date
from tests.support.people import JOINED_PASSWORD, token_of
from tests.support.server import PASSWORD, Json, ServerProcess

# The client asks only a browser that keeps this mark for its session, as session.js has it.
MARKED = "localStorage.setItem('signed_in', '1')"


def sign_in(page: Page, server: ServerProcess, name: str, password: str = PASSWORD) -> Page:
    """Sign `name` in through the form and wait until the tab shows how things stand: what happens from then on happens before its eyes."""
    page.goto(server.url)
    page.get_by_test_id("sign-in-email").fill(f"{name}@example.com")
    page.get_by_test_id("sign-in-password").fill(password)
    page.get_by_test_id("sign-in-submit").click()
    return up_to_date(page)


def enter(page: Page, server: ServerProcess, name: str, password: str = PASSWORD) -> Page:
    """Show `name`'s inbox as to somebody who was signed in here before: nothing was typed or pressed in this page.

    The session is this browser's own, for a refresh cookie that two browsers used would end it.
    """
    answer = page.context.request.post(f"{server.url}/api/auth/login", data={"email": f"{name}@example.com", "password": password})
    return _come_back(page, server, answer)


def enter_by_invitation(page: Page, server: ServerProcess, invite: Json, *, name: str, email: str) -> Page:
    """Join by `invite`, and show the newcomer's inbox as `enter` does."""
    person = {"token": token_of(invite), "name": name, "email": email, "password": JOINED_PASSWORD}
    answer = page.context.request.post(f"{server.url}/api/invitations/accept", data=person)
    return _come_back(page, server, answer)


def _come_back(page: Page, server: ServerProcess, answer: APIResponse) -> Page:
    """Open the page in a browser that has just been given a session's cookie."""
    assert answer.ok, answer.text()
    with page.add_init_script(MARKED):
        page.goto(server.url)
    return up_to_date(page)
