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
