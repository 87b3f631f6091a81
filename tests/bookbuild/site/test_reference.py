from __future__ import annotations

import pytest
from sphinx.ext.napoleon import Config, GoogleDocstring

from bookbuild.site.reference import keep_first_line

SENTENCE = ["Width in inches: the text column."]


@pytest.mark.parametrize("what", ["attribute", "data", "property"])
def test_a_colon_in_the_first_line_of_a_value_is_no_type(what):
    lines = list(SENTENCE)
    keep_first_line(None, what, "WIDTH", 7.2, None, lines)
    shown = str(GoogleDocstring(lines, Config(), what=what, name="WIDTH"))
    assert shown == "..\n\nWidth in inches: the text column."
    assert ":type:" in str(GoogleDocstring(SENTENCE, Config(), what=what, name="WIDTH"))


def test_other_docstrings_stay_as_they_are():
    lines = list(SENTENCE)
    keep_first_line(None, "function", "width", len, None, lines)
    assert lines == SENTENCE
