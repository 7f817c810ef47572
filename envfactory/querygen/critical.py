"""What of gold matters, found by execution: the steps a right agent cannot skip, and the arguments it cannot get wrong.

A step is *critical* when the outcome (the rows after every turn, and the facts) changes without it. Leaving a step out
leaves out what rests on it, too: a later call whose value only that step gave cannot be made. Writes are critical, for
a task whose write changes nothing is not certified; of the look-ups those are not that give only what the user has said
or another result shows. What is left is executed and must end in the same rows.

An argument is *masked* when changing it does not change the outcome. Each call is made again at its own moment with
other sizes of page, orders, options and spellings, with optional arguments left out, and with optional ones that gold
leaves out; it must change the same rows, still show the records that later calls use, and still hold the facts. An
argument that a single one of these edits makes matter is not masked. What the user's wishes say (values and references
of a write) is left to the certificate, which has shown that each of them matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from envfactory.environment.environment import Environment
from envfactory.environment.session import SEPARATOR, LoggedCall, Session
from envfactory.environment.spec import Parameter
from envfactory.messages import canonical
from envfactory.rollout.answers import SURE, distinct, says
from envfactory.rollout.identity import ordered
from envfactory.rollout.match import same_changes
from envfactory.rollout.task import Fact, GoldCall, Task, at

_FREE = frozenset({"page_size", "sort", "option"})
"""Roles whose values may be free whatever the call does."""
_PAGE = 100


def sharpened(task: Task, library: Mapping[str, type[Environment]]) -> Task:
    """The task with `critical` and `masked` of every gold call found by execution, under its new id."""
    seen = _Seen(task, library)
    masked = seen.masked
    critical = [call.writes or call.by == "user" or seen.needed(number) for number, call in enumerate(task.calls)]
    number = 0
    turns = list(task.turns)
    for place, turn in enumerate(turns):
        calls: list[GoldCall] = []
        for call in turn.calls:
            new = {"critical": critical[number], "masked": masked[number]}
            calls.append(call if (call.critical, call.masked) == tuple(new.values()) else call.model_copy(update=new))
            number += 1
        if any(new is not old for new, old in zip(calls, turn.calls, strict=True)):
            turns[place] = turn.model_copy(update={"calls": tuple(calls)})
    return task.model_copy(update={"turns": tuple(turns)}).named()


class _Seen:
    """Gold played once: what every call gave, which of its arguments are masked, and whether it is needed."""

    def __init__(self, task: Task, library: Mapping[str, type[Environment]]) -> None:
        # what a fault strikes says nothing about the call
        self.faulty = bool(task.faults)
        self.task = task.model_copy(update={"faults": ()}) if task.faults else task
        self.library = library
        self.calls = task.calls
        self.turn = [number for number, turn in enumerate(task.turns) for _ in turn.calls]
        self.results: dict[int, JsonValue] = {}
        self._texts: dict[int, str] = {}
        self._used: dict[int, list[str]] = {}
        for call in self.calls:
            for source in call.uses.values():
                head, _, path = source.partition(".")
                self._used.setdefault(int(head), []).append(path)
        entries: list[LoggedCall] = []
        starts: list[Session] = []
        with self.task.open(library, others=False) as session:
            for number, call in enumerate(self.calls):
                if call.writes or not entries or entries[-1].changes:
                    starts.append(session.fork())  # looking leaves no trace: the moment before serves those after it
                else:
                    starts.append(starts[-1])
                entries.append(session.call(call.tool, call.live(self.results)))
                if entries[-1].outcome == "ok":
                    self.results[number] = entries[-1].result
        self.facts = list(self._facts())
        try:
            self.masked = [tuple(self._masked(n, entry, starts[n])) for n, entry in enumerate(entries)]
        finally:
            for start in starts:
                start.close()

    # Masked arguments

    def _masked(self, number: int, entry: LoggedCall, start: Session) -> Iterator[str]:
        environment, _, name = entry.tool.partition(SEPARATOR)
        spec = self.library[environment].spec
        if spec is None or entry.outcome != "ok" or not isinstance(entry.arguments, dict):
            return
        call = self.calls[number]
        tool = next((tool for tool in spec.tools if tool.name == name), None)
        used = {use.partition(".")[0] for use in call.uses}
        for parameter in tool.parameters if tool else ():
            if parameter.name in used:
                continue
            edits = list(_edits(parameter, entry.arguments, call))
            if edits and all(self._alike(number, entry, start, edit) for edit in edits):
                yield parameter.name

    def _alike(self, number: int, entry: LoggedCall, start: Session, arguments: dict[str, JsonValue]) -> bool:
        """Whether the call with other arguments has the outcome that it has in gold."""
        if self.calls[number].writes:
            with start.fork() as fork:
                other = fork.call(entry.tool, arguments)
        else:
            other = start.call(entry.tool, arguments)
        if other.outcome != "ok" or not same_changes({"": entry.changes}, {"": other.changes}):
            return False
        if other.result == entry.result:
            return True
        for path in self._used.get(number, ()):
            try:
                record = at(entry.result, path.rpartition(".")[0])
            except LookupError:
                return False
            if not any(record == shown for shown in _inside(other.result)):
                return False
        told = ""
        for fact, sources in self.facts:
            if number not in sources:
                continue
            told = told or canonical(other.result).casefold()
            if not (_shows(told, fact) if distinct(fact.value) else ordered(other.result) == ordered(entry.result)):
                return False
        return True

    # Critical steps

    def needed(self, number: int) -> bool:
        """Whether the outcome is another one without this look-up."""
        if self.faulty or len(self.results) < len(self.calls) or self.task.turns[self.turn[number]].expects != "act":
            return True
        gone = {number}
        for later in range(number + 1, len(self.calls)):
            call = self.calls[later]
            for source in call.uses.values():
                head, _, path = source.partition(".")
                if int(head) in gone and not self._known(self._held(int(head), path), later, int(head), gone):
                    gone.add(later)
        if any(self.calls[n].writes or self.calls[n].by == "user" for n in gone):
            return True
        return any(gone & sources for _, sources in self.facts) or not self._ends_alike(gone)

    def _facts(self) -> Iterator[tuple[Fact, set[int]]]:
        """Each fact that is looked up, and the calls it rests on: the last one of its turn whose result tells it (that
        an earlier one shows the same text does not say that it is the answer), else the last one before; for one that
        is worked out from results, or a number, all calls of its turn."""
        for number, turn in enumerate(self.task.turns):
            if turn.expects != "act":
                continue
            here = {n for n, place in enumerate(self.turn) if place == number and n in self.results}
            before = {n for n, place in enumerate(self.turn) if place <= number and n in self.results}
            for fact in turn.facts:
                telling = {n for n in before if distinct(fact.value) and _shows(self._text(n), fact)}
                yield fact, {max(telling & here or telling)} if telling else here or before

    def _text(self, number: int) -> str:
        if number not in self._texts:
            self._texts[number] = canonical(self.results.get(number)).casefold()
        return self._texts[number]

    def _held(self, number: int, path: str) -> JsonValue:
        try:
            return at(self.results.get(number), path)
        except LookupError:
            return None

    def _known(self, value: JsonValue, call: int, producer: int, gone: set[int]) -> bool:
        """Whether a value that a call takes from a result is known without: the user said it, or another result of the
        same environment that came before shows it."""
        if not isinstance(value, str) or not distinct(value):
            return False
        said = " ".join(turn.query for turn in self.task.turns[: self.turn[call] + 1])
        if says(said, Fact(name="", value=value, forms=(value,))):
            return True
        home = self.calls[producer].tool.partition(SEPARATOR)[0]
        others = [n for n in range(call) if n not in gone and self.calls[n].tool.partition(SEPARATOR)[0] == home]
        return any(canonical(value).casefold() in self._text(n) for n in others)

    def _ends_alike(self, gone: set[int]) -> bool:
        """Whether gold without these calls, played with the values as they were recorded, ends every turn in the same
        rows."""
        results = {number: result for number, result in self.results.items() if number not in gone}
        with self.task.open(self.library, others=False) as session:
            number = 0
            for turn in self.task.turns:
                for call in turn.calls:
                    if number not in gone and session.call(call.tool, call.live(results)).outcome != "ok":
                        return False
                    number += 1
                rows = {name: found for name, found in session.changes().items() if found}
                if not same_changes(turn.changes, rows):
                    return False
        return True


def _edits(parameter: Parameter, given: Mapping[str, JsonValue], call: GoldCall) -> Iterator[dict[str, JsonValue]]:
    """A call's arguments with one of them changed so that an agent might have written them, too."""
    name = parameter.name
    held = given.get(name)
    if name in given:
        if not parameter.required and (parameter.role in _FREE or not call.writes):
            yield {key: value for key, value in given.items() if key != name}
        if parameter.role == "filter" and isinstance(held, str) and not parameter.enum and not call.writes:
            spellings = [held.lower(), held.split()[0] if held.split() else held]
            yield from ({**given, name: text} for text in dict.fromkeys(spellings) if text != held)
    if parameter.role in _FREE:
        yield from ({**given, name: other} for other in _others(parameter, held) if other != held)


def _others(parameter: Parameter, held: JsonValue) -> Sequence[JsonValue]:
    """Other values of a size, an order or an option, within what the tool takes."""
    if parameter.enum:
        return [*parameter.enum[:3]] if parameter.type == "string" else []
    if parameter.type == "boolean":
        return [True, False]
    if parameter.type == "integer" and parameter.role == "page_size":
        most = parameter.maximum if parameter.maximum is not None else _PAGE
        usual = parameter.default if isinstance(parameter.default, int) else 0
        least = max(usual, held if isinstance(held, int) else 0)
        return [int(min(most, max(2 * least, _PAGE)))]
    return []


def _shows(text: str, fact: Fact) -> bool:
    """Whether a result, as text in small letters, holds the fact."""
    forms = (str(fact.value), *fact.forms)
    return any(len(form) >= SURE and canonical(form)[1:-1].casefold() in text for form in forms)


def _inside(value: Any) -> Iterator[JsonValue]:
    """A JSON value and all that it holds."""
    yield value
    if isinstance(value, (list, dict)):
        inner: list[Any] = list(value.values()) if isinstance(value, dict) else value  # pyright: ignore
        for item in inner:
            yield from _inside(item)
