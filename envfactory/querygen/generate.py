"""From chains to certified tasks: ground, refine, write, certify, solve; the rest is counted and dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from random import Random

from envfactory.environment.environment import Environment
from envfactory.environment.library import content_hash
from envfactory.graph.graph import ToolGraph
from envfactory.graph.sample import Chain, sample
from envfactory.querygen import acts
from envfactory.querygen.adapt import SHARE, adapt
from envfactory.querygen.brief import Brief, brief
from envfactory.querygen.certify import Rejected, certify
from envfactory.querygen.critical import sharpened
from envfactory.querygen.ground import Hopeless, Stuck, ground
from envfactory.querygen.kinds.draft import Draft, Recipe
from envfactory.querygen.refine import refine
from envfactory.querygen.scenario import imagine
from envfactory.querygen.story import Story
from envfactory.querygen.tally import Drawn
from envfactory.querygen.told import faithful, readable, told
from envfactory.rollout.characters import character
from envfactory.rollout.play import play
from envfactory.rollout.reward import score
from envfactory.rollout.task import Task

_ATTEMPTS = 3
_ENDLESS = 1 << 40


def candidates(
    library: Mapping[str, type[Environment]],
    graph: ToolGraph,
    *,
    seed: int = 0,
    length: tuple[int, int] = (1, 8),
    turns: tuple[int, int] = (1, 3),
    environments: tuple[int, int] = (1, 2),
    recipe: Recipe | None = None,
) -> Iterator[Drawn]:
    """Candidates of one kind (base without a recipe), without end, the same for the same seed."""
    hashes = hashes_of(library)
    chains = sample(graph, library, count=_ENDLESS, seed=seed, length=length, turns=turns, environments=environments)
    for candidate, chain in enumerate(chains):
        yield drawn(chain, library, hashes, seed=seed, candidate=candidate, recipe=recipe)


def hashes_of(library: Mapping[str, type[Environment]]) -> dict[str, str]:
    """The content hash of each environment that is kept in a folder."""
    return {name: content_hash(cls.folder) for name, cls in library.items() if cls.folder}


def drawn(
    chain: Chain,
    library: Mapping[str, type[Environment]],
    hashes: Mapping[str, str],
    *,
    seed: int,
    candidate: int,
    recipe: Recipe | None = None,
) -> Drawn:
    """What comes of one candidate: a task, or the reason why there is none."""
    try:
        return Drawn(candidate, make(chain, library, hashes, seed=seed, candidate=candidate, recipe=recipe))
    except Rejected as reason:
        return Drawn(candidate, None, str(reason))


def make(
    chain: Chain,
    library: Mapping[str, type[Environment]],
    hashes: Mapping[str, str],
    *,
    seed: int,
    candidate: int,
    recipe: Recipe | None = None,
    behind: list[Brief] | None = None,
) -> Task:
    """One certified task of a recipe's kind from a chain; raises Rejected. The story behind it is added to `behind`."""
    recipe = recipe or Recipe()
    if not recipe.fits(chain):
        raise Rejected(f"no chain for {recipe.kind}")
    dice = Random(f"{seed}/{candidate}/chain")
    chain = recipe.prepare(chain, library, dice)
    lively = recipe.kind in acts.LIVELY and dice.random() < acts.SHARE
    chain = acts.with_acts(chain, library, dice) if lively else chain
    random, story = _grounded(chain, library, hashes, f"{seed}/{candidate}", large=recipe.shape.large)
    try:
        wording, operators = refine(story, random=random)
        if lively:
            acts.react(story, wording.remarks, random)
        task = told(story, wording, operators, library, random=random)
        faithful(story, wording, task)
        draft = Draft(story, wording, task, library, hashes, random)
        task = recipe.recast(draft)
        if recipe.kind == "base" and dice.random() < SHARE:
            task = adapt(replace(draft, task=task))
        readable(task)
    finally:
        story.close()
    done = sharpened(
        solve(certify(task, library, random=random, policies=acts.besides(recipe.policies)), library), library
    )
    if behind is not None:
        behind.append(brief(story, wording, done))
    return done


def _grounded(
    chain: Chain, library: Mapping[str, type[Environment]], hashes: Mapping[str, str], name: str, *, large: bool
) -> tuple[Random, Story]:
    """A story of the chain, and the dice that go on with it; raises Rejected when no choice of rows works out."""
    stuck = ""
    for attempt in range(_ATTEMPTS):
        random = Random(f"{name}/{attempt}")
        number = random.getrandbits(31)
        scenario = imagine(chain.environments, library, hashes, seed=number, random=random, large=large)
        try:
            return random, ground(chain, library, scenario, random=random)
        except Hopeless as reason:
            raise Rejected(str(reason)) from None
        except Stuck as reason:
            stuck = str(reason)
    raise Rejected(stuck)


def solve(task: Task, library: Mapping[str, type[Environment]]) -> Task:
    """The task, after the oracle has solved it through the same door as every model; raises Rejected."""
    with task.open(library) as session:
        trajectory = asyncio.run(play(task, character("oracle", task), session))
    if score(task, trajectory).total != 1.0:
        raise Rejected("the oracle does not solve it")
    return task
