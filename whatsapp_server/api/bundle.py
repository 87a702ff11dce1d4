"""The client's modules and styles put together, so that a page asks for a dozen files instead of a hundred and fifty.

Each file costs a browser some milliseconds at every load, and the server its share whenever all tabs load a new version. There is no
build step: the modules run in a browser as they lie, and this does at the server's start what the browser would do, with the same
outcome. It takes the few forms of import and export that the client uses, and refuses all others. Vendored modules stay files of
their own, byte for byte.
"""

import re
from collections.abc import Mapping
from posixpath import dirname, normpath

_IMPORT = re.compile(r'^import (?:(?P<default>\w+)|\{(?P<named>[^}]*)\}) from "(?P<path>\.[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (?P<name>\w+))", re.MULTILINE)
_EXPORTS = re.compile(r"^export \{(?P<names>(?:\s*\w+,)*\s*(?:\w+\s*)?)\};$", re.MULTILINE)
_DEFAULT = re.compile(r"^export default (?=[{\[(])", re.MULTILINE)
_OTHER_IMPORT = re.compile(r"^\s*import\b.*|\bimport\s*[(.].*", re.MULTILINE)
_OTHER_EXPORT = re.compile(r"^\s*export\b.*", re.MULTILINE)
_STYLES = re.compile(r'^@import "(?P<path>[^"]+)";$', re.MULTILINE)


class Unbundled(ValueError):
    """A module that cannot be put together with others; says which, and why."""


def module(files: Mapping[str, bytes], entry: str) -> bytes:
    """The module `entry` with all that it imports inside it, each run once and in a browser's order.

    Raises Unbundled when a module imports itself by way of others, is not there, or has a form of import or export that this does not know.
    """
    return _Bundle(files, entry).whole().encode()


def stylesheet(files: Mapping[str, bytes], entry: str) -> bytes:
    """The stylesheet `entry` with those that it imports in their places."""
    text = files[entry].decode()
    return _STYLES.sub(lambda found: files[_beside(entry, found["path"])].decode(), text).encode()


class _Bundle:
    """Each module becomes a function that is called once, at its place, and answers with what it exports; the entry stays a module."""

    def __init__(self, files: Mapping[str, bytes], entry: str) -> None:
        self._files, self._entry = files, entry
        self._names: dict[str, str] = {}
        self._vendored: list[str] = []
        self._modules: list[str] = []

    def whole(self) -> str:
        """All of it."""
        entry = self._with_imports(self._entry, ())
        return "\n".join([*self._vendored, *self._modules, f"// {self._entry}", entry])

    def _add(self, path: str, importers: tuple[str, ...]) -> str:
        """The name by which the bundle calls the exports of `path`, which is put in, after what it imports, when it is not there yet."""
        if path in importers:
            raise Unbundled(f"{path} imports itself: {' > '.join([*importers, path])}")
        if path not in self._files:
            raise Unbundled(f"{importers[-1]} imports {path}, which is not there")
        if path not in self._names:
            text = "" if path.startswith("vendor/") else self._wrapped(path, importers)
            name = self._names[path] = f"${len(self._names)}"
            if text:
                self._modules.append(f"// {path}\nconst {name} = (() => {{\n{text}\n}})();")
            else:
                self._vendored.append(f'import * as {name} from "{_from(self._entry, path)}";')
        return self._names[path]

    def _with_imports(self, path: str, importers: tuple[str, ...]) -> str:
        """The text of `path`, which takes what it imports from the modules before it."""

        def taken(found: re.Match[str]) -> str:
            holder = self._add(_beside(path, found["path"]), (*importers, path))
            if found["default"]:
                return f"const {found['default']} = {holder}.default;"
            return f"const {{{found['named'].replace(' as ', ': ')}}} = {holder};"

        text = _IMPORT.sub(taken, self._files[path].decode())
        self._refuse(_OTHER_IMPORT, path, text)
        return text

    def _wrapped(self, path: str, importers: tuple[str, ...]) -> str:
        """The text of `path` as the body of a function that returns what it exports."""
        exports: list[str] = []

        def named(found: re.Match[str]) -> str:
            exports.append(found["name"])
            return ""

        def default(_: re.Match[str]) -> str:
            exports.append("default: $default")
            return "const $default = "

        def together(found: re.Match[str]) -> str:
            exports.append(found["names"].strip().rstrip(","))
            return ""

        text = self._with_imports(path, importers)
        for form, read in ((_EXPORT, named), (_DEFAULT, default), (_EXPORTS, together)):
            text = form.sub(read, text)
        self._refuse(_OTHER_EXPORT, path, text)
        return f"{text}return {{ {', '.join(exports)} }};"

    def _refuse(self, form: re.Pattern[str], path: str, text: str) -> None:
        found = form.search(text)
        if found:
            raise Unbundled(f"{path} has a form of import or export that is not known here: {found[0].strip()}")


def _beside(path: str, other: str) -> str:
    """Where `other`, as `path` names it, is."""
    return normpath(f"{dirname(path)}/{other}")


def _from(path: str, other: str) -> str:
    """How `path` names `other`."""
    return f"{'../' * path.count('/') or './'}{other}"
