"""What is shown of an answer: whatever it says, it is data."""

import base64
import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.marking import rendering
from autograder.marking.rendering import MATH_ATTRIBUTES, MATH_ELEMENTS, render, render_source
from autograder.marking.types import Answer

ELEMENTS = {
    "p", "em", "strong", "del", "code", "pre", "samp", "br", "hr", "ul", "ol", "li", "blockquote",
    "img", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
PIECES = [
    "<script>", "<img src=x onerror=f()>", "<b", "-->", "<!--", "&lt;", '" onload="f()',
    "javascript:f()", "[a](", "![a](", "![a](attachment:p)", "https://a.b/c",
    "data:text/html,x", ")", "]", "[a]: ", "<https://a.b>", "$", "$$",
    r"\text{<svg onload=f()>}", r"\text{</math><b>}", r"\href{javascript:f()}{x}",
    r"\style{a:b}{x}", r"\class{a}{x}", r"\color{red}", r"\hspace{99999em}", r"\frac{1}{2}",
    "{", "}", "^", "_", r"\begin{align}", r"\end{align}", "`", "```mermaid", "~~~", "*", "**",
    "#", "> ", "- ", "1. ", "|", "|-|", "\n", "\n\n", "    ", "\t", "\\", "\x00", "\x1b[31m",
    "\u202e", "x", " ",
]  # fmt: skip
markup = st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=60)
PNG = ("image/png", b"dots")


def html(text, kind="words", **more):
    return render(Answer("ann", text, "", **more), kind)


class Checked(HTMLParser):
    """The elements and the text of a fragment; fails for what an answer may not have."""

    def __init__(self, source):
        super().__init__()
        self.elements, self.words, self.open = [], "", []
        self.feed(source)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.handle_startendtag(tag, attributes)
        if tag not in ("br", "hr", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append(tag)
        allowed = {"img": {"src", "alt"}, "ol": {"start"}}.get(tag, set())
        if tag in MATH_ELEMENTS:
            allowed = MATH_ATTRIBUTES
        else:
            assert tag in ELEMENTS
        for name, value in attributes:
            assert name in allowed, (tag, name)
            assert name != "src" or re.fullmatch(r"data:image/(png|jpeg);base64,[\w+/=]*", value)
            assert tag not in MATH_ELEMENTS or not re.search(r"[:;(]|\d{3}", value)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    handle_decl = handle_pi = unknown_decl = handle_comment


@settings(max_examples=300, deadline=None)
@given(markup, st.sampled_from(["words", "code", "task"]))
def test_whatever_is_written_has_only_allowed_elements(text, kind):
    answer = Answer("ann", text, "", {"p": PNG, '"><b>': PNG}, outputs=(text,))
    Checked(render(answer, kind))
    Checked(render_source(text))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([piece for piece in PIECES if "$" not in piece]), max_size=12))
def test_whatever_is_in_a_formula_has_only_allowed_elements(pieces):
    Checked(html(f"${''.join(pieces)}$"))
    Checked(html(f"$$\n{''.join(pieces)}\n$$"))


@pytest.mark.parametrize(
    "part", [*PIECES, "[a]", "*a_", "***a", "a|b\n-|-\n", "- a\n  - ", "a\n- "]
)
def test_no_text_takes_long_or_grows_much(part):
    text = (part * 20_000)[:20_000]
    began = time.process_time()
    page = html(text)
    assert time.process_time() - began < 4  # 0.3 on a busy machine
    assert len(page) < 20 * len(text)


def test_one_address_and_one_picture_do_not_become_thousands():
    text = f"[a]: https://a.b/{'x' * 9_000}\n[p]: attachment:p\n\n" + "[a] ![b][p]" * 900
    page = html(text, pictures={"p": ("image/png", b"x" * 1_000)})
    assert page.count("<img") == 1
    assert len(page) < 300_000


def test_what_takes_too_long_is_shown_as_it_was_typed(monkeypatch):
    monkeypatch.setattr(rendering, "_SECONDS", 0.0)
    page = html("*a* ![](attachment:p)" * 900, pictures={"p": PNG})
    assert page.startswith("<pre><code>*a* ![](attachment:p)")
    assert "<img" in page


# ------------------------------------------------------------------------------- what is laid out


def test_markdown_is_laid_out():
    page = html("# So\n\n*It* is `a < b`:\n\n3. one\n\n| a |\n|---|\n| b |\n\n```python\nx\n```")
    assert "<p><strong>So</strong></p>" in page
    assert "<code>a &lt; b</code>" in page
    assert '<ol start="3">' in page
    assert "<td>b</td>" in page
    assert "<pre><code>x\n</code></pre>" in page


def test_tags_are_text_in_an_answer_and_nothing_in_a_question():
    text = "<details><summary>Hint</summary>\n\nMind the *sign*.\n\n</details>"
    assert "&lt;details&gt;" in html(text)
    assert " ".join(Checked(render_source(text)).words.split()) == "Hint Mind the sign."


def test_a_link_is_its_text_and_its_address():
    assert html("[a *b*](javascript:f())") == "<p>a <em>b</em> (javascript:f())</p>\n"
    assert html("<https://a.b>") == "<p>https://a.b</p>\n"


def test_pictures_of_the_notebook_are_shown_and_no_others():
    data = base64.b64encode(b"dots").decode()
    pictures = {"my dot.png": PNG, "output 1": PNG}
    page = html("![x](attachment:my%20dot.png)![far](https://a.b/c.png)", pictures=pictures)
    assert page == (
        f'<p><img src="data:image/png;base64,{data}" alt="my dot.png">[picture: far]</p>\n'
        f'<img src="data:image/png;base64,{data}" alt="output 1">'
    )


def test_formulas_are_mathml():
    page = html("It is $x^2$, and\n\n$$\\frac{1}{2}$$\n\n\\begin{align}\na &= b\n\\end{align}")
    assert page.count('<math display="inline">') == 1
    assert page.count('<math display="block">') == 2
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in page


@pytest.mark.parametrize("latex", [r"\nonsense{x}", r"\left( x", r"\text{<b>x</b>}", "x" * 501])
def test_a_formula_that_is_not_known_is_shown_as_code(latex):
    escaped = latex.replace("<", "&lt;").replace(">", "&gt;")
    assert html(f"${latex}$") == f"<p><code>${escaped}$</code></p>\n"


def test_of_many_formulas_the_first_are_translated():
    page = html("$x$ " * 60)
    assert (page.count("<math"), page.count("<code>$x$</code>")) == (50, 10)
    assert render_source("$x$ " * 60).count("<math") == 60


def test_code_is_shown_as_it_was_typed():
    assert html("if a < b:\n    *c*", "code") == "<pre><code>if a &lt; b:\n    *c*</code></pre>"
    assert render_source("a < *b*", "code") == "<pre><code>a &lt; *b*</code></pre>"


def test_what_is_missing_is_said():
    assert "Nothing was written." in html("  \n")
    assert html("", outputs=("There is no graded notebook.",)) == (
        "<pre><samp>There is no graded notebook.</samp></pre>"
    )
    assert "80,000 more characters are left out here." in html("x", cut=80_000)
