"""Which files of this package a result comes about by: what a module leads to by its imports, and no other.

What is computed is kept under the hash of these files, so that a change of a chart, a page or a word leaves what it
has no part in. The imports are read where they stand, at the top of a file or inside a function; nothing has to be
named twice.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import PurePosixPath

from kommuneregnskap.support import cache, paths
from kommuneregnskap.support.errors import NotWrittenError

PACKAGE = __name__.partition(".")[0]
KEPT, LISTS_KEPT = "imports", 4  # of this code, and of what it was a moment ago
COMPUTE = ("polars", "numpy", "scipy", "svy", "svy-rs", "dataframely")
BY_NAME = {"import_module", "__import__", "exec", "eval", "run_path", "run_module"}
FACE, ASKED, FINDS = "lazily", "__getattr__", "iter_modules"  # of `face`, of Python, of `pkgutil`


@lru_cache(maxsize=1)
def _files() -> dict[str, bytes]:
    """Return this package's files by their names, as they were when first asked for."""
    folder = paths.source_code()
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths.code_files()}


@lru_cache(maxsize=1)
def _hashes() -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in _files().items()}


@lru_cache(maxsize=1)
def code_hash() -> str:
    """Return the sha256 of this package's files, code and templates, as they were when first asked for."""
    return cache.digest(_hashes())


@lru_cache(maxsize=64)
def hash_of(*modules: str) -> str:
    """Return the sha256 of the files that modules (`sensitivity.specification`) come about by: `behind`."""
    own = _hashes()
    return cache.digest({name: own[name] for name in behind(modules)})


def behind(modules: Iterable[str]) -> list[str]:
    """Return the files of this package that modules run by, their own among them, in order.

    What they import, and what that imports; and the files of their folders that are no code.
    """
    imports = _imports()
    found: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += imports[name]
    own = {_file(name) for name in found}
    folders = {PurePosixPath(name).parent for name in own}
    others = (name for name in _files() if not name.endswith(".py"))
    return sorted(own | {name for name in others if PurePosixPath(name).parent in folders})


def used(code: str) -> set[str] | None:
    """Return the modules that code outside this package (of a notebook) asks for; None where that is not to be seen.

    So it is of magics and the like, and where something is imported or run by its name.
    """
    with suppress(SyntaxError):
        tree = ast.parse(code)
        names = {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(tree)}
        return None if names & BY_NAME else _Reading(tree).modules
    return None


def versions() -> dict[str, str]:
    """Return the versions of what computes, beside this package: of Python and of packages."""
    return {"python": ".".join(map(str, sys.version_info[:2]))} | {
        name: version(name) for name in COMPUTE
    }


def _file(module: str) -> str:
    """Return the file of a module, as `_files` names it; the package itself is the module without a name."""
    folder = module.replace(".", "/")
    return f"{folder}.py" if f"{folder}.py" in _files() else f"{folder}/__init__.py".lstrip("/")


def _is_module(name: str) -> bool:
    return _file(name) in _files()


@lru_cache(maxsize=512)
def _below(package: str) -> set[str]:
    """Return the modules that stand in the folder of a package and in those below it."""
    names = {
        name.removesuffix(".py").removesuffix("/__init__")
        for name in _files()
        if name.endswith(".py")
    }
    modules = {name.replace("/", ".") for name in names}
    return {name for name in modules if name.startswith(f"{package}.")}


@lru_cache(maxsize=1)
def _imports() -> dict[str, list[str]]:
    """Return what each module imports, packages around it included; kept, since reading all takes a second."""
    store = paths.cache() / f"{KEPT}-{code_hash()[:20]}"

    def read() -> bytes:
        modules = [name for name in _files() if name.endswith(".py")]
        names = [name.removesuffix(".py").replace("/", ".") for name in modules]
        names = ["" if name == "__init__" else name.removesuffix(".__init__") for name in names]
        found = {name: sorted(_Reading(_tree(name), name).modules) for name in names}
        return json.dumps(found, sort_keys=True).encode()

    try:
        kept = cache.bytes_of(store, read)
        cache.clean_out(store.parent, LISTS_KEPT, f"{KEPT}-*")
    except NotWrittenError:
        kept = read()
    found: dict[str, list[str]] = json.loads(kept)
    return found


@lru_cache(maxsize=64)
def _tree(module: str) -> ast.Module:
    return ast.parse(_files()[_file(module)])


class _Reading:
    """What a piece of code asks of this package: the modules it names, and those that a face gives for a name."""

    def __init__(self, tree: ast.Module, own: str | None = None) -> None:
        """Read the code of module `own`, or code that is none of this package's."""
        self.modules: set[str] = set()
        self._called: dict[str, set[str]] = {}  # which modules have a name in this piece of code
        nodes = list(_run(tree))
        for node in nodes:
            self._import(node)
        inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
        for node in nodes:
            for module in self._ask(node):
                if id(node) not in inner:  # handed on: whatever it may be asked
                    self._add(*_face(module).everything)
        if own is not None:
            self._add(own)
            if _face(own).finds_at_once:
                self._add(*_below(own))
            self.modules.discard(own)

    def _import(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for each in node.names:
                if (name := _within(each.name)) is not None:
                    self._add(name)
                    called = self._called.setdefault(each.asname or PACKAGE, set())
                    called.add(name if each.asname else "")
        elif isinstance(node, ast.ImportFrom):
            package = _within(node.module or "")
            for each in node.names if package is not None else ():
                found = self._attribute(package or "", each.name)
                if found is not None:
                    self._called.setdefault(each.asname or each.name, set()).add(found)

    def _ask(self, node: ast.AST) -> set[str]:
        """Follow a name with dots as far as it is of this package; return the modules that it may lead to."""
        if isinstance(node, ast.Name):
            return self._called.get(node.id, set())
        if not isinstance(node, ast.Attribute):
            return set()
        found = {self._attribute(module, node.attr) for module in self._ask(node.value)}
        return {module for module in found if module is not None}

    def _attribute(self, module: str, name: str) -> str | None:
        """Note what a name of a module is: a module below it, which is returned, or what its face gives for it."""
        self._add(module)
        below = f"{module}.{name}".lstrip(".")
        if _is_module(below):
            self._add(below)
            return below
        given = _face(module).of(name)
        self._add(*given)
        return next((each for each in given if each.rpartition(".")[2] == name), None)

    def _add(self, *modules: str) -> None:
        """Add modules, with the packages that they stand in: to import one is to run those."""
        for module in modules:
            parts = module.split(".") if module else []
            self.modules |= {".".join(parts[:count]) for count in range(len(parts) + 1)}


class _Face:
    """What a package gives for names that do not stand in it (`face.lazily`, or a `__getattr__` of its own)."""

    def __init__(self, module: str) -> None:
        self.module = module

    @cached_property
    def _statements(self) -> list[ast.stmt]:
        package = _file(self.module).endswith("__init__.py")
        return _tree(self.module).body if package else []

    @cached_property
    def _named(self) -> dict[str, str]:
        """The modules that `lazily` is given: by the name each is for, or by itself where that is not to be seen."""
        found: dict[str, str] = {}
        for call in _calls(self._statements, FACE):
            for node in (each for part in call.args for each in ast.walk(part)):
                if isinstance(node, ast.Dict):
                    pairs = zip(node.keys, node.values, strict=True)
                    found |= {key.value: value.value for key, value in pairs}  # type: ignore[union-attr, attr-defined]
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.setdefault(f" {node.value}", node.value)
        targets = {name: target for name, target in found.items() if _is_module(target)}
        exact = {target for name, target in targets.items() if not name.startswith(" ")}
        return {n: t for n, t in targets.items() if not n.startswith(" ") or t not in exact}

    @cached_property
    def _asks(self) -> bool:
        """Whether it has a `__getattr__`."""
        named = (node for each in self._statements for node in ast.walk(each))
        return any(
            (isinstance(node, ast.FunctionDef) and node.name == ASKED)
            or (isinstance(node, ast.Name) and node.id == ASKED)
            for node in named
        )

    @cached_property
    def _finds(self) -> bool:
        return bool(_calls(self._statements, FINDS))

    @property
    def finds_at_once(self) -> bool:
        """Whether it imports all of its folder's modules by itself, whatever it is asked for."""
        top = [each for each in self._statements if not isinstance(each, ast.FunctionDef)]
        return self._finds and (not self._asks or bool(_calls(top, FINDS)))

    @cached_property
    def everything(self) -> set[str]:
        """All modules that it may give."""
        if not self._asks:
            return set()
        return {*self._named.values(), *(_below(self.module) if self._finds else ())}

    def of(self, name: str) -> set[str]:
        """Return the modules that it may give, or take from, for a name."""
        if not self._asks:
            return set()
        if name in self._named:
            return {self._named[name]}
        loose = {target for key, target in self._named.items() if key.startswith(" ")}
        if not self._finds:
            return loose
        below = _below(self.module)
        called = {each for each in below if each.rpartition(".")[2] == name}
        defining = {each for each in below if _defines(each, name)}
        return loose | (called or defining or below)


@lru_cache(maxsize=512)
def _face(module: str) -> _Face:
    return _Face(module)


def _defines(module: str, name: str) -> bool:
    return name in _functions(module)


@lru_cache(maxsize=512)
def _functions(module: str) -> set[str]:
    return {each.name for each in _tree(module).body if isinstance(each, ast.FunctionDef)}


def _calls(statements: Iterable[ast.stmt], function: str) -> list[ast.Call]:
    """Return the calls of a function by its name."""
    nodes = (node for each in statements for node in ast.walk(each))
    calls = (node for node in nodes if isinstance(node, ast.Call))
    return [each for each in calls if isinstance(each.func, ast.Name) and each.func.id == function]


def _run(tree: ast.AST) -> Iterator[ast.AST]:
    """Give the nodes of what is run: what stands under TYPE_CHECKING is not."""
    yield tree
    for node in ast.iter_child_nodes(tree):
        of_types = isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        if of_types:
            for other in node.orelse:  # type: ignore[attr-defined]
                yield from _run(other)
        else:
            yield from _run(node)


def _within(name: str) -> str | None:
    """Return the name of a module below this package; None for another's."""
    first, _, rest = name.partition(".")
    return rest if first == PACKAGE else None
