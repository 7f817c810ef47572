"""Do certificates bite? Random tasks are played wrong and right in many ways; what passes wrongly and fails wrongly?

    python benchmarks/certificates.py [TASKS.jsonl] [--tasks 300] [--policies 20] [--seed 1]

Wrong on purpose:
- every single edit of gold (`querygen/mutate.py`), drawn with other dice than the certificate's;
- random policies: two to five random edits of the right calls at once (left out, another row, another value, twice, a
  write to a row nobody spoke of), with or without the right answers; and walks that call random tools with values from
  the rows. An attempt counts as wrong when its rows, read with created ids numbered as they occur, are not gold's
  after some turn, or when an answer lacks a fact. That test shares no code with the reward.

Right in another way:
- the calls of a turn in other orders: any in which each call comes after those it uses;
- other look-ups: a read that serves a later call is replaced by another tool whose result holds the same value.

Prints a table and exits with 1 when a wrong attempt passes, or more than 1 % of the right ones fail.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from envfactory.cli.load import classes_for
from envfactory.environment.session import SEPARATOR, Session
from envfactory.messages import canonical
from envfactory.querygen.mutate import Turns, mutants
from envfactory.rollout.replay import Replay
from envfactory.rollout.reward import score
from envfactory.rollout.task import Changes, GoldCall, Task, read_tasks
from envfactory.rollout.trajectory import Trajectory

ORDERS = 6
"""Other orders tried of one task."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", default=Path("out/tasks.jsonl"))
    parser.add_argument("--tasks", type=int, default=300)
    parser.add_argument("--policies", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    tasks = list(read_tasks(given.file))
    chosen = Random(given.seed).sample(tasks, min(given.tasks, len(tasks)))
    classes = classes_for(chosen, None)
    played, passed, right, failed = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for number, task in enumerate(chosen):
        random = Random(f"{given.seed}/{task.id}")
        specs = {s.environment: spec for s in task.settings if (spec := classes[s.environment].spec) is not None}
        with task.open(classes, others=False) as start:
            replay = Replay(task, start)
            gold = replay.gold
            answers = [turn.answer for turn in task.turns]
            for mutant in mutants(task, specs, start, random=random):
                attempt = replay.edited(mutant.turns, mutant.answers or answers, first=mutant.first)
                if _wrong(task, gold, attempt):
                    played["single edits"] += 1
                    passed["single edits"] += score(task, attempt).passed
            for name, turns, said in islice(policies(task, start, random), given.policies):
                attempt = replay.edited(turns, said)
                if _wrong(task, gold, attempt):
                    played[name] += 1
                    if score(task, attempt).passed:
                        passed[name] += 1
                        print(f"  passes wrongly ({name}): {task.id}", file=sys.stderr)
            for name, turns in alternatives(task, gold, start, random):
                attempt = replay.edited(turns, answers)
                right[name] += 1
                if not score(task, attempt).passed:
                    failed[name] += 1
                    print(f"  fails wrongly ({name}): {task.id} ({task.kind})", file=sys.stderr)
            replay.close()
        if sys.stderr.isatty():
            print(f"\r{number + 1} of {len(chosen)}", end="", file=sys.stderr)
    print(f"{len(chosen)} tasks; kinds: {dict(sorted(Counter(task.kind for task in chosen).items()))}")
    for name in sorted(played):
        print(f"wrong: {name:32} {played[name]:6} played, {passed[name]} passed")
    for name in sorted(right):
        print(f"right: {name:32} {right[name]:6} played, {failed[name]} failed ({failed[name] / right[name]:.2%})")
    wrong, missed = sum(passed.values()), sum(failed.values())
    share = missed / max(1, sum(right.values()))
    print(f"false passes: {wrong} of {sum(played.values())}")
    print(f"false failures: {missed} of {sum(right.values())} ({share:.2%})")
    return 1 if wrong or share > 0.01 else 0


# Was it wrong? -------------------------------------------------------------------------------------------------------


def _wrong(task: Task, gold: Trajectory, attempt: Trajectory) -> bool:
    """Whether the attempt's rows or answers are not gold's, read more simply and strictly than the reward does."""
    for right, made in zip(gold.turn_changes, attempt.turn_changes, strict=True):
        if _plain(right, task, gold) != _plain(made, task, attempt):
            return True
    return any(
        not any(form.lower() in said.lower() for form in fact.forms)
        for turn, said in zip(task.turns, attempt.answers, strict=True)
        for fact in turn.facts
    )


def _plain(changes: Changes, task: Task, attempt: Trajectory) -> str:
    """The rows without exempt columns; ids that were created are numbered in the order of the rows that hold them."""
    made = [str(c.key[0]) for played in attempt.calls for c in played.call.changes if c.op == "insert"]
    ids = re.compile("|".join(sorted({re.escape(one) for one in made if len(one) >= 6}, key=len, reverse=True)) or "$^")
    found: list[str] = []
    for name, rows in sorted(changes.items()):
        for row in rows:
            free = task.exempt.get(name, {}).get(row.table, ())
            after = {} if row.op == "delete" else {k: v for k, v in row.after.items() if k not in free}
            if "*" not in free and (row.op != "update" or after):
                found.append(canonical([name, row.table, row.op, [str(part) for part in row.key], after]))
    numbers: dict[str, str] = {}
    text = "\n".join(sorted(found, key=lambda line: ids.sub("<>", line)))
    return ids.sub(lambda match: numbers.setdefault(match[0], f"<{len(numbers)}>"), text)


# Wrong on purpose ----------------------------------------------------------------------------------------------------


def policies(task: Task, start: Session, random: Random) -> Iterator[tuple[str, Turns, list[str]]]:
    """Attempts that are wrong in several ways at once, without end."""
    answers = [turn.answer for turn in task.turns]
    while True:
        if random.random() < 0.3:
            turns = [[_any_call(task, start, random) for _ in range(random.randint(0, 4))] for _ in task.turns]
            yield "random walks", turns, answers if random.random() < 0.5 else ["Done."] * len(answers)
            continue
        turns = [list(turn.calls) for turn in task.turns]
        for _ in range(random.randint(2, 5)):
            turn = random.randrange(len(turns))
            if not turns[turn] or random.random() < 0.25:
                turns[turn].append(_any_call(task, start, random))
                continue
            place = random.randrange(len(turns[turn]))
            call = turns[turn][place]
            match random.randrange(3):
                case 0:
                    turns[turn][place] = call.model_copy(update={"tool": ""})
                case 1:
                    turns[turn].append(call)
                case _:
                    turns[turn][place] = _altered(call, start, random)
        said = [text if random.random() < 0.8 else "Done." for text in answers]
        yield "several edits at once", turns, said


def _any_call(task: Task, start: Session, random: Random) -> GoldCall:
    """A call of any tool of the task's environments with values from the rows."""
    name = random.choice(sorted(start.tools))
    tool = start.tools[name]
    schema = tool.input_schema
    arguments: dict[str, Any] = {}
    for field in schema.get("required", ()):
        arguments[field] = _value(field, schema["properties"][field], start, name, random)
    for field in schema.get("properties", {}):
        if field not in arguments and random.random() < 0.2:
            arguments[field] = _value(field, schema["properties"][field], start, name, random)
    return GoldCall(tool=name, arguments=arguments, writes=tool.writes)


def _value(field: str, schema: dict[str, Any], start: Session, tool: str, random: Random) -> Any:
    if schema.get("enum"):
        return random.choice(schema["enum"])
    store = start.environments[tool.partition(SEPARATOR)[0]].db
    if schema.get("type") == "string" or "x-entity" in schema:
        tables = sorted(store.schema.tables)
        rows = store.find(random.choice(tables))
        texts = [v for row in rows[:40] for v in row.values() if isinstance(v, str) and v]
        if texts:
            return random.choice(texts)
    known: dict[str, Any] = {"integer": random.randint(1, 9), "number": 4.5, "boolean": True, "array": [], "object": {}}
    return known.get(str(schema.get("type")), "Something else")


def _altered(call: GoldCall, start: Session, random: Random) -> GoldCall:
    if not call.arguments or not call.tool:
        return call
    name = random.choice(sorted(call.arguments))
    schema = start.tools[call.tool].input_schema["properties"].get(name, {})
    arguments = {**call.arguments, name: _value(name, schema, start, call.tool, random)}
    uses = {use: source for use, source in call.uses.items() if use.partition(".")[0] != name}
    return call.model_copy(update={"arguments": arguments, "uses": uses})


# Right in another way ------------------------------------------------------------------------------------------------


def alternatives(task: Task, gold: Trajectory, start: Session, random: Random) -> Iterator[tuple[str, Turns]]:
    """Other right solutions: other orders, other look-ups."""
    seen: set[str] = set()
    for _ in range(ORDERS):
        turns = _reordered(task, random)
        key = repr([[(c.tool, c.arguments) for c in calls] for calls in turns])
        if key not in seen and key != repr([[(c.tool, c.arguments) for c in t.calls] for t in task.turns]):
            seen.add(key)
            yield "other orders", turns
    yield from (("other look-ups", turns) for turns in _other_lookups(task, gold, start, random))


def _reordered(task: Task, random: Random) -> Turns:
    """Gold with the calls of each turn in a random order in which each comes after those it uses."""
    place: dict[int, int] = {}
    turns: list[list[tuple[int, GoldCall]]] = []
    first = 0
    for turn in task.turns:
        left = list(enumerate(turn.calls, first))
        first += len(turn.calls)
        order: list[tuple[int, GoldCall]] = []
        while left:
            waiting = {number for number, _ in left}
            free = [
                (number, call)
                for number, call in left
                if not waiting & {int(source.partition(".")[0]) for source in call.uses.values()}
            ]
            chosen = random.choice(free)
            left.remove(chosen)
            order.append(chosen)
        turns.append(order)
    for new, (old, _) in enumerate(pair for order in turns for pair in order):
        place[old] = new
    made = {number for number, call in enumerate(task.calls) if call.writes}
    return [[_moved(call, place, made) for _, call in order] for order in turns]


def _moved(call: GoldCall, place: dict[int, int], made: set[int]) -> GoldCall:
    """The call with what it takes from writes at their new places; what it takes from reads stays the row it was, for
    another place in the list may hold it now."""
    uses: dict[str, str] = {}
    for name, source in call.uses.items():
        number, dot, path = source.partition(".")
        if int(number) in made:
            uses[name] = f"{place[int(number)]}{dot}{path}"
    return call.model_copy(update={"uses": uses})


def _other_lookups(task: Task, gold: Trajectory, start: Session, random: Random) -> Iterator[Turns]:
    """Gold with one read that serves later calls replaced by another tool that shows the same values."""
    number = 0
    for turn, one in enumerate(task.turns):
        for place, call in enumerate(one.calls):
            users = [
                (name, source)
                for later in task.calls
                for name, source in later.uses.items()
                if source.partition(".")[0] == str(number)
            ]
            if not call.writes and users and not task.faults:
                values = [_at(gold.calls[number].call.result, source.partition(".")[2]) for _, source in users]
                for other in _showing(values, call, number, gold, start, random):
                    turns = [list(t.calls) for t in task.turns]
                    turns[turn][place] = other[0]
                    yield [[_rerouted(c, number, other[1]) for c in calls] for calls in turns]
            number += 1


def _showing(
    values: list[Any], call: GoldCall, number: int, gold: Trajectory, start: Session, random: Random
) -> Iterator[tuple[GoldCall, dict[str, str]]]:
    """Reads of the same environment whose result holds all the values: the call, and where each value stands."""
    home = call.tool.partition(SEPARATOR)[0]
    with start.fork() as here:
        for made in gold.calls[:number]:
            here.call(made.call.tool, made.call.arguments)
        options = [n for n, tool in here.tools.items() if n.startswith(f"{home}{SEPARATOR}") and not tool.writes]
        found = 0
        for name in random.sample(options, len(options)):
            properties = here.tools[name].input_schema.get("properties", {})
            required = here.tools[name].input_schema.get("required", ())
            known = {k: v for k, v in call.arguments.items() if k in properties}
            if name == call.tool:
                sizes = [k for k in properties if "size" in k.lower() or "max" in k.lower() or "limit" in k.lower()]
                known = {k: v for k, v in call.arguments.items() if k in required or k not in sizes}
                known |= {k: 50 for k in sizes[:1] if properties[k].get("type") == "integer"}
                if known == call.arguments:
                    continue
            if any(k not in known for k in required):
                continue
            entry = here.call(name, known)
            paths = {str(v): _path(entry.result, v) for v in values} if entry.outcome == "ok" else {"": ""}
            if all(paths.values()):
                uses = {k: v for k, v in call.uses.items() if k in known}
                yield GoldCall(tool=name, arguments=known, uses=uses), {k: str(p) for k, p in paths.items()}
                found += 1
            if found == 2:
                return


def _rerouted(call: GoldCall, number: int, paths: dict[str, str]) -> GoldCall:
    """The call with the values it takes from call `number` found at their new places."""
    uses: dict[str, str] = {}
    for name, source in call.uses.items():
        head, _, _ = source.partition(".")
        inside: Any = call.arguments
        for step in [name] if name in call.arguments else name.split("."):
            inside = inside[int(step)] if isinstance(inside, list) else inside[step]
        uses[name] = f"{head}.{paths[str(inside)]}" if head == str(number) and str(inside) in paths else source
    return call.model_copy(update={"uses": uses})


def _at(value: Any, path: str) -> Any:
    for step in path.split(".") if path else ():
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def _path(node: Any, wanted: Any, trail: Sequence[str] = ()) -> str:
    """Where a value stands in a result; empty when nowhere."""
    if isinstance(node, (dict, list)):
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            if inner == wanted and type(inner) is type(wanted):
                return ".".join([*trail, str(key)])
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            found = _path(inner, wanted, [*trail, str(key)])
            if found:
                return found
    return ""


if __name__ == "__main__":
    sys.exit(main())
