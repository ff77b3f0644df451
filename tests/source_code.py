"""The product's own source as data, for the tests that keep its rooms and its rules (test_layers, test_lint)."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APPS = ("hall", "authorization", "catalog", "supervision")  # in the order of the arrows: each may import those after it


@dataclass(frozen=True)
class Module:
    """One Python file of the product under its dotted name."""

    name: str
    tree: ast.Module
    is_package: bool = False

    @property
    def app(self) -> str:
        return self.name.split(".")[0]

    @property
    def part(self) -> str:
        """The piece of its app to which it belongs: `models`, `actions`, `clocks` …; empty for the app itself."""
        return ([*self.name.split("."), ""])[1]

    @property
    def is_migration(self) -> bool:
        return self.part == "migrations"


@dataclass(frozen=True)
class Import:
    """A name that a module imports, dotted and absolute; `late` when the import stands inside a function."""

    target: str
    line: int
    late: bool

    @property
    def app(self) -> str:
        return self.target.split(".")[0]

    @property
    def part(self) -> str:
        return ([*self.target.split("."), ""])[1]


@cache
def product() -> tuple[Module, ...]:
    """Every module of the four apps."""
    paths = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))]
    return tuple(_read(path) for path in paths)


def parse(name: str, text: str, *, is_package: bool = False) -> Module:
    """A module from text: how tests show that a check can fail."""
    return Module(name, ast.parse(text), is_package)


@cache
def imports(module: Module) -> tuple[Import, ...]:
    late = {
        id(node)
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, node.lineno, id(node) in late) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            found += [Import(f"{base}.{alias.name}", node.lineno, id(node) in late) for alias in node.names]
    return tuple(found)


@cache
def uses(module: Module) -> tuple[tuple[str, int], ...]:
    """Every dotted name that the code mentions, with its line. Imported names are spelt out: `dt.now` after
    `from datetime import datetime as dt` is `datetime.datetime.now`. What is imported counts as used.
    """
    known = _names(module)
    found = [(imported.target, imported.line) for imported in imports(module)]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute | ast.Name) and (dotted := _dotted(node)):
            found.append((_spelt_out(dotted, known), node.lineno))
    return tuple(found)


def texts(module: Module) -> Iterator[tuple[str, int]]:
    """Every string constant outside of docstrings, the pieces of f-strings among them."""
    described = {
        id(node.body[0].value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
            yield node.value, node.lineno


def calls(module: Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name of what is called, imported names spelt out."""
    known = _names(module)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and (dotted := _dotted(node.func)):
            yield _spelt_out(dotted, known), node


def expect_none(faults: Iterable[str]) -> None:
    """Nothing may be found; the failure lists everything that was."""
    __tracebackhide__ = True
    found = sorted(faults)
    assert not found, "\n" + "\n".join(found)


def templates() -> list[Path]:
    """Every template of the product, those of papers included."""
    return sorted((ROOT / "templates").rglob("*.html"))


def _read(path: Path) -> Module:
    parts = path.relative_to(ROOT).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    return Module(
        ".".join(parts[:-1] if is_package else parts), ast.parse(path.read_text(encoding="utf-8")), is_package
    )


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *filter(None, [node.module])])


def _names(module: Module) -> dict[str, str]:
    """What each imported name stands for."""
    known = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            known |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            known |= {alias.asname or alias.name: f"{base}.{alias.name}" for alias in node.names}
    return known


def _spelt_out(dotted: str, known: dict[str, str]) -> str:
    head, _, rest = dotted.partition(".")
    return ".".join(filter(None, (known.get(head, head), rest)))


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = _dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return ""
