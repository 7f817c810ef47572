"""Tasks told anew by a model: scene and words are asked for, checked by execution, and certified again.

What a model never gets right costs nothing but its tokens: the task keeps the words of the grammar, and the reason is
counted.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Literal

from pydantic import BaseModel

from envfactory.envgen.authors.author import Author
from envfactory.envgen.authors.author import Rejected as NeverRight
from envfactory.environment.environment import Environment
from envfactory.models.ask import Asked, tally
from envfactory.models.model import Metered, Model
from envfactory.querygen import acts
from envfactory.querygen.brief import Brief
from envfactory.querygen.certify import Rejected, certify
from envfactory.querygen.critical import sharpened
from envfactory.querygen.generate import solve
from envfactory.querygen.kinds.draft import Recipe
from envfactory.querygen.written.scene import Set, direct
from envfactory.querygen.written.speak import speak
from envfactory.rollout.task import Kind, Task

Fate = Literal["written", "scene", "words", "certificate"]
"""What came of a task: written anew · the director, or the writer, never got it right · the certificate fell."""


class Written(BaseModel, frozen=True):
    """One task before and after."""

    before: Task
    task: Task
    """Certified anew; the same as `before` where nothing came of it."""
    fate: Fate
    why: str = ""
    story: str = ""
    caught: tuple[str, ...] = ()
    """What the checks found in answers that were sent back, in order."""


class _Words(BaseModel, frozen=True):
    """What the model made of a task, not yet certified."""

    ready: Set | None = None
    turns: tuple[str, ...] = ()
    why: str = ""
    caught: tuple[str, ...] = ()
    asked: tuple[Any, ...] = ()


async def spoken_anew(
    tasks: Sequence[Task],
    briefs: Mapping[str, Brief],
    model: Callable[[Task], Model | Metered] | Model | Metered,
    library: Mapping[str, type[Environment]],
    *,
    workers: int = 8,
    progress: Callable[[int], None] | None = None,
) -> list[_Words]:
    """Scene and words for each task, `workers` under way at once, in the order of the tasks.

    ModelFailed and BudgetSpent end it, once those under way are through: what was answered is kept where the model is
    `Kept`.
    """
    places = asyncio.Semaphore(workers)
    done = 0

    async def one(task: Task) -> _Words:
        nonlocal done
        async with places:
            author = Author(model(task) if callable(model) else model)  # pyright: ignore[reportArgumentType]
            words = await _one(author, task, briefs.get(task.id), library)
            done += 1
            if progress is not None:
                progress(done)
            return words

    ended = await asyncio.gather(*map(one, tasks), return_exceptions=True)
    for outcome in ended:
        if isinstance(outcome, BaseException):
            raise outcome
    return [outcome for outcome in ended if isinstance(outcome, _Words)]


async def _one(author: Author, task: Task, told: Brief | None, library: Mapping[str, type[Environment]]) -> _Words:
    plan = told or bare(task, library)
    ready: Set | None = None
    turns: tuple[str, ...] = ()
    why = ""
    try:
        ready = await direct(author, task, plan, library)
        turns = tuple(await speak(author, ready, library))
    except NeverRight as reason:
        why = str(reason)
    asked = tuple(author.asked)
    return _Words.model_construct(ready=ready, turns=turns, why=why, caught=_caught(asked), asked=asked)


def bare(task: Task, library: Mapping[str, type[Environment]]) -> Brief:
    """A brief for a task whose story nobody kept: its words are all there is."""
    now = library[task.settings[0].environment].state(task.settings[0].state).now
    return Brief(task=task.id, now=now, persona=task.persona, style="")


def _caught(asked: Sequence[Asked[Any]]) -> tuple[str, ...]:
    return tuple(problem for one in asked for problems in one.rounds for problem in problems)


def rewrite(
    tasks: Sequence[Task],
    briefs: Mapping[str, Brief],
    model: Callable[[Task], Model | Metered] | Model | Metered,
    library: Mapping[str, type[Environment]],
    *,
    recipes: Mapping[Kind, Recipe] | None = None,
    workers: int = 8,
    progress: Callable[[int], None] | None = None,
) -> tuple[list[Written], dict[str, Any]]:
    """The tasks told anew, each certified and solved again, and figures; tasks keep their words where it fails.

    `model` may be a function of the task, for models that are made with one. `briefs` are by task id; a task without
    one is told anew turn by turn, from its words alone.
    """
    spoken = asyncio.run(spoken_anew(tasks, briefs, model, library, workers=workers, progress=progress))
    found: list[Written] = []
    for task, words in zip(tasks, spoken, strict=True):
        if words.ready is None or not words.turns:
            fate: Fate = "scene" if words.ready is None else "words"
            found.append(Written(before=task, task=task, fate=fate, why=words.why, caught=words.caught))
            continue
        story = words.ready.scene.story
        try:
            recipe = (recipes or {}).get(task.kind) or Recipe()
            new = proven(words.ready, words.turns, library, recipe)
            found.append(Written(before=task, task=new, fate="written", story=story, caught=words.caught))
        except Rejected as reason:
            why = str(reason)
            found.append(Written(before=task, task=task, fate="certificate", why=why, story=story, caught=words.caught))
    return found, figures(found, [one for words in spoken for one in words.asked])


def proven(ready: Set, words: Sequence[str], library: Mapping[str, type[Environment]], recipe: Recipe) -> Task:
    """The task with these words, certified and solved; raises Rejected."""
    turns = tuple(turn.model_copy(update={"query": text}) for turn, text in zip(ready.task.turns, words, strict=True))
    update = {"turns": turns, "persona": ready.scene.persona, "proof": None, "difficulty": ()}
    task = ready.task.model_copy(update=update).named()
    random = Random(f"{task.id}/certificate")
    policies = acts.besides(recipe.policies)
    return sharpened(solve(certify(task, library, random=random, policies=policies), library), library)


def figures(found: Sequence[Written], asked: Sequence[Asked[Any]]) -> dict[str, Any]:
    """What came of a rewriting, in figures."""
    fates = Counter(one.fate for one in found)
    texts = [turn.query for one in found if one.fate == "written" for turn in one.task.turns]
    return {
        "tasks": len(found),
        "written": fates["written"],
        "kept": {fate: fates[fate] for fate in ("scene", "words", "certificate")},
        "why": dict(sorted(Counter(one.why for one in found if one.fate == "certificate").items())),
        "roles": {role: vars(one) for role, one in tally(asked).items()},
        "added_rows": sum(len(rows) for one in found for s in one.task.settings for rows in s.added.values()),
        "regrouped": sum(len(one.task.turns) != len(one.before.turns) for one in found),
        "distinct_4grams": distinct(texts),
        "distinct_4grams_before": distinct([turn.query for one in found for turn in one.before.turns]),
    }


def distinct(texts: Sequence[str], *, size: int = 4) -> float:
    """The share of runs of `size` words that are different from all others (distinct-n; Li et al. 2016,
    arXiv:1510.03055), 0 to 1."""
    runs = [tuple(words[n : n + size]) for words in map(str.split, texts) for n in range(len(words) - size + 1)]
    return round(len(set(runs)) / len(runs), 4) if runs else 0.0
