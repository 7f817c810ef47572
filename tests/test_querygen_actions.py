"""What closing messages say where a service keeps its actions as things and names its tools after them."""

from __future__ import annotations

from itertools import islice

from envfactory.environment.library import load
from envfactory.graph.link import link
from envfactory.querygen.generate import candidates


def test_an_action_is_told_by_what_was_done_not_by_the_word_action() -> None:
    library = {"digitalocean": load("digitalocean")}
    drawn = islice(candidates(library, link(library), seed=11), 90)
    tasks = [one.task for one in drawn if one.task is not None]
    told = {
        call.tool.split("__")[1]: turn.answer
        for task in tasks
        for turn in task.turns
        for call in turn.calls
        if "Actions" in call.tool
    }
    assert "I have taken a snapshot of the droplet" in told["dropletActions_snapshot"]
    assert "I have resized the droplet" in told["dropletActions_resize"]
    assert "I have handled the volume" in told["volumeActions_post"]
    assert not any("action" in answer for answer in told.values())


def test_a_verb_behind_what_it_is_about_is_found() -> None:
    library = {"figshare": load("figshare")}
    drawn = islice(candidates(library, link(library), seed=11), 60)
    told = " ".join(turn.answer for one in drawn if one.task is not None for turn in one.task.turns)
    assert "I have published the " in told
    assert "I have added the authors to the " in told
    assert "I have updated the embargo of the " in told
    assert "I have reserved the doi for the " in told
    assert "privated" not in told
