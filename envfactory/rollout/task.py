"""A task: a conversation to be played, what the right calls are, and what must hold after them."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, Field, JsonValue, ValidationError

from envfactory.environment.environment import Environment
from envfactory.environment.faults import Fault
from envfactory.environment.session import Session, World
from envfactory.environment.store import RowChange
from envfactory.errors import FileError, UnknownName
from envfactory.messages import canonical

Changes = dict[str, tuple[RowChange, ...]]
"""Net row changes of each environment, by its name."""

Kind = Literal[
    "base", "references", "missing_parameter", "missing_function", "irrelevant", "forbidden", "distractors", "parallel",
    "faults", "long_context", "user_action",
]  # fmt: skip
"""What makes a task hard, each with a certificate of its own (docs/querygen.md): nothing in particular · a turn speaks
of what only an earlier turn named · the agent must ask · a tool is not there · a request that no tool is for · one that
is against the rules · tools that stand in the way · calls that can be made at once · faults to recover from · much to
read · something only the user can do."""
KINDS: tuple[Kind, ...] = get_args(Kind)

Expect = Literal["act", "ask", "decline", "guide"]
"""What a right agent does in a turn: do the work and answer · ask for what it needs to know · say that it cannot, or
may not, do it · tell the user what to do."""

Act = Literal["request", "provide", "correct", "retract", "confirm"]
"""What the user does by opening a turn: asks for something · gives what the agent asked for · corrects what was said
before · takes it back · says that something was done."""


class Setting(BaseModel, frozen=True):
    """One environment a task is played in, and its state at the start."""

    environment: str
    hash: str
    """The content hash of the environment when the task was certified."""
    state: str
    """The name of a curated state."""
    added: dict[str, list[dict[str, Any]]] = Field(default_factory=dict)
    """Rows put into that state for this task's story, by table."""


class GoldCall(BaseModel, frozen=True):
    """One right call, as it was executed when the task was made."""

    tool: str
    """`<environment>__<tool>`."""
    arguments: dict[str, JsonValue]
    uses: dict[str, str] = Field(default_factory=dict)
    """Arguments whose value an earlier call's result gave: `{"task": "0.items.2.id"}` names gold call 0 of the task
    (counted over all turns) and the path in its result."""
    writes: bool = False
    by: Literal["agent", "user"] = "agent"
    """Who makes it; what the user does takes no value from earlier results."""
    critical: bool = True
    """False when the outcome is the same without it: a look-up that a quick agent may skip."""
    masked: tuple[str, ...] = ()
    """Arguments whose value does not matter to the outcome, such as the size of a page."""

    def live(self, results: Mapping[int, JsonValue]) -> dict[str, JsonValue]:
        """The arguments with the values of `uses` taken from `results` (by number of the gold call).

        A path that leads nowhere leaves the recorded value. Dots in an argument's name lead into nested arguments.
        """
        arguments: dict[str, JsonValue] = copy.deepcopy(self.arguments) if self.uses else dict(self.arguments)
        for argument, source in self.uses.items():
            number, _, path = source.partition(".")
            inside, _, last = ("", "", argument) if argument in arguments else argument.rpartition(".")
            try:
                value = at(results[int(number)], path)
                place = at(arguments, inside)
            except LookupError:
                continue
            if isinstance(place, list):
                place[int(last)] = value
            elif isinstance(place, dict):
                place[last] = value
        return arguments


def at(value: JsonValue, path: str) -> JsonValue:
    """What lies at `items.2.id` inside a JSON value (an empty path is the value itself); raises LookupError."""
    for step in path.split(".") if path else ():
        if isinstance(value, dict):
            value = value[step]
        elif isinstance(value, list) and step.isdecimal():
            value = value[int(step)]
        else:
            raise LookupError(f"there is no {step!r} in {path!r}")
    return value


class Fact(BaseModel, frozen=True):
    """Something the answer must say: any one of `forms`, compared without case, accents and punctuation."""

    name: str
    """What it is: `title of the task`, `number of events`."""
    value: JsonValue
    forms: tuple[str, ...]
    """Ways to say it that count: `2026-03-04`, `March 4`, `4 March`."""


class Turn(BaseModel, frozen=True):
    """What the user says once, and what an agent should do before it answers."""

    query: str
    act: Act = "request"
    expects: Expect = "act"
    gives: tuple[str, ...] = ()
    """Withheld tools that the agent has from this turn on."""
    calls: tuple[GoldCall, ...] = ()
    facts: tuple[Fact, ...] = ()
    changes: Changes = Field(default_factory=dict)
    """Net row changes since the start of the task, after this turn; environments without any are left out."""
    answer: str = ""
    """A right closing message of the agent: what the oracle says, and what SFT rows hold."""


class Trial(BaseModel, frozen=True):
    """A policy that was played to certify a task, and what it earned."""

    policy: str
    """What it does: `guesses what was not said`, `calls again after every fault`."""
    total: float
    passed: bool


class Difficulty(BaseModel, frozen=True):
    """How often a model passed, from independent attempts."""

    model: str
    samples: int
    passed: int

    @property
    def rate(self) -> float:
        """The share that passed, from 0 to 1."""
        return self.passed / self.samples

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % score interval of that share (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
        z, n, p = 1.959964, self.samples, self.rate
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        reach = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
        return max(0.0, middle - reach), min(1.0, middle + reach)


class Proof(BaseModel, frozen=True):
    """What was executed to certify a task; a task without it is never exported."""

    gold: float
    """The gold calls' reward (1)."""
    idle: float
    """Doing nothing's reward (0)."""
    mutants: int
    """Single edits of gold that were played."""
    killed: int
    """Those that did not pass (all of them)."""
    permutations: int
    """Other orders of independent gold calls that were played; all pass."""
    leaks: int = 0
    """Internal ids or tool names found in the user's words (0)."""
    harm: GoldCall | None = None
    """A write that was executed after gold and did harm, which the reward saw: what the vandal does."""
    trials: tuple[Trial, ...] = ()
    """The certificate of the task's kind: what else was played, right and wrong."""


class Task(BaseModel, frozen=True):
    """A conversation to be played and scored."""

    id: str
    """`task_` and the hash of everything else but what was measured of it: proof and difficulty."""
    settings: tuple[Setting, ...]
    seed: int
    """Of the sessions it is played in: it fixes the ids that are created."""
    persona: str = ""
    kind: Kind = "base"
    turns: tuple[Turn, ...]
    operators: tuple[str, ...] = ()
    """The refinements that were applied: `implicit_reference`, `omitted_parameter`, `compressed`, `ambiguity`, …"""
    exempt: dict[str, dict[str, tuple[str, ...]]] = Field(default_factory=dict)
    """Columns that do not count when states are compared: environment → table → columns. `*` stands for all columns:
    nothing that happens to the table's rows counts."""
    withheld: tuple[str, ...] = ()
    """Tools of the environments that the agent is not given, by full name, unless a turn `gives` them."""
    user_tools: tuple[str, ...] = ()
    """Tools that only the user has, by full name; the agent is not given them."""
    rules: tuple[str, ...] = ()
    """What the agent is told beforehand that it must or must not do, a sentence each."""
    faults: tuple[Fault, ...] = ()
    """What goes wrong in the sessions it is played in."""
    others: tuple[Setting, ...] = ()
    """Environments that have nothing to do with it: their tools stand in the way (`kind="distractors"`)."""
    proof: Proof | None = None
    difficulty: tuple[Difficulty, ...] = ()
    """Measured, one for each model that tried."""

    @property
    def calls(self) -> tuple[GoldCall, ...]:
        """The gold calls of all turns, in order."""
        return tuple(call for turn in self.turns for call in turn.calls)

    @property
    def changes(self) -> Changes:
        """What must have changed in the end."""
        return self.turns[-1].changes

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts of all turns."""
        return tuple(fact for turn in self.turns for fact in turn.facts)

    def named(self) -> Task:
        """The same task with the id that its content gives."""
        body = self.model_dump(mode="json", exclude={"id", "proof", "difficulty"})
        return self.model_copy(update={"id": f"task_{hashlib.sha256(canonical(body).encode()).hexdigest()[:16]}"})

    def hidden(self, turn: int) -> frozenset[str]:
        """The tools that the agent does not have in a turn."""
        given = {name for earlier in self.turns[: turn + 1] for name in earlier.gives}
        return frozenset(self.withheld).difference(given).union(self.user_tools)

    def open(self, library: Mapping[str, type[Environment]], *, others: bool = True) -> Session:
        """A fresh session at the task's start; raises UnknownName for an environment that `library` lacks.

        Without `others` the environments that only stand in the way stay closed, for replays that never call them.
        """
        worlds: list[World] = []
        for setting in (*self.settings, *(self.others if others else ())):
            if setting.environment not in library:
                raise UnknownName("environment", setting.environment, library)
            cls = library[setting.environment]
            worlds.append(World(cls, state_of(cls, setting)))
        return Session(worlds, seed=self.seed, faults=self.faults)


_states: dict[tuple[int, str], Any] = {}


def state_of(cls: type[Environment], setting: Setting) -> Any:
    """The curated state a setting names, with the rows it adds (kept, so that equal settings share one image)."""
    state = cls.state(setting.state)
    if not setting.added:
        return state
    key = (id(state), canonical(setting.added))
    if key not in _states:
        rows = {table: list(items) for table, items in state.rows.items()}
        for table, items in setting.added.items():
            rows[table] = rows.get(table, []) + items
        # not `model_copy`: that would keep the image of the state without these rows
        _states[key] = type(state)(now=state.now, rows=rows, note=state.note)
    return _states[key]


def read_tasks(path: Path) -> Iterator[Task]:
    """The tasks of a JSON Lines file; raises FileError naming the line that is damaged."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    try:
                        yield Task.model_validate_json(line)
                    except ValidationError as error:
                        problem = error.errors(include_url=False)[0]["msg"]
                        cure = "make the file again with: envfactory generate"
                        raise FileError(f"{path}, line {number} is no task ({problem}); {cure}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"cannot read {path}: {error}") from error


def task_lines(tasks: Iterable[Task]) -> Iterator[str]:
    """One line of JSON for each task; equal tasks give equal bytes."""
    for task in tasks:
        yield canonical(task.model_dump(mode="json")) + "\n"
