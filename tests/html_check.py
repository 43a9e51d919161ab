"""Checks a page of mien's: tags fit together, ids are unique, nothing is loaded from outside."""

import html
import re
from html.parser import HTMLParser

_VOID = {"meta", "img", "br", "hr", "input", "link", "col", "wbr"}
_INLINE_ONLY = {"p", "h1", "h2", "h3", "h4", "summary", "figcaption"}
_BLOCKS = {"p", "div", "table", "ul", "ol", "section", "article", "figure", "dl", "details", "nav"}


class Page(HTMLParser):
    """What a page holds."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.numbers: dict[str, list[float]] = {}
        """Of the data elements, by the id of the section or article that they are in."""
        self.text: dict[str, str] = {}
        """By the same ids."""
        self._part = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} has an attribute twice: {names}"
        if tag in _BLOCKS:
            inside = _INLINE_ONLY & set(self.open)
            assert not inside, f"{tag} inside {inside}"
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids.append(values["id"])
        self.links += [values[name] for name in ("src", "href", "xlink:href") if name in values]
        if tag in ("section", "article"):
            self._part = values.get("id", "")
        if tag == "data":
            self.numbers.setdefault(self._part, []).append(float(values["value"]))
        if tag == "img":
            assert values.get("alt"), "a picture without a description"
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"{tag} ends but is not open"
        assert self.open.pop() == tag, f"{tag} ends inside another"

    def handle_data(self, data: str) -> None:
        self.text[self._part] = self.text.get(self._part, "") + data


def commands(text: str) -> list[str]:
    """Return the commands that a page shows."""
    return [
        html.unescape(re.sub("<[^>]+>", "", code)) for code in re.findall("<code>.*?</code>", text)
    ]


def check_page(text: str) -> Page:
    """Read a page; fail where it is not well formed or not self-contained."""
    page = Page()
    page.feed(text)
    page.close()
    assert page.open == []
    assert len(page.ids) == len(set(page.ids)), "an id stands twice"
    for link in page.links:
        inside = link.startswith("#") and link[1:] in page.ids
        assert inside or link.startswith("data:image/png;base64,"), link
    assert not re.search(r"https?://|url\(|@import|<script|\bnan\b", text)
    return page
