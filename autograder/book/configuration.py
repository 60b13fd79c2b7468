"""Sphinx's configuration of every book. A book's own ``conf.py`` begins with it: ``import *``."""

from __future__ import annotations

from pathlib import Path

language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "autograder.book.mathml",
    "autograder.book.source_pages",
]

# The outputs are there already: executed.py.
nb_execution_mode = "off"
nb_merge_streams = True
nb_render_markdown_format = "myst"
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3
myst_dmath_double_inline = True

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
napoleon_google_docstring = False
napoleon_use_rtype = False
nitpicky = False

html_theme = "furo"
html_static_path = [str(Path(__file__).parents[1] / "templates" / "book" / "static")]
html_css_files = ["book.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_math_renderer = "mathml"
html_domain_indices = False
viewcode_follow_imported_members = False  # its way back would lead nowhere
html_copy_source = False  # no second copy of a notebook to look after
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_last_updated_fmt = None
# The search page would fetch the pages that it found, which a browser forbids to a file.
html_show_search_summary = False
html_permalinks_icon = "#"
html_theme_options = {
    "navigation_with_keys": True,
    "top_of_page_buttons": [],
    "light_css_variables": {
        "color-brand-primary": "#0b5394",
        "color-brand-content": "#0b5394",
        "color-brand-visited": "#5b3c88",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7db8f0",
        "color-brand-content": "#7db8f0",
        "color-brand-visited": "#c3a6ee",
    },
}
