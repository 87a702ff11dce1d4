"""Modules put together do what they do apart: the same programs are run by Node both ways."""

import subprocess
from pathlib import Path

import pytest

from tests.support.programs import required
from whatsapp_server.api import bundle
from whatsapp_server.api.bundle import Unbundled
from whatsapp_server.api.web import WEB, Client

VENDORED = "let n=1;export{n as one};export default function(){return n+1}"


def said_by_node(folder: Path, entry: str) -> str:
    """What a program prints."""
    done = subprocess.run([required("node"), str(folder / entry)], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def both_ways(folder: Path, files: dict[str, str]) -> tuple[str, str]:
    """What js/app.js prints: as a module among others, and with all of them inside it."""
    outputs = []
    raw = {name: text.encode() for name, text in files.items()}
    for name, given in (("apart", raw), ("together", {**raw, "js/app.js": bundle.module(raw, "js/app.js")})):
        for path, body in {**given, "package.json": b'{"type": "module"}'}.items():
            if name == "together" and path.startswith(("js/", "i18n/")) and path != "js/app.js":
                continue  # nothing may be asked for that is inside
            file = folder / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(body)
        outputs.append(said_by_node(folder / name, "js/app.js"))
    return outputs[0], outputs[1]


PROGRAMS = {
    "names, of which two modules have the same": {
        "js/app.js": 'import { a, b as c } from "./one.js";\nimport { a as d } from "./views/two.js";\nconsole.log(a(), c, d());\n',
        "js/one.js": 'const secret = "one";\nexport function a() {\n  return secret;\n}\nexport const b = [secret, 1];\n',
        "js/views/two.js": 'const secret = "two";\nexport async function a() {\n  return secret;\n}\nexport class B {}\n',
    },
    "each runs once, in the order of the imports": {
        "js/app.js": 'import { b } from "./b.js";\nimport { a } from "./a.js";\nconsole.log("app", a, b);\n',
        "js/a.js": 'console.log("a runs");\nexport const a = 1;\n',
        "js/b.js": 'import { a } from "./a.js";\nconsole.log("b runs");\nexport const b = a + 1;\n',
    },
    "a state that functions share": {
        "js/app.js": 'import { count, next } from "./n.js";\nimport { later } from "./m.js";\nnext();\nlater();\nconsole.log(count());\n',
        "js/n.js": "let n = 0;\n\nexport function count() {\n  return n;\n}\n\nexport function next() {\n  n += 1;\n}\n",
        "js/m.js": 'import {\n  next,\n} from "./n.js";\nexport function later() {\n  next();\n}\n',
    },
    "defaults, lists of exports, and vendored ones": {
        "js/app.js": 'import pt from "../i18n/pt.js";\nimport { one, two } from "./lib.js";\nconsole.log(pt.yes, one, two());\n',
        "js/lib.js": 'import two from "../vendor/v.js";\nimport { one } from "../vendor/v.js";\nexport {\n  one, two,\n};\n',
        "i18n/pt.js": '/** import { no } from "./here.js"; */\nexport default {\n  yes: "sim",\n};\n',
        "vendor/v.js": VENDORED,
    },
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_together_they_do_what_they_do_apart(tmp_path: Path, program: str) -> None:
    apart, together = both_ways(tmp_path, PROGRAMS[program])
    assert together == apart
    assert apart.strip()


def test_what_the_entry_exports_is_still_to_be_had(tmp_path: Path) -> None:
    files = {
        "js/app.js": b'import { a } from "./a.js";\nexport const found = a;\n',
        "js/a.js": b"export const a = 5;\n",
    }
    (tmp_path / "app.mjs").write_bytes(bundle.module(files, "js/app.js"))
    (tmp_path / "user.mjs").write_text('import { found } from "./app.mjs";\nconsole.log(found);\n')
    assert said_by_node(tmp_path, "user.mjs") == "5\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('import "./a.js";', "not known here"),
        ('import * as all from "./a.js";', "not known here"),
        ('import a, { b } from "./a.js";', "not known here"),
        ('const a = await import("./a.js");', "not known here"),
        ("export const here = import.meta.url;", "not known here"),
        ('export { a } from "./a.js";', "not known here"),
        ("export let a = 1;", "not known here"),
        ("export { a as b };", "not known here"),
        ("export default a;", "not known here"),
        ('import { b } from "./nowhere.js";', "which is not there"),
        ('import { c } from "./b.js";', "imports itself: js/app.js > js/b.js > js/b.js"),
    ],
)
def test_what_it_does_not_know_is_refused_at_the_start(text: str, reason: str) -> None:
    files = {
        "js/app.js": b'import { b } from "./b.js";\n',
        "js/b.js": f"{text}\n".encode(),
        "js/a.js": b"export const a = 1;\n",
    }
    with pytest.raises(Unbundled, match=reason):
        bundle.module(files, "js/app.js")


def test_a_circle_is_refused() -> None:
    files = {"js/app.js": b'import { b } from "./b.js";\n', "js/b.js": b'import { c } from "./app.js";\n'}
    with pytest.raises(Unbundled, match=r"js/app\.js imports itself: js/app\.js > js/b\.js > js/app\.js"):
        bundle.module(files, "js/app.js")


def test_styles_stand_where_they_are_imported() -> None:
    files = {"css/app.css": b'/* all */\n@import "b.css";\n@import "a.css";\n', "css/a.css": b"a {}", "css/b.css": b"b {}"}
    assert bundle.stylesheet(files, "css/app.css") == b"/* all */\nb {}\na {}\n"


def test_the_client_is_whole() -> None:
    served = Client.read(WEB).files
    module, styles = served["js/app.js"].decode(), served["css/app.css"].decode()
    modules = [path for folder in ("js", "i18n") for path in (WEB / folder).rglob("*.js")]
    # Those which a page loads by themselves.
    apart = {WEB / "js" / f"{name}.js" for name in ("docs", "reload_boot", "theme_boot")}
    assert [path for path in modules if path not in apart and f"// {path.relative_to(WEB).as_posix()}\n" not in module] == []
    sheets = [path for path in (WEB / "css").glob("*.css") if path.name != "app.css"]
    assert len(sheets) > 10
    assert [path.name for path in sheets if path.read_text() not in styles] == []
