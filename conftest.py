"""``pytest --nbval chapters`` collects the text notebooks, not the copies generated from them."""

pytest_plugins = ["bookbuild.plugin"]
collect_ignore_glob = ["chapters/*.ipynb"]
