"""Which lines of a room a claim rests on: found in its sources, without importing them.

From the function of a claim on, every name that a definition uses is looked up where it is defined.
What stands in the room's claims and studies belongs to the code of the claim, with the sizes of its
runs; what stands in experiments and theory has a page of its own and is named only.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from traindyn.system.imports import module_file, module_name

Place = tuple[str, str]
"""A module, and a name in it."""

SHOWN = ("claims", "studies")
"""Parts of a room whose code is shown with a claim."""

NAMED = ("experiments", "theory")
"""Parts of a room that the code of a claim only links to."""


@dataclass(frozen=True)
class Definition:
    """A function, a class or a constant at the top of a module.

    Args:
        first: Its first line, with decorators.
        last: Its last line, with the text that says what a constant is.
        used: Names that it uses, and attributes ``(module, name)`` of modules, in their order.
        documented: Whether it is a public function or class with a docstring.
    """

    first: int
    last: int
    used: tuple[Place, ...]
    documented: bool


@dataclass(frozen=True)
class Module:
    """The top of a module: what it defines, and where it has other names from."""

    file: Path
    definitions: dict[str, Definition]
    imported: dict[str, Place]


@dataclass
class ClaimCode:
    """The code of a claim.

    Args:
        lines: Definitions that it rests on, by module, in the order of reading.
        elsewhere: Documented functions and classes of experiments and theory that it uses.
        shown_with: Claims that were told before and show some of its code.
    """

    lines: dict[str, list[Definition]] = field(default_factory=dict)
    elsewhere: list[Place] = field(default_factory=list)
    shown_with: list[str] = field(default_factory=list)


@functools.lru_cache(maxsize=512)
def read_module(lib: Path, name: str) -> Module | None:
    """The top of a module below ``lib``; None if there is no such file."""
    file = module_file(lib, name)
    if file is None:
        return None
    body = ast.parse(file.read_text(encoding="utf-8")).body
    definitions: dict[str, Definition] = {}
    imported: dict[str, Place] = {}
    for node, following in pairwise([*body, ast.Pass()]):
        if isinstance(node, ast.ImportFrom):
            above = module_name(lib, file).split(".")[: -node.level] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            imported |= {a.asname or a.name: (source, a.name) for a in node.names}
        for defined in _names(node):
            definitions[defined] = _definition(node, following)
    return Module(file, definitions, imported)


def _names(node: ast.stmt) -> Iterator[str]:
    """Names that a statement defines."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            stored = (part for target in targets for part in ast.walk(target))
            yield from (part.id for part in stored if isinstance(part, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _definition(node: ast.stmt, following: ast.stmt) -> Definition:
    decorators = getattr(node, "decorator_list", [])
    last = node.end_lineno or node.lineno
    match following:
        case ast.Expr(value=ast.Constant(value=str())) if not hasattr(node, "body"):
            last = following.end_lineno or last
    used = []
    for part in ast.walk(node):
        match part:
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                used.append((part.lineno, part.col_offset, (module, name)))
            case ast.Name(id=name):
                used.append((part.lineno, part.col_offset, ("", name)))
    public = (
        isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is not None
    )
    places = dict.fromkeys(place for *_, place in sorted(used))
    return Definition(min(d.lineno for d in [*decorators, node]), last, tuple(places), public)


def resolve(lib: Path, module: str, name: str) -> Place | None:
    """Where a name that a module knows is defined; None if not below ``lib``."""
    top = read_module(lib, module)
    if top is None:
        return None
    if name in top.definitions:
        return module, name
    return resolve(lib, *top.imported[name]) if name in top.imported else None


def uses(lib: Path, module: str, definition: Definition) -> Iterator[Place]:
    """Places below ``lib`` that a definition of a module uses, in the order of its text."""
    top = read_module(lib, module)
    for owner, name in definition.used:
        where = module
        if owner:  # of an imported module, else of an object, which has no place
            where = ".".join(top.imported.get(owner, ())) if top else ""
        if where and (place := resolve(lib, where, name)):
            yield place


@dataclass(frozen=True)
class ClaimFunction:
    """The function of a claim, and what the claim states."""

    place: Place
    statement: str


def claim_functions(lib: Path, room: str) -> dict[str, ClaimFunction]:
    """The function of every claim of a room by its id, as decorators and registry name them."""
    package = module_file(lib, f"traindyn.{room}.claims")
    if package is None:
        return {}
    files = sorted(package.parent.rglob("*.py")) if package.name == "__init__.py" else [package]
    prefix, found = "", {}
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="Registry"), args=[_, ast.Constant(value=str(name))]
                ):
                    prefix = name
                case ast.FunctionDef(decorator_list=[decorator, *_]):
                    if registered := _registered(decorator):
                        number, statement = registered
                        found[number] = ClaimFunction(
                            (module_name(lib, file), node.name), statement
                        )
    return {f"{prefix}-{number}": found[number] for number in sorted(found)}


def _registered(decorator: ast.expr) -> tuple[int, str] | None:
    """Number and statement in a decorator such as ``registry.claim(8, statement="...")``."""
    match decorator:
        case ast.Call(func=ast.Attribute(attr="claim"), args=[ast.Constant(value=int(number))]):
            stated = next(word.value for word in decorator.keywords if word.arg == "statement")
            return number, str(ast.literal_eval(stated))
    return None


def code_of_claims(lib: Path, room: str) -> dict[str, ClaimCode]:
    """The code of every claim of a room by its id; what several share stands with the first."""
    told: dict[Place, str] = {}
    codes: dict[str, ClaimCode] = {}
    for claim, function in claim_functions(lib, room).items():
        code = codes[claim] = ClaimCode()
        for module, name in reached(lib, room, function.place):
            definition = _defined(lib, module, name)
            part = module.removeprefix(f"traindyn.{room}.").partition(".")[0]
            if part in NAMED:
                code.elsewhere += [(module, name)] * definition.documented
            elif (module, name) not in told:
                told[module, name] = claim
                code.lines.setdefault(module, []).append(definition)
            elif told[module, name] not in (claim, *code.shown_with):
                code.shown_with.append(told[module, name])
    return codes


def reached(lib: Path, room: str, start: Place) -> Iterator[Place]:
    """What a function of a room rests on in the room, each place once, in the order of reading.

    What stands in experiments and theory is not followed further.
    """
    waiting, seen = [start], set()
    while waiting:
        place = module, name = waiting.pop()
        part = module.removeprefix(f"traindyn.{room}.").partition(".")[0]
        if place in seen or part not in (*SHOWN, *NAMED) or module.endswith(".registry"):
            continue
        seen.add(place)
        yield place
        if part in SHOWN:
            waiting += reversed([*uses(lib, module, _defined(lib, module, name))])


def _defined(lib: Path, module: str, name: str) -> Definition:
    top = read_module(lib, module)
    assert top is not None  # a resolved place
    return top.definitions[name]
