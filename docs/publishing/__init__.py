"""Turns the course into the source of its website. `python -m docs.publishing` writes `build/pages/` and `build/mkdocs.yml`.

Everything that a page shows of a run, an exercise or the harness is made from it here, before any site builder starts: so MkDocs and
Zensical read the same plain Markdown, and neither needs a plugin for it.
"""
