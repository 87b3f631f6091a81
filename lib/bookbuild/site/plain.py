r"""The Markdown of a chapter as every notebook program shows it: no role and no directive.

Figures, equations, theorems and exercises get numbers, each kind its own, and references name them.
What only the book knows, as the number behind ``{claim}``, comes from :class:`Words`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

FENCE = re.compile(r"^(?P<fence>`{3,}|:{3,})\{(?P<name>[\w:-]+)\} *(?P<argument>.*)$")
OPTION = re.compile(r"^:(?P<name>[\w-]+): *(?P<value>.*)$")
ROLE = re.compile(r"\{(?P<name>[a-z][\w:-]*)\}(?P<tick>`+)(?P<text>.+?)(?P=tick)")
EQUATION = re.compile(r"^\$\$ *\((?P<label>[\w-]+)\) *$", re.MULTILINE)
TARGET = re.compile(r"^\((?P<label>[\w-]+)\)=\n(?=#+ (?P<title>.+))", re.MULTILINE)
LINK = re.compile(r"\]\((?P<label>[a-z][\w-]*)\)")
TITLED = re.compile(r"(?P<title>.*?) *<(?P<target>[^<>]+)>")

THEOREMS = ("theorem", "lemma", "proposition", "corollary", "conjecture", "definition")
BOXES = ("admonition", "note", "tip", "important", "warning")


@dataclass(frozen=True)
class Words:
    """What a notebook says of things that lie elsewhere in the book.

    Args:
        claim: Of the measured number of a row, by its id.
        claims: Of all claims of a chapter, by its name.
        cite: Of a paper, by its key, and whether it is part of the sentence.
        page: Of a page of the book, by its words and its address below the site's.
    """

    claim: Callable[[str], str]
    claims: Callable[[str], str]
    cite: Callable[[str, bool], str]
    page: Callable[[str, str], str]


@dataclass
class Labels:
    """What the labels of a notebook stand for."""

    letters: str = ""
    """Of the claims of the chapter, which numbers begin with."""
    names: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def number(self, kind: str, label: str) -> str:
        """Count one more of a kind, and remember its name: ``Figure HA-3``."""
        self.counts[kind] += 1
        name = self.name(kind, self.counts[kind])
        self.names[label or name] = name
        return name

    def name(self, kind: str, count: int) -> str:
        """How the book calls one of a kind."""
        return f"{kind} {self.letters}-{count}" if self.letters else f"{kind} {count}"

    def of(self, label: str) -> str:
        """What a label stands for.

        Raises:
            ValueError: If nothing has that label.
        """
        if label not in self.names:
            raise ValueError(f"a reference must name a label of the notebook, got {label!r}")
        return self.names[label]


def make_plain(notebook: NotebookNode, words: Words, letters: str = "") -> None:
    """Replace every role and directive of a notebook, and put captions under its figures.

    Args:
        notebook: Changed in place.
        words: What it says of the rest of the book.
        letters: Of the chapter's claims; its numbers begin with them, as on the page.

    Raises:
        ValueError: If a role, a directive or a label is unknown.
    """
    labels = read_labels(notebook, letters)
    cells: list[NotebookNode] = []
    figures = 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = plain(cell.source, labels, words)
        if cell.source.strip():
            cells.append(cell)
        figure = cell.metadata.pop("mystnb", {}).get("figure", {})
        if "caption" in figure:
            figures += 1
            caption = inline(figure["caption"], labels, words)
            cells.append(new_markdown_cell(f"**{labels.name('Figure', figures)}.** {caption}"))
    notebook.cells = cells


def read_labels(notebook: NotebookNode, letters: str = "") -> Labels:
    """Number what a notebook labels, in its order."""
    labels = Labels(letters)
    for cell in notebook.cells:
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        if "caption" in figure:
            labels.number("Figure", figure.get("name", ""))
        if cell.cell_type != "markdown":
            continue
        for found in EQUATION.finditer(cell.source):
            labels.number("Equation", found["label"])
        for found in TARGET.finditer(cell.source):
            labels.names[found["label"]] = found["title"].strip()
        for block in blocks(cell.source):
            if isinstance(block, Directive) and (kind := block.kind):
                labels.number(kind, block.options.get("label", ""))
    return labels


@dataclass
class Directive:
    """A directive of a cell: its name, what stands beside it, its options and its body."""

    name: str
    argument: str
    options: dict[str, str]
    body: str

    @property
    def kind(self) -> str:
        """What it is counted as; empty if it is not."""
        domain, _, name = self.name.rpartition(":")
        if domain == "prf" and name in THEOREMS:
            return name.capitalize()
        return "Exercise" if self.name in {"exercise", "exercise-start"} else ""


def blocks(text: str) -> Iterator[str | Directive]:
    """The directives of a text, and the pieces between them; code blocks stay whole.

    Raises:
        ValueError: If a directive has no end.
    """
    lines, between = iter(text.split("\n")), list[str]()
    for line in lines:
        start = FENCE.match(line)
        code = re.match(r"`{3,}|~{3,}", line)
        if not start and not code:
            between.append(line)
            continue
        yield "\n".join(between)
        fence = start["fence"] if start else code[0]  # type: ignore[index]  # one of them is there
        inside = []
        for following in lines:
            if following.strip() == fence:
                break
            inside.append(following)
        else:
            raise ValueError(f"a block must end, got {line!r} without an end")
        if start:
            options = {}
            while inside and (option := OPTION.match(inside[0])):
                options[option["name"]] = option["value"]
                inside.pop(0)
            yield Directive(start["name"], start["argument"], options, "\n".join(inside).strip())
            between = []
        else:
            yield Directive("code", line, {}, "\n".join([line, *inside, fence]))
            between = []
    yield "\n".join(between)


def plain(text: str, labels: Labels, words: Words) -> str:
    """The text of a cell without roles and directives.

    Raises:
        ValueError: If a role, a directive or a label is unknown.
    """
    made = [
        directive(block, labels, words)
        if isinstance(block, Directive)
        else inline(block, labels, words)
        for block in blocks(text)
    ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(made)).strip("\n")


def directive(block: Directive, labels: Labels, words: Words) -> str:
    """What stands in place of a directive.

    Raises:
        ValueError: If it is unknown.
    """
    name = block.name
    if name == "code":
        return block.body
    body = plain(block.body, labels, words) if block.body else ""
    title = inline(block.argument, labels, words)
    if block.kind:
        number = labels.of(block.options.get("label", ""))
        return f"**{number}** ({title}).\n\n{body}\n"
    if name in BOXES:
        return f"**{title or name.capitalize()}.**\n{body}\n"
    if name in {"solution", "solution-start"}:
        return f"**Solution of {labels.of(block.argument).lower()}.**\n\n{body}\n"
    if name in {"exercise-end", "solution-end"}:
        return ""
    if name == "claims":
        return words.claims(block.argument)
    raise ValueError(f"a notebook has no words for the directive {name!r}")


def inline(text: str, labels: Labels, words: Words) -> str:
    """A text without roles, with tags on its equations and links to its own headings.

    Raises:
        ValueError: If a role or a label is unknown.
    """

    def heading(found: re.Match[str]) -> str:
        return f"](#{labels.of(found['label']).replace(' ', '-')})"

    def tag(found: re.Match[str]) -> str:
        return rf"\tag{{{number_in(labels.of(found['label']))}}}" + "\n$$"

    text = TARGET.sub("", EQUATION.sub(tag, text))
    text = LINK.sub(heading, text)
    return ROLE.sub(lambda found: role(found["name"], found["text"], labels, words), text)


def number_in(name: str) -> str:
    """The number of ``Equation 3``."""
    return name.rpartition(" ")[2]


def role(name: str, text: str, labels: Labels, words: Words) -> str:
    """What stands in place of a role.

    Raises:
        ValueError: If it, or its label, is unknown.
    """
    titled = TITLED.fullmatch(text)
    title, target = (titled["title"], titled["target"]) if titled else ("", text)
    match name:
        case "claim":
            return words.claim(text)
        case "cite" | "cite:p" | "cite:t":
            return words.cite(text, name == "cite:t")
        case "doc":
            return words.page(title or target, f"{target.strip('/')}.html")
        case "eq":
            return f"({number_in(labels.of(text))})"
        case "numref" | "prf:ref" | "ref":
            return title or labels.of(target)
    raise ValueError(f"a notebook has no words for the role {name!r}")
