"""Formulas as MathML."""

from xml.etree import ElementTree

import pytest

from autograder.mathml import mathml


def test_lines_are_aligned_and_spaced_as_in_latex():
    for name in ("aligned", "align*"):
        made = mathml(rf"\begin{{{name}}} a &= b \\[2ex] c &= d \end{{{name}}}", display=True)
        assert made.count("<mtr>") == 2
        assert 'columnalign="right"' in made
        assert "ex" not in "".join(ElementTree.fromstring(made).itertext())


@pytest.mark.parametrize("latex", [r"\left( x", "x^1^2", r"\begin{gathered} a & b \end{gathered}"])
def test_a_formula_that_cannot_be_shown_is_an_error_and_not_a_gap(latex):
    with pytest.raises(ValueError, match="latex2mathml cannot translate"):
        mathml(latex)


def test_an_index_and_a_slash_have_no_space_around_their_signs():
    assert mathml("x_{t-1}").count('lspace="0" rspace="0"') == 1
    assert mathml("t-1").count('lspace="0"') == 0
    assert mathml(r"\partial L/\partial x").count('lspace="0"') == 3
    assert mathml("v = -x").count('lspace="0"') == 1
    assert mathml("(a) - x").count('lspace="0"') == 0
    assert mathml(r"x \sim y.").count('<mo>∼</mo><mi>y</mi><mo lspace="0" rspace="0">') == 1


def test_a_sum_has_space_before_it_only_where_no_sign_gives_some():
    for latex, tight in ((r"2\sum_i x", 0), (r"z = \sum_i x", 1), (r"[\sum_i x]", 1)):
        assert mathml(latex).count('<mo lspace="0">∑') == tight


def shown(latex):
    """The words and signs of a formula in a row, a thin space as _."""
    made = ElementTree.fromstring(mathml(latex))
    return "".join("_" if e.tag.endswith("mspace") else e.text or "" for e in made.iter())


@pytest.mark.parametrize(
    ("latex", "row"),
    [
        (r"\log p", "log_p"),
        (r"-\ln p_y", "−ln_py"),
        (r"2 \ln x + 1", "2_ln_x+1"),
        (r"\tanh^2 z", "tanh2_z"),
        (r"a\tanh(z)", "a_tanh(z)"),
        (r"\ln \sum_k e", "ln∑ke"),
        (r"(a)\ln x", "(a)_ln_x"),
        (r"\exp\left(x\right) \, y", "exp(x)_y"),
        (r"\max(0, x)", "max(0,x)"),
        (r"\ln |x|", "ln_|x|"),
        (r"\log \log x", "log_log_x"),
        (r"n_{\mathrm{in}} \mathrm{Var}[w] \, \mathrm{E}[h]", "nin_Var[w]_E[h]"),
        (r"x_{\mathrm{new}} y", "xnewy"),
    ],
)
def test_a_function_s_name_has_a_thin_space_where_tex_has_one(latex, row):
    assert shown(latex) == row


def test_names_are_upright_words_whether_they_have_one_letter_or_more():
    made = mathml(r"\mathrm{E}[x] \mathrm{Var}[x] \max_k x")
    assert '<mi mathvariant="normal">E</mi>' in made
    assert "<mi>Var</mi>" in made  # of several letters: upright without saying so
    assert "<mi>max</mi>" in made
