"""The environment of the newest Sphinx; nothing is installed here."""

import sysconfig

import pytest

from bookbuild.newest import environment
from bookbuild.newest.environment import distributions, make_environment


def test_every_extension_of_the_book_is_of_a_package():
    assert "myst-nb" in distributions(["myst_nb", "sphinx_book_theme", "bookbuild.site"])
    for name in ("bibtex", "applehelp", "qthelp"):  # of one namespace
        assert distributions([f"sphinxcontrib.{name}"]) == ["sphinx", f"sphinxcontrib-{name}"]
    with pytest.raises(ValueError, match="installed, got no_such_extension"):
        distributions(["no_such_extension"])


def test_the_books_packages_come_last(tmp_path, monkeypatch):
    calls = []
    place = tmp_path / "env"

    def run(command, variables=None):
        calls.append([str(part) for part in command])
        if "venv" in calls[-1]:
            (place / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
        return "global.index-url='https://a.org/simple'\nglobal.find-links='/wheels'"

    monkeypatch.setattr(environment, "run", run)
    python = make_environment(place, ["sphinx", "myst-nb"], tmp_path / "lib")
    assert python == place / "bin" / "python"
    install = calls[-1]
    assert install[install.index("--python") + 1] == str(python)
    assert install[-4:] == ["sphinx", "myst-nb", "--find-links", "/wheels"]
    beside = next(place.glob("lib/*/site-packages/book.pth")).read_text().split()
    assert beside == [sysconfig.get_path("purelib"), str(tmp_path / "lib")]
