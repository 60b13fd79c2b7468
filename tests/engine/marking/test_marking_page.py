"""The files of the marking page, without a browser: what they load, and the keys they name."""

from __future__ import annotations

import re

from helpers import ROOT

FOLDER = ROOT / "autograder" / "marking" / "page"
KEYS = re.compile(r"<div><dt>(.*?)</dt><dd>(.*?)</dd></div>")
ROW = re.compile(r"^\| (`.*?) \| (.*?) \|$", re.M)


def text(name):
    return (FOLDER / name).read_text(encoding="utf-8")


def test_docs_list_the_keys_that_the_page_lists():
    page = [
        tuple(re.sub(r"<kbd>(.*?)</kbd>", r"`\1`", part) for part in parts)
        for parts in KEYS.findall(text("mark.html"))
    ]
    assert len(page) > 10
    docs = (ROOT / "docs" / "marking.md").read_text(encoding="utf-8")
    assert ROW.findall(docs) == page


def test_a_key_that_is_listed_does_something():
    script = text("mark.js") + text("keys.js")
    names = {"↓": "ArrowDown", "↑": "ArrowUp", "Esc": "Escape"}
    for listed, _ in KEYS.findall(text("mark.html")):
        for key in re.findall(r"<kbd>(.*?)</kbd>", listed):
            name = names.get(key, key)
            digit = name.isdigit() and name != "0"
            assert digit or re.search(rf'[{{, "]{re.escape(name)}"?[:\]]|"{name}"', script), key


def test_the_page_loads_its_own_files_alone():
    policy = re.compile(r"https?:|//[a-z]+\.|\bstyle=|\bon[a-z]+=|<script>|eval\(")
    assert policy.findall(text("mark.html") + text("mark.css")) == []
    loaded = re.findall(r'(?:href|src)="(?!data:)([^"]+)"', text("mark.html"))
    assert loaded == ["page/mark.css", "page/mark.js"]
    for script in FOLDER.glob("*.js"):
        for name in re.findall(r'from "\./(.*?)"', script.read_text(encoding="utf-8")):
            assert (FOLDER / name).exists()
