"""Stories told over: one request in a turn of its own, with the rows as they are after every turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from envfactory.environment.environment import Environment
from envfactory.environment.session import Session, World
from envfactory.querygen.certify import Rejected
from envfactory.querygen.query import Wording
from envfactory.querygen.story import Story
from envfactory.rollout.task import Changes, GoldCall, state_of

Library = Mapping[str, type[Environment]]


def apart(story: Story, alone: int, library: Library) -> tuple[Story, dict[int, int]]:
    """The story with move `alone` in a turn by itself, and which old turn each new turn was part of.

    Look-ups go to the turn of the next request after them. Raises Rejected when the calls do not work any more.
    """
    fresh: list[int] = []
    origin: dict[int, int] = {}
    turn = -1
    for number, move in enumerate(story.moves):
        before = story.moves[number - 1] if number else None
        if before is None or before.turn != move.turn or alone in (number, number - 1):
            turn += 1
            origin[turn] = move.turn
        fresh.append(turn)
    turns: list[int] = []
    for place, old in enumerate(story.turns):
        own = [new for new, move in zip(fresh, story.moves, strict=True) if move.turn == old]
        later = [new for new, m in zip(fresh, story.moves, strict=True) if m.turn == old and m.place >= place]
        turns.append(later[0] if later else own[-1])
    moves = [replace(move, turn=new) for move, new in zip(story.moves, fresh, strict=True)]
    told = replace(story, moves=moves, turns=turns, moments=[])
    if turn + 1 > story.count:
        told.changes = rows_after(told, library)
    return told, origin


def reworded(wording: Wording, origin: Mapping[int, int], told: Story) -> Wording:
    """The wording for a story that was cut into turns anew."""
    joined = {turn for turn in origin if origin[turn] in wording.joined and len(told.in_turn(turn)) > 1}
    return Wording(ways=dict(wording.ways), joined=joined, clauses=dict(wording.clauses))


def opened(story: Story, library: Library) -> Session:
    """A fresh session at the story's start."""
    settings = story.scenario.settings
    worlds = [World(library[s.environment], state_of(library[s.environment], s)) for s in settings]
    return Session(worlds, seed=story.scenario.seed)


def rows_after(story: Story, library: Library) -> list[Changes]:
    """Net changes after each turn; raises Rejected when a call is refused."""
    found: list[Changes] = []
    with opened(story, library) as session:
        results: dict[int, Any] = {}
        for turn in range(story.count):
            for number, call in enumerate(story.calls):
                if story.turns[number] == turn:
                    made(session, number, call, results)
            found.append({name: rows for name, rows in session.changes().items() if rows})
    return found


def made(session: Session, number: int, call: GoldCall, results: dict[int, Any]) -> None:
    """Make one gold call and keep its result; raises Rejected when it is refused."""
    entry = session.call(call.tool, call.live(results))
    if entry.outcome != "ok":
        raise Rejected("a call does not work without the others")
    results[number] = entry.result
