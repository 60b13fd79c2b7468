"""Sphinx's configuration of this book: the engine's, with a title, a font and playable pictures."""

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from autograder.book.configuration import *  # noqa: F403
from autograder.book.configuration import html_css_files, html_static_path
from cs231n_lib.play import play

project = html_title = "How neural networks are trained"
html_short_title = "Training networks"
html_static_path = [*html_static_path, "_static"]
html_css_files = [*html_css_files, "fonts.css"]


class Play(Directive):
    """``{play} NAME``: a playable picture in a page that is no notebook."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        return [nodes.raw("", play(self.arguments[0])._repr_html_(), format="html")]


def setup(app: Sphinx) -> None:
    app.add_directive("play", Play)
