"""Sampling: shares that are kept, steering, doubles, width, coverage, and the baselines."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from graph_worlds import LIBRARY, Post, Todo

from envfactory.environment.environment import Environment
from envfactory.errors import EnvFactoryError, UnknownName
from envfactory.graph.chain import Binding, Chain, ChainStep, chain_of, validate
from envfactory.graph.chart import bars, lines, page
from envfactory.graph.graph import ToolGraph
from envfactory.graph.link import link
from envfactory.graph.pattern import Orders
from envfactory.graph.published import published
from envfactory.graph.quota import AtLeast, Quota
from envfactory.graph.sample import DEEP, Sampler, random_walk, sample, signature
from envfactory.graph.spread import spread


class Diary(Post):
    """The same address book under another name."""


THREE: dict[str, type[Environment]] = {**LIBRARY, "diary": Diary}
LISTS = ("todo__list_lists", {})
SAID = Binding()


def of(step: int, path: str, item: int = 0) -> Binding:
    return Binding(step=step, path=path, item=item)


@pytest.fixture(scope="module")
def graph() -> ToolGraph:
    return link(THREE, confirm=False)


@pytest.fixture(scope="module")
def sampler(graph: ToolGraph) -> Sampler:
    return Sampler(graph, THREE)


def made(graph: ToolGraph, *steps: tuple[str, dict[str, Binding]], cuts: tuple[int, ...] = ()) -> Chain:
    listed = [ChainStep(tool=name, bindings=bindings) for name, bindings in steps]
    return chain_of(graph, Orders(graph), listed, cuts)


# Shares --------------------------------------------------------------------------------------------------------------


def test_a_quota_keeps_its_shares_from_the_first_pick_on() -> None:
    shares = {1: 0.5, 2: 0.3, 3: 0.2}
    quota, counts = Quota(shares, 3), Counter[int]()
    random = Random(1)
    for drawn in range(1, 400):
        value = quota.pick(random, 1, 3)
        quota.count(value, value)
        counts[value] += 1
        assert all(abs(counts[v] - share * drawn) <= 2 for v, share in shares.items())


def test_what_never_comes_is_given_up_and_its_share_goes_to_the_others() -> None:
    quota, random, counts = Quota({1: 0.5, 2: 0.5}, 2), Random(1), Counter[int]()
    for _ in range(300):
        wanted = quota.pick(random, 1, 2)
        counts[wanted] += 1
        quota.count(1, wanted)
    assert counts[2] == 20


def test_a_share_that_cannot_be_had_is_not_asked_for_forever() -> None:
    deep, asked = AtLeast(0.5), 0
    for _ in range(200):
        asked += deep.wanted
        deep.count(False, deep.wanted)
    assert asked == 20


def test_shares_of_length_turns_and_environments_are_kept_together(graph: ToolGraph, sampler: Sampler) -> None:
    found = list(
        sampler.chains(
            count=300, seed=2, length={2: 0.2, 4: 0.5, 6: 0.3}, turns={1: 0.5, 2: 0.5}, environments={1: 0.4, 2: 0.6}
        )
    )
    assert Counter(len(one.steps) for one in found) == {2: 60, 4: 150, 6: 90}
    assert abs(sum(len(one.turns) == 2 for one in found) - 150) <= 3
    assert abs(sum(len(one.environments) == 2 for one in found) - 180) <= 3
    assert not any(validate(one, graph) for one in found)


def test_one_two_and_three_environments_come_as_asked(sampler: Sampler) -> None:
    found = Counter(len(one.environments) for one in sampler.chains(count=200, seed=1))
    assert all(abs(found[number] - share * 200) <= 3 for number, share in ((1, 0.6), (2, 0.3), (3, 0.1)))


def test_shares_of_environments_that_a_graph_does_not_have_go_to_the_others() -> None:
    library = {"todo": Todo}
    found = list(sample(link(library, confirm=False), library, count=30))
    assert {one.environments for one in found} == {("todo",)}


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_enough_chains_are_deep_and_enough_are_wide(sampler: Sampler, share: float) -> None:
    found = list(sampler.chains(count=150, seed=4, deep=share, parallel=share))
    assert sum(one.depth >= DEEP for one in found) >= share * 150 - 1
    assert sum(one.width > 1 for one in found) >= share * 150 - 1


def test_wishes_that_make_no_sense_are_told(sampler: Sampler) -> None:
    for wish in ({"length": {}}, {"turns": {0: 1.0}}, {"environments": {2: -1.0}}, {"deep": 1.5}, {"parallel": -0.1}):
        with pytest.raises(EnvFactoryError):
            sampler.chains(count=1, **wish)  # type: ignore[arg-type]
    with pytest.raises(EnvFactoryError, match="3 environments"):
        sampler.chains(count=1, environments={4: 1.0})


def test_long_conversations_are_valid_and_as_long_as_asked(graph: ToolGraph, sampler: Sampler) -> None:
    for one in sampler.chains(count=25, seed=8, length=(16, 24), turns=(8, 12)):
        assert 16 <= len(one.steps) <= 24
        assert 8 <= len(one.turns) <= 12
        assert validate(one, graph) == []


# Steering ------------------------------------------------------------------------------------------------------------


def test_every_tool_is_drawn_within_as_many_chains_as_there_are_tools(sampler: Sampler) -> None:
    seen = {name for one in sampler.chains(count=len(sampler.tools), seed=5) for name in one.tools}
    assert seen == set(sampler.tools)


def test_nearly_every_edge_is_drawn_in_the_end(graph: ToolGraph, sampler: Sampler) -> None:
    found = spread(sampler.chains(count=1500, seed=5), graph)
    assert found.covered.tools == 1.0
    assert found.covered.edges > 0.9
    walked = spread(random_walk(graph, THREE, count=1500, seed=5), graph)
    assert walked.covered.valid_edges < found.covered.valid_edges


def test_a_tool_that_lags_behind_comes_first(sampler: Sampler) -> None:
    drawn = dict.fromkeys(sampler.tools, 100) | {"todo__move_task": 0}
    counts = Counter(name for one in sampler.chains(count=100, seed=3, drawn=drawn) for name in one.tools)
    plain = Counter(name for one in sampler.chains(count=100, seed=3) for name in one.tools)
    assert counts["todo__move_task"] > 1.5 * plain["todo__move_task"]


def test_chains_can_be_about_certain_tools_only(graph: ToolGraph, sampler: Sampler) -> None:
    about = ["todo__move_task", "post__send_mail"]
    found = list(sampler.chains(count=60, seed=3, about=about))
    assert all(set(about) & set(one.tools) for one in found)
    assert all(any(name in one.tools for one in found) for name in about)
    assert not any(validate(one, graph) for one in found)


def test_a_tool_that_nothing_reaches_cannot_be_asked_for(graph: ToolGraph, sampler: Sampler) -> None:
    with pytest.raises(UnknownName, match="todo__fly"):
        sampler.chains(count=1, about=["todo__fly"])
    alone = Sampler(graph.replaced(()), THREE)
    with pytest.raises(EnvFactoryError, match="no chain reaches todo__get_task"):
        alone.chains(count=1, about=["todo__get_task"])


# Doubles -------------------------------------------------------------------------------------------------------------


def test_names_of_items_and_ends_of_turns_make_no_new_chain(graph: ToolGraph) -> None:
    def update(item: int, *cuts: int) -> Chain:
        key = {"list_id": of(0, "items.*.id", item), "task_id": of(1, "items.*.id", item), "title": SAID}
        tasks = {"list_id": of(0, "items.*.id", item)}
        return made(graph, LISTS, ("todo__list_tasks", tasks), ("todo__update_task", key), cuts=cuts)

    assert signature(update(0)) == signature(update(2)) == signature(update(1, 2))
    other = made(graph, LISTS, ("todo__delete_list", {"list_id": of(0, "items.*.id")}))
    assert signature(other) != signature(update(0))


def test_another_row_makes_another_chain(graph: ToolGraph) -> None:
    def deletes(second: int) -> Chain:
        two = [("todo__delete_list", {"list_id": of(0, "items.*.id", item)}) for item in (1, second)]
        return made(graph, LISTS, *two)

    assert signature(deletes(1)) != signature(deletes(2)) == signature(deletes(0))


def test_no_chain_is_drawn_twice_while_there_are_others(sampler: Sampler) -> None:
    found = [signature(one) for one in sampler.chains(count=800, seed=6)]
    assert len(set(found)) == 800
    loose = [signature(one) for one in sampler.chains(count=800, seed=6, novel=False)]
    assert len(set(loose)) < 800


def test_what_was_drawn_before_is_not_drawn_again(sampler: Sampler) -> None:
    known = {signature(one) for one in sampler.chains(count=150, seed=1)}
    again = {signature(one) for one in sampler.chains(count=150, seed=1, known=known)}
    assert len(again) == 150
    assert not known & again


def test_when_there_are_no_others_doubles_come_and_are_counted(graph: ToolGraph, sampler: Sampler) -> None:
    found = list(sampler.chains(count=120, seed=1, length=(1, 1)))
    assert len(found) == 120
    assert 0 < spread(found, graph).novel < 1


# Width ---------------------------------------------------------------------------------------------------------------

TASKS = ("todo__list_tasks", {"list_id": of(0, "items.*.id")})


def delete(item: int) -> tuple[str, dict[str, Binding]]:
    return ("todo__delete_task", {"list_id": of(0, "items.*.id"), "task_id": of(1, "items.*.id", item)})


def update(item: int) -> tuple[str, dict[str, Binding]]:
    key = {"list_id": of(0, "items.*.id"), "task_id": of(1, "items.*.id", item)}
    return ("todo__update_task", key | {"title": SAID})


def test_different_rows_of_one_list_can_be_written_at_once(graph: ToolGraph) -> None:
    assert made(graph, LISTS, TASKS, delete(0), update(1), delete(2)).width == 3


def test_the_same_row_is_written_in_order(graph: ToolGraph) -> None:
    assert made(graph, LISTS, TASKS, update(0), delete(0)).width == 1


def test_who_lists_what_is_written_waits(graph: ToolGraph) -> None:
    create = ("todo__create_task", {"list_id": of(0, "items.*.id"), "title": SAID})
    assert made(graph, LISTS, create, TASKS).width == 1
    assert made(graph, LISTS, TASKS, create).width == 1


def test_environments_do_not_wait_for_each_other(graph: ToolGraph) -> None:
    mail = ("post__send_mail", {"recipient": SAID, "subject": SAID})
    assert made(graph, LISTS, mail).width == 2


def test_calls_of_two_turns_are_never_made_at_once(graph: ToolGraph) -> None:
    assert made(graph, LISTS, TASKS, delete(0), update(1), cuts=(3,)).width == 1


def test_a_list_that_is_removed_takes_its_tasks_along(graph: ToolGraph) -> None:
    remove = ("todo__delete_list", {"list_id": of(0, "items.*.id")})
    assert made(graph, LISTS, TASKS, update(0), remove).width == 1
    other = ("todo__delete_list", {"list_id": of(0, "items.*.id", 1)})
    assert made(graph, LISTS, TASKS, update(0), other).width == 2


def test_the_sampler_counts_as_everybody_does(graph: ToolGraph, sampler: Sampler) -> None:
    for one in sampler.chains(count=300, seed=9):
        again = chain_of(graph, Orders(graph), one.steps, [turn[0] for turn in one.turns[1:]])
        assert again == one


# The baselines, and the report ---------------------------------------------------------------------------------------


def test_the_papers_sampler_draws_more_valid_chains_than_a_walk_and_fewer_than_ours(graph: ToolGraph) -> None:
    def share(chains: list[Chain]) -> float:
        return sum(not validate(one, graph) for one in chains) / len(chains)

    theirs = share(list(published(graph, THREE, count=400, seed=3)))
    assert share(list(random_walk(graph, THREE, count=400, seed=3))) < theirs < 0.8


def test_the_papers_sampler_puts_producers_before_a_tool(graph: ToolGraph) -> None:
    found = list(published(graph, THREE, count=200, seed=3))
    resolved = [one for one in found if "todo__get_task" in one.tools]
    filled = [
        step.bindings["task_id"].step is not None
        for one in resolved
        for step in one.steps
        if step.tool == "todo__get_task"
    ]
    assert len(filled) > 10
    assert sum(filled) > 0.8 * len(filled)


def test_equal_seeds_give_equal_chains_under_every_hash_seed() -> None:
    code = (
        "from graph_worlds import LIBRARY\nfrom envfactory.graph.link import link\n"
        "from envfactory.graph.sample import Sampler\nfrom envfactory.graph.published import published\n"
        "from envfactory.graph.spread import spread\nfrom envfactory.graph.chart import page\n"
        "g = link(LIBRARY, confirm=False)\nours = list(Sampler(g, LIBRARY).chains(count=60, deep=0.8, parallel=0.5))\n"
        "theirs = list(published(g, LIBRARY, count=60))\nprint([c.model_dump() for c in ours + theirs])\n"
        "print(page({'a': spread(ours, g), 'b': spread(theirs, g)}, title='t'))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{Path(__file__).parent}"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_the_spread_counts_what_is_there(graph: ToolGraph) -> None:
    one, two = made(graph, LISTS), made(graph, LISTS, TASKS, delete(0), delete(1), cuts=(3,))
    found = spread([one, one, two], graph, marks=(1,))
    assert (found.chains, found.valid, round(found.novel, 4)) == (3, 1.0, 0.6667)
    assert (found.steps, found.turns, found.depths) == ({1: 2, 4: 1}, {1: 2, 2: 1}, {1: 2, 3: 1})
    assert (found.tools, found.edges, found.environments) == (3, 3, {1: 3})
    assert found.coverage[0].chains == 1
    assert found.coverage[0].tools < found.covered.tools


def test_calls_that_come_again_are_counted(graph: ToolGraph) -> None:
    found = spread([made(graph, LISTS, LISTS), made(graph, LISTS)], graph)
    assert (found.again, found.valid) == (0.5, 0.5)


def test_the_page_holds_every_chart_and_needs_nothing_from_elsewhere(graph: ToolGraph, sampler: Sampler) -> None:
    spreads = {
        "ours": spread(sampler.chains(count=40, seed=1), graph),
        "a <walk>": spread(random_walk(graph, THREE, count=40, seed=1), graph),
    }
    text = page(spreads, title="40 chains", about="Drawn & measured.")
    root = ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>"))
    assert len(root.findall(".//{http://www.w3.org/2000/svg}svg")) == 7
    assert "a <walk>" in "".join(root.itertext())
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_bars_show_shares_and_put_the_many_large_values_together() -> None:
    counts = dict.fromkeys(range(1, 21), 1)
    drawn = ElementTree.fromstring(bars("Length", "steps", {"a": counts}, {"a": "#000000"}))
    hovers = [element.text for element in drawn.iter("{http://www.w3.org/2000/svg}title")][1:]
    assert len(hovers) == 12
    assert hovers[0] == "a: 5.0% with 1 steps"
    assert hovers[-1] == "a: 45.0% with 12+ steps"


def test_curves_of_nothing_can_be_drawn() -> None:
    ElementTree.fromstring(lines("Tools", "chains", {"a": []}, {"a": "#000000"}))
    empty = link({})
    assert page({"none": spread([], empty)}, title="nothing")
