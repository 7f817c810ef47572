"""The vandal: does the work, then deletes or changes a row that nobody spoke of. A reward must notice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from pydantic import JsonValue

from envfactory.environment.faults import faulty
from envfactory.messages import Message, ToolCall, ToolSchema, canonical
from envfactory.rollout.oracle import Oracle, Story
from envfactory.rollout.task import Turn

_LOOKING = ("list", "get", "search", "find", "read", "show", "view", "query", "lookup")
_DESTROYING = ("delete", "remove", "cancel", "close", "clear", "trash", "archive", "drop")
_CHANGING = ("update", "complete", "patch", "move", "set", "edit", "rename", "modify", "change", "mark", "assign")
_MAKING = ("create", "add", "insert", "make", "new", "open", "post", "send", "import", "pay", "book", "reserve")
_TRIES = 14
"""Calls beyond the right ones it makes at most while it looks for something to harm."""


def is_reader(schema: ToolSchema) -> bool:
    """Whether a tool only looks, by its name."""
    verbs = _verbs(schema.name)
    return bool(verbs & set(_LOOKING)) and not verbs & {*_DESTROYING, *_CHANGING, *_MAKING}


def _verbs(name: str) -> set[str]:
    words = "".join(f"_{c.lower()}" if c.isupper() else c for c in name.rpartition("__")[2])
    return set(words.replace("-", "_").replace(".", "_").split("_"))


class Vandal(Oracle):
    """Does the work; in the last turn it harms a row that gold does not touch, through a tool.

    A certified task says which call does that; without one the vandal looks for a row itself.
    """

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        waiting = self.waiting(story, turn)
        if waiting:
            return self.call(*waiting)
        own = {name: result for name, result in story.results.items() if not name.startswith("gold_")}
        harmed = any(name.startswith("harm_") and not _refused(result) for name, result in own.items())
        again = next((name for name in reversed(own) if name.startswith("harm_")), "")
        if story.turn < len(self.task.turns) - 1 or harmed or len(own) >= _TRIES:
            return self.close(turn)
        if again and faulty(own[again]):  # what a fault struck is tried once more
            made = story.made[again]
            return self.call(ToolCall(id=f"harm_{len(own)}", name=made.name, arguments=made.arguments))
        known = self.task.proof.harm if self.task.proof else None
        if known is not None and "harm_0" not in own:
            return self.call(ToolCall(id="harm_0", name=known.tool, arguments=known.live(story.gold())))
        tried = {(call.name, canonical(call.arguments)) for call in story.made.values()}
        for kind, name, arguments in self.ideas(story, tools):
            if (name, canonical(arguments)) not in tried:
                return self.call(ToolCall(id=f"{kind}_{len(own)}", name=name, arguments=arguments))
        return self.close(turn)

    def ideas(self, story: Story, tools: Sequence[ToolSchema]) -> Iterator[tuple[str, str, dict[str, JsonValue]]]:
        """What to try, best first: destroy, look further, change, and at last make something nobody asked for."""
        records = list(self.untouched(story))
        readers = [schema for schema in tools if is_reader(schema)]
        for schema in tools:
            if _verbs(schema.name) & set(_DESTROYING):
                yield from (("harm", schema.name, filled) for filled in self.fillings(schema, records, story))
        for schema in readers:
            if not schema.parameters.get("required"):
                yield "look", schema.name, {}
        for schema in readers:
            if schema.parameters.get("required"):
                yield from (("look", schema.name, filled) for filled in self.fillings(schema, records[:2], story))
        for schema in tools:
            if _verbs(schema.name) & set(_CHANGING):
                yield from (("harm", schema.name, filled) for filled in self.fillings(schema, records, story))
        for call in reversed(self.task.calls):
            if call.writes:
                for name, value in call.arguments.items():
                    if isinstance(value, str) and name not in call.uses:
                        yield "harm", call.tool, {**call.live(story.gold()), name: f"{value} (again)"}

    def untouched(self, story: Story) -> Iterator[dict[str, Any]]:
        """The records in the results whose id no right call names or makes."""
        touched: set[str] = set()
        for number, call in enumerate(self.task.calls):
            touched.update(_plain(call.arguments))
            if call.writes:
                touched.update(_plain(story.gold().get(number)))
        for name, result in story.results.items():
            if not _refused(result):
                for record in _records(result):
                    key = record.get("id")
                    if isinstance(key, (str, int)) and str(key) in touched:
                        continue
                    if key is None and any(str(value) in touched for value in record.values()):
                        continue
                    if not name.startswith("harm_"):
                        yield record

    def fillings(
        self, schema: ToolSchema, records: Sequence[dict[str, Any]], story: Story
    ) -> Iterator[dict[str, JsonValue]]:
        """Arguments that point the tool at one of the records: its id in one place, what is known in the others."""
        required: list[str] = list(schema.parameters.get("required", ()))
        kinds: dict[str, dict[str, Any]] = schema.parameters.get("properties", {})
        known: dict[str, JsonValue] = {}
        for call in self.task.calls:
            known.update(call.live(story.gold()))
        if _verbs(schema.name) & set(_CHANGING):  # something must be changed: the first text that may be given
            texts = (name for name, kind in kinds.items() if kind.get("type") == "string" and "enum" not in kind)
            required += [name for name in texts if name not in required and not name.lower().endswith("id")][:1]
        for record in records:
            for slot in reversed(required):
                value: JsonValue = record.get(slot, record.get("id"))
                if not isinstance(value, (str, int)):
                    continue
                others = {
                    name: record.get(name, known.get(name, _filler(kinds.get(name, {}))))
                    for name in required
                    if name != slot
                }
                yield {**others, slot: [value] if kinds.get(slot, {}).get("type") == "array" else value}


def _refused(result: Any) -> bool:
    return isinstance(result, dict) and "error" in result


def _records(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _records(item)
    elif isinstance(value, dict):
        record = cast("dict[str, Any]", value)
        if any(isinstance(item, str) for item in record.values()):
            yield record
        for item in record.values():
            yield from _records(item)


def _plain(value: Any) -> Iterator[str]:
    if isinstance(value, (list, dict)):
        inner: list[Any] = list(value.values()) if isinstance(value, dict) else value  # pyright: ignore
        for item in inner:
            yield from _plain(item)
    elif isinstance(value, (str, int)):
        yield str(value)


def _filler(kind: dict[str, Any]) -> JsonValue:
    """A value that fits the schema."""
    if kind.get("enum"):
        return kind["enum"][0]
    known: dict[str, JsonValue] = {"integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}
    return known.get(kind.get("type", ""), "Out of order")
