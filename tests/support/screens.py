"""What must hold of every screen: everybody can use it, and nothing is wider than it."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.support.pages import PHONE, WIDE

# Between them colours and widths differ as much as they can; the page follows both while it is open.
LOOKS = (("light", WIDE), ("dark", PHONE))
SERIOUS = {"serious", "critical"}
# Everything on the screen whose right edge lies beyond it; what scrolls inside a box of its own does not count.
STICKING_OUT = """() => [...document.querySelectorAll("body *")]
    .filter(each => each.checkVisibility() && !each.closest(".visually-hidden, code"))
    .filter(each => each.getBoundingClientRect().right > innerWidth + 0.5)
    .map(each => each.outerHTML.slice(0, 120))"""


def assert_accessible(page: Page, where: str) -> None:
    """No serious or critical violation of axe's rules in what is shown now."""
    found = Axe().run(page).response["violations"]
    serious = [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found if one["impact"] in SERIOUS]
    assert serious == [], where


def assert_fits(page: Page) -> None:
    """Nothing is wider than the screen."""
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert page.evaluate(STICKING_OUT) == []


def assert_usable(page: Page) -> None:
    """What is shown now is accessible and fits, in light on a desk and in dark on a phone.

    The page moves nothing (`reduced_motion`), so that colours are not measured on their way.
    """
    for scheme, size in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        assert_accessible(page, scheme)
        assert_fits(page)
