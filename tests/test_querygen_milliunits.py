"""Amounts in thousandths of a currency's unit: asked for, told, compared; and the month that a question is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.environment.spec import Attribute
from envfactory.graph.chain import Binding, Chain, ChainStep
from envfactory.querygen import words
from envfactory.querygen.ask import extreme
from envfactory.querygen.ground import ground
from envfactory.querygen.query import Wording, edge_words, write
from envfactory.querygen.scenario import PERSONAS
from envfactory.querygen.story import Scenario
from envfactory.rollout.answers import says
from envfactory.rollout.task import Fact, Setting

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FORM = "milliunits DKK"
ROWS: list[Mapping[str, Any]] = [{"name": "a", "amount": -900}, {"name": "b", "amount": 1200}]


def test_milliunits_are_told_in_the_currency_with_their_sign() -> None:
    assert words.forms(-112500, NOW, form=FORM)[0] == "-112.50 DKK"
    assert words.forms(2500000, NOW, form=FORM)[0] == "2500 DKK"
    assert words.forms(2000, NOW, form=FORM)[0] == "2 DKK", "no count of two things"
    assert words.forms(2500000, NOW) == ("2500000",)
    assert words.as_milliunits(True, FORM) is None
    assert words.as_milliunits("2500", FORM) is None


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("It is DKK -112.50.", True),
        ("You are at −112.5 kr.", True),
        ("112.50 DKK are left.", False),
        ("-112500", False),
    ],
)
def test_an_answer_must_keep_the_sign_and_the_unit(answer: str, right: bool) -> None:
    fact = Fact(name="balance", value=-112500, forms=words.forms(-112500, NOW, form=FORM))
    assert says(answer, fact) is right


def test_the_contract_says_how_people_compare_and_by_what_they_do_not() -> None:
    plain = Attribute(name="amount", type="integer")
    silent = plain.model_copy(update={"says": {"first": "", "last": "largest inflow"}})
    assert extreme(plain, "first", ROWS, "name") == ROWS[0]
    assert extreme(silent, "first", ROWS, "name") is None
    assert extreme(silent, "last", ROWS, "name") == ROWS[1]
    assert (edge_words(plain, "last"), edge_words(silent, "last")) == ("highest amount", "largest inflow")


def test_a_question_about_one_row_says_what_else_it_depends_on() -> None:
    library: Mapping[str, type[Environment]] = {"ynab": load("ynab")}
    place = {"budget_id": Binding(step=0, path="budgets.*.id")}
    steps = (ChainStep(tool="ynab__get_budgets", bindings={}), ChainStep(tool="ynab__get_month", bindings=place))
    chain = Chain(steps=steps, turns=((0, 1),), environments=("ynab",), depth=2)
    setting = Setting(environment="ynab", hash="as it is", state="large")
    months = {"01": "January", "02": "February", "03": "March", "04": "April"}
    asked: set[str] = set()
    for seed in range(12):
        story = ground(chain, library, Scenario(PERSONAS[0], (setting,), 5), random=Random(seed))
        (text,) = write(story, Wording(), random=Random(seed))
        month = months[str(story.calls[1].arguments["month"])[5:7]]
        assert f'budget" for {month}' in text
        assert story.moves[0].facts[0].forms[0].endswith(" DKK")
        asked.add(text)
        story.close()
    assert len(asked) > 4
