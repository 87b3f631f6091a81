"""A verdict's key holds the rules that decide, and nothing of how they are written down."""

from __future__ import annotations

import pytest

from traindyn.ledger import decisions

BEFORE = "def decide(x):\n    return x > 1\n"
SAME = 'def decide(x):\n    """Say."""\n    return (x > 1)  # more than one\n'
OTHER = "def decide(x):\n    return x >= 1\n"


@pytest.fixture
def key_with(tmp_path, monkeypatch):
    """The key of one claim after its rules were written anew."""
    monkeypatch.setattr(decisions, "__file__", str(tmp_path / "decisions.py"))

    def key(rules):
        for name in decisions.DECIDING:
            (tmp_path / name).write_text("", "utf-8")
        (tmp_path / "rules.py").write_text(rules, "utf-8")
        decisions._deciding_source.cache_clear()
        return decisions.verdict_key("a source")

    yield key
    decisions._deciding_source.cache_clear()


def test_another_rule_is_another_key(key_with):
    assert key_with(BEFORE) != key_with(OTHER)


def test_words_about_a_rule_are_in_no_key(key_with):
    assert key_with(BEFORE) == key_with(SAME)


def test_rules_that_are_no_python_are_told(key_with):
    with pytest.raises(ValueError, match="source must be Python"):
        key_with("def decide(x)")


def test_the_key_holds_the_source_of_the_studies(key_with):
    key_with(BEFORE)
    assert decisions.verdict_key("a source") != decisions.verdict_key("another")
    assert decisions.verdict_key("") == ""


def test_what_decides_is_there():
    decisions._deciding_source.cache_clear()
    assert decisions.verdict_key("a source")
