"""The source that a chapter shows is the code that runs."""

import ast
import inspect

import pytest

from traindyn.balance_regularization.theory.stationary import gamma_variance, stationary_law
from traindyn.notebook import show_source


@pytest.mark.parametrize("function", [gamma_variance, stationary_law])
def test_source_is_the_function_without_its_docstring(function):
    (shown,) = ast.parse(show_source(function).text).body
    (whole,) = ast.parse(inspect.getsource(inspect.unwrap(function))).body
    assert ast.get_docstring(whole)
    whole.body = whole.body[1:]
    assert ast.dump(shown) == ast.dump(whole)


def test_source_is_displayed_as_code():
    shown = show_source(gamma_variance)
    assert shown._repr_markdown_() == f"```python\n{shown}\n```"


class Owner:
    """Methods in a block, one with a string that leaves its indentation."""

    def method(self):
        """A text."""
        return """odd
text"""

    def short(self): "A text."; return 1  # fmt: skip  # noqa: E702


def test_methods_and_odd_strings_keep_their_code():
    assert show_source(Owner.method).text.split() == [
        "def",
        "method(self):",
        "return",
        '"""odd',
        'text"""',
    ]
    assert "return 1" in show_source(Owner().short).text


@pytest.mark.parametrize("function", [Owner, lambda x: x, Owner(), None, inspect])
def test_what_def_does_not_define_is_refused(function, unchecked):
    with pytest.raises(ValueError, match="function must"):
        show_source(function)


def test_a_function_without_source_is_named():
    with pytest.raises(ValueError, match="function must have Python source, got <built-in"):
        show_source(len)
