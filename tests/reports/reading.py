"""Reading a page back as a reader would: its words, its tables, its tags."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

EMPTY = frozenset({"meta", "input", "br", "hr", "link", "img", "path", "circle", "rect"})


@dataclass(slots=True)
class Node:
    tag: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All words below, spaces folded; style and script hold none."""
        if self.tag in ("style", "script"):
            return ""
        parts = (c if isinstance(c, str) else c.text for c in self.children)
        return " ".join(" ".join(parts).split())

    def all(self, tag: str | None = None, **wanted: str) -> list[Node]:
        """Return every node below with this tag and these attributes (``class_`` = one of many)."""
        found: list[Node] = []
        for child in self.children:
            if isinstance(child, Node):
                if _fits(child, tag, wanted):
                    found.append(child)
                found += child.all(tag, **wanted)
        return found

    def one(self, tag: str | None = None, **wanted: str) -> Node:
        (found,) = self.all(tag, **wanted)
        return found

    def rows(self) -> list[list[str]]:
        """Return a table's body as words."""
        return [
            [cell.text for cell in row.children if isinstance(cell, Node)]
            for body in self.all("tbody")
            for row in body.all("tr")
        ]


def _fits(node: Node, tag: str | None, wanted: dict[str, str]) -> bool:
    if tag is not None and node.tag != tag:
        return False
    for name, value in wanted.items():
        if name == "class_":
            if value not in node.attributes.get("class", "").split():
                return False
        elif node.attributes.get(name) != value:
            return False
    return True


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in EMPTY:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in EMPTY:
            return
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(page: bytes) -> Node:
    """Parse a page strictly: every tag that opens must close in order."""
    reader = _Reader()
    reader.feed(page.decode("utf-8"))
    reader.close()
    assert [n.tag for n in reader.open] == [""], "a tag was left open"
    return reader.root
