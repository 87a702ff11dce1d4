"""`.env.example` is complete and tells the truth: every name that is read, nothing else, and the real defaults."""

import os
import re
from pathlib import Path

import pytest

from whatsapp_server import demo
from whatsapp_server.config import Settings, load_env_file

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / ".env.example").read_text()
READ = re.compile(r"""env(?:iron)?(?:\.(?:get|str|bool|int|float))?[(\[]\s*"([A-Z][A-Z_]+)\"""")
NEEDED = dict(re.findall(r"^([A-Z][A-Z_]+)=(.*)$", TEXT, re.MULTILINE))
OPTIONAL = dict(re.findall(r"^#([A-Z][A-Z_]+)=(.*)$", TEXT, re.MULTILINE))
# Set by the platform, never by a person.
FROM_PLATFORM = {"DYNO"}
FILLED_IN = {
    "SECRET_KEY": "s" * 40,
    "JWT_SECRET_KEY": "j" * 40,
    "PUBLIC_BASE_URL": "https://inbox.example.com",
    "TWILIO_ACCOUNT_SID": "AC" + "5" * 32,
    "TWILIO_AUTH_TOKEN": "t" * 32,
    "TWILIO_WHATSAPP_FROM": "+14155238886",
}


def names_read() -> set[str]:
    """Every environment variable that config.py and demo.py read by name."""
    sources = [ROOT / "whatsapp_server" / f"{name}.py" for name in ("config", "demo")]
    return {name for source in sources for name in READ.findall(source.read_text())}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting but what the test gives, in a folder without a .env."""
    known = NEEDED.keys() | OPTIONAL.keys() | FROM_PLATFORM
    monkeypatch.setattr(os, "environ", {name: value for name, value in os.environ.items() if name not in known})
    monkeypatch.chdir(tmp_path)


def settings_of(text: str) -> Settings:
    """The settings of a `.env` that holds `text`."""
    Path(".env").write_text(text)
    load_env_file()
    return Settings.from_env()


def filled_in(text: str) -> str:
    """`text` with everything that production needs."""
    for name, value in FILLED_IN.items():
        text = text.replace(f"\n{name}=\n", f"\n{name}={value}\n")
    return text


def test_it_has_every_name_that_is_read_and_no_other() -> None:
    assert len(names_read()) > 20
    assert NEEDED.keys() | OPTIONAL.keys() == names_read() - FROM_PLATFORM
    assert not NEEDED.keys() & OPTIONAL.keys()


def test_what_it_calls_needed_is_enough_for_a_start() -> None:
    assert NEEDED.keys() == FILLED_IN.keys()
    assert set(NEEDED.values()) == {""}
    settings = settings_of(filled_in(TEXT))
    assert settings.public_base_url == "https://inbox.example.com"
    assert settings.embedded


def test_the_defaults_that_it_shows_are_the_real_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    without = settings_of(filled_in(TEXT))
    port = demo.simulator_port()
    for name in FILLED_IN:
        monkeypatch.delitem(os.environ, name)
    spelt_out = filled_in(re.sub(r"^#([A-Z][A-Z_]+=)", r"\1", TEXT, flags=re.MULTILINE))
    assert settings_of(spelt_out) == without
    assert os.environ["PORT"] == "5000", "the file was read with its defaults spelt out"
    assert demo.simulator_port() == port


def test_every_name_is_explained_right_above_it() -> None:
    lines = TEXT.splitlines()
    for number, line in enumerate(lines):
        if re.match(r"#?[A-Z][A-Z_]+=", line):
            above = lines[number - 1]
            assert above.startswith(("# ", "TWILIO_ACCOUNT_SID=")), line
