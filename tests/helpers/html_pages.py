"""What a page says and how its tables are marked up, without a browser."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """The text of a page, its tags and links, and its tables with what a screen reader is told."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.tables: list[dict] = []
        self._hidden = False
        self._in: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._in.append(tag)
        self._hidden = tag in ("script", "style")
        attributes = dict(attrs)
        self.links += [attributes["href"]] if "href" in attributes else []
        if tag == "table":
            empty = {"caption": "", "heads": [], "sorted": [], "shades": []}
            self.tables.append({"class": attributes.get("class", ""), **empty})
        elif tag == "th":
            self.tables[-1]["heads"].append(attributes.get("scope"))
            self.tables[-1]["sorted"] += (
                [attributes["aria-sort"]] if "aria-sort" in attributes else []
            )
        elif tag == "td" and "style" in attributes:
            self.tables[-1]["shades"].append(attributes["style"])

    def handle_endtag(self, tag):
        self._hidden = False
        while tag in self._in and self._in.pop() != tag:
            pass  # tags that are never closed

    def handle_data(self, data):
        if not self._hidden:
            self.words += data.split()
            if "caption" in self._in:
                self.tables[-1]["caption"] += data.strip()

    @property
    def text(self) -> str:
        return " ".join(self.words)
