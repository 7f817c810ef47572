"""Tasks with distractors: tools of other services stand beside the right ones, the most alike first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from envfactory.environment.environment import Environment
from envfactory.environment.session import SEPARATOR
from envfactory.environment.spec import EnvSpec
from envfactory.querygen import words
from envfactory.querygen.certify import Rejected
from envfactory.querygen.kinds.astray import LookAlike, LooksAround, Meddler, likeness
from envfactory.querygen.kinds.draft import Draft, Recipe
from envfactory.querygen.policy import Policy
from envfactory.querygen.story import Story
from envfactory.querygen.told import faithful, told
from envfactory.rollout.task import Setting, Task

VISIBLE = 128
"""Tools that an agent sees at most: what OpenAI's API takes
(https://platform.openai.com/docs/api-reference/chat/create, `tools`)."""
FEWEST, MOST = 3, 8
"""Environments that stand in the way."""
_NEAR = 2.0
"""What it counts for likeness to be of the same domain, or to have a thing of the same name."""
_CHANCE = 1.0
"""How much chance has a say in which environments are taken."""
_LOOKED = 0.85
"""What who looks elsewhere first earns at least: three reads are free, but some of them may be refused."""
_API = re.compile(r"(?: Data| Web)* API\b.*$")
_CALLED = {"Content API for Shopping": "Merchant Center", "Knowledge graph memory": "the knowledge graph"}


def service(spec: EnvSpec) -> str:
    """What people call a service: its title without what only its makers say. `Spotify Web API` is `Spotify`, `Lyft
    rides` is `Lyft`."""
    title = _API.sub("", _CALLED.get(spec.title, spec.title))
    name = " ".join(word for place, word in enumerate(title.split()) if not place or word[:1].isupper())
    return title if title.startswith("the ") else name


class Distractors(Recipe):
    """Three to eight further environments whose tools are visible, too; the user says which service is meant where
    another one has things of that name."""

    kind = "distractors"

    def possible(self, library: Mapping[str, type[Environment]]) -> bool:
        """Some must be left to stand in the way."""
        return len(library) > FEWEST

    def recast(self, draft: Draft) -> Task:
        """The draft with other environments beside its own."""
        task, library = draft.task, draft.library
        own = [setting.environment for setting in task.settings]
        wanted = draft.random.randint(FEWEST, MOST)
        ranked = sorted(
            (name for name in library if name not in own and library[name].states and library[name].spec),
            key=lambda name: (-(_alike(draft, library[name]) + _CHANCE * draft.random.random()), name),
        )
        others = ranked[:wanted]
        if len(others) < FEWEST:
            raise Rejected("too few other services")
        places = _places(draft.story, library, others)
        if places:
            wording = replace(draft.wording, places=places)
            task = told(draft.story, wording, task.operators, library, random=draft.random)
            faithful(draft.story, wording, task)
        settings = tuple(
            Setting(environment=name, hash=draft.hashes.get(name, ""), state=library[name].first_state())
            for name in others
        )
        withheld = _withheld(task, library, others)
        return task.model_copy(update={"kind": self.kind, "others": settings, "withheld": withheld}).named()

    def policies(self, task: Task) -> Iterable[Policy]:
        """Who takes the look-alike, who meddles elsewhere as well, and who only looks there first."""
        yield Policy("uses a look-alike of the right tool", lambda task: LookAlike("look_alike", task, 0))
        yield Policy("changes something in another service as well", lambda task: Meddler("meddler", task, 0))
        yield Policy(
            "looks into other services first", lambda task: LooksAround("looker", task, 0), passes=True, least=_LOOKED
        )


@lru_cache(maxsize=256)
def _nouns(cls: type[Environment]) -> frozenset[str]:
    """What people call the things of an environment, each by its last word."""
    entities = cls.spec.entities if cls.spec else ()
    return frozenset(words.noun(entity).split()[-1].lower() for entity in entities)


@lru_cache(maxsize=65536)
def _nearest(tool: str, cls: type[Environment]) -> float:
    return max((likeness(tool, f"{cls.name}{SEPARATOR}{other}") for other in cls.tools), default=0.0)


def _alike(draft: Draft, cls: type[Environment]) -> float:
    """How easily an environment is taken for those of the task."""
    found = sum(_nearest(tool, cls) for tool in dict.fromkeys(call.tool for call in draft.task.calls))
    for setting in draft.task.settings:
        own = draft.library[setting.environment]
        found += _NEAR * (own.domain == cls.domain) + _NEAR * len(_nouns(own) & _nouns(cls))
    return found


def _places(story: Story, library: Mapping[str, type[Environment]], others: list[str]) -> dict[int, str]:
    """The service to be named, by move: where the talk comes to it and another has things of that name."""
    found: dict[int, str] = {}
    before = ""
    named: set[str] = set()
    own = [setting.environment for setting in story.scenario.settings]
    nouns = {name: _nouns(library[name]) for name in [*own, *others]}
    for number, move in enumerate(story.moves):
        entities = [move.entity, *(referent.entity for referent in move.referents.values())]
        called = {words.noun(entity).split()[-1].lower() for entity in entities}
        shared = any(called & there for name, there in nouns.items() if name != move.environment)
        spec = library[move.environment].spec
        if shared and spec is not None and (move.environment != before or move.environment not in named):
            found[number] = service(spec)
            named.add(move.environment)
        before = move.environment
    return found


def _withheld(task: Task, library: Mapping[str, type[Environment]], others: list[str]) -> tuple[str, ...]:
    """Tools of the other environments beyond what an agent may see, the least alike first."""
    gold = list(dict.fromkeys(call.tool for call in task.calls))
    own = sum(len(library[setting.environment].tools) for setting in task.settings)
    offered = [f"{name}{SEPARATOR}{tool}" for name in others for tool in library[name].tools]
    ranked = sorted(offered, key=lambda name: (-max(likeness(tool, name) for tool in gold), name))
    return tuple(sorted({*task.withheld, *ranked[max(0, VISIBLE - own) :]}))
