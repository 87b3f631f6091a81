"""The same pages without the jupyter-book package, by the newest Sphinx: what would change?

jupyter-book 1.x holds Sphinx at version 7. This package needs neither: it writes a configuration of
Sphinx from ``_config.yml``, builds the pages in an environment of its own, and compares articles.
"""
