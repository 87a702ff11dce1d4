"""The client as it is served: pages that are asked after each time, and parts that belong to one version and are kept for good."""

import gzip
import re
import shutil
from pathlib import Path

import pytest
import requests

from tests.support.problems import assert_problem
from tests.support.server import ServerProcess
from whatsapp_server.api import bundle
from whatsapp_server.api.request_log import HEADERS
from whatsapp_server.api.web import WEB, Client

YEAR_SECONDS = 365 * 24 * 3600


def get(server: ServerProcess, path: str, **headers: str) -> requests.Response:
    """A GET as a browser makes it, whatever its answer."""
    return requests.get(server.url + path, headers=headers, timeout=10)


@pytest.fixture
def version(server: ServerProcess) -> str:
    """The version that the page says it is."""
    (found,) = re.findall(r'<meta name="web-version" content="([^"]*)">', get(server, "/").text)
    return str(found)


def parts_of(page: str) -> list[str]:
    """What a page loads."""
    return re.findall(r'(?:href|src)="(/assets/[^"]+)"', page)


def test_the_page_says_which_client_it_is(version: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", version)
    assert version == Client.read(WEB).version


@pytest.mark.parametrize("path", ["/", "/api/docs"])
def test_a_page_is_asked_after_each_time(server: ServerProcess, path: str) -> None:
    page = get(server, path)
    assert page.headers["Cache-Control"] == "no-cache"
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "ws:" not in page.headers["Content-Security-Policy"]
    known = get(server, path, **{"If-None-Match": page.headers["ETag"]})
    assert (known.status_code, known.content) == (304, b"")
    assert known.headers["Cache-Control"] == "no-cache"
    older = get(server, path, **{"If-None-Match": '"0123456789abcdef"'})
    assert (older.status_code, older.content) == (200, page.content)


@pytest.mark.parametrize("path", ["/", "/api/docs"])
def test_all_that_a_page_loads_is_of_its_version_and_kept_for_good(server: ServerProcess, version: str, path: str) -> None:
    parts, served = parts_of(get(server, path).text), Client.read(WEB).files
    assert len(parts) > 2
    for part in parts:
        assert part.startswith(f"/assets/{version}/")
        answer = get(server, part)
        assert answer.content == served[part.removeprefix(f"/assets/{version}/")]
        assert answer.headers["Cache-Control"] == f"public, max-age={YEAR_SECONDS}, immutable"
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert answer.headers["Content-Type"].partition(";")[0] in (
            "text/css",
            "text/javascript",
            "application/javascript",
            "image/svg+xml",
        )


def test_a_part_is_only_read(server: ServerProcess, version: str) -> None:
    path = f"/assets/{version}/js/app.js"
    part, head = get(server, path), requests.head(server.url + path, timeout=10)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == part.headers["Content-Length"]
    assert_problem(requests.post(server.url + path, timeout=10), 404, "not_found")


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "*"])
def test_a_part_is_compressed_for_whoever_takes_that(server: ServerProcess, version: str, accepted: str) -> None:
    name = "vendor/preact.js"
    path, plain = f"/assets/{version}/{name}", (WEB / name).read_bytes()
    answer = requests.get(server.url + path, headers={"Accept-Encoding": accepted}, timeout=10, stream=True)
    assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == ("gzip", "Accept-Encoding")
    sent = answer.raw.read(decode_content=False)
    assert (len(sent), gzip.decompress(sent)) == (int(answer.headers["Content-Length"]), plain)
    assert len(sent) < len(plain) / 2


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0"])
def test_a_part_is_sent_as_it_is_to_whoever_takes_nothing_else(server: ServerProcess, version: str, accepted: str) -> None:
    answer = get(server, f"/assets/{version}/vendor/preact.js", **{"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
    assert (answer.headers["Vary"], answer.headers["Content-Length"]) == ("Accept-Encoding", str(len(answer.content)))
    assert answer.content == (WEB / "vendor/preact.js").read_bytes()


def test_what_does_not_get_shorter_stays_as_it_is(server: ServerProcess, version: str) -> None:
    short = min((path for path in WEB.rglob("*.*") if path.is_file()), key=lambda path: path.stat().st_size)
    assert "Content-Encoding" not in get(server, f"/assets/{version}/{short.relative_to(WEB).as_posix()}").headers


def test_a_part_of_another_version_is_not_to_be_had_and_that_is_not_kept(server: ServerProcess, version: str) -> None:
    wrong = [
        f"/assets/{'0' * 16}/js/app.js",
        "/assets/js/app.js",
        f"/assets/{version}/js/nowhere.js",
        f"/assets/{version}/",
        f"/assets/{version}",
    ]
    for path in [*wrong, f"/assets/{version}/..%2f..%2fwsgi.py", f"/assets/{version}//etc/passwd"]:
        answer = get(server, path)
        assert_problem(answer, 404, "not_found")
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the client."""
    return Path(shutil.copytree(WEB, tmp_path / "web"))


def test_the_same_files_are_the_same_version_wherever_and_whenever_they_were_written(folder: Path) -> None:
    (folder / ".DS_Store").write_text("of somebody's desk")
    assert Client.read(folder) == Client.read(WEB)


@pytest.mark.parametrize("name", ["index.html", "js/app.js", "css/base.css", "i18n/pt.js", "vendor/preact.js", "js/new.js"])
def test_any_change_is_another_version(folder: Path, name: str) -> None:
    with (folder / name).open("a") as file:
        file.write(" ")
    assert Client.read(folder).version != Client.read(WEB).version


def test_parts_put_together_otherwise_are_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Browsers keep what they have of a version for good."""
    before = Client.read(WEB).version
    monkeypatch.setattr(bundle, "stylesheet", lambda files, entry: files[entry])
    assert Client.read(WEB).version != before


def test_a_file_by_another_name_is_another_version(folder: Path) -> None:
    (folder / "icon.svg").rename(folder / "icon2.svg")
    assert Client.read(folder).version != Client.read(WEB).version


def test_what_becomes_of_the_files_changes_nothing_that_is_served(folder: Path) -> None:
    """A deploy writes them before it restarts the server."""
    client = Client.read(folder)
    (folder / "js" / "app.js").write_text("// newer")
    assert client.files == Client.read(WEB).files
