"""Reading what models write: thoughts apart from answers, calls and JSON out of text.

A server that parses calls itself is believed; only where it gave none is the text looked at, because many servers do
not know their model's format: llama.cpp's gives the call of a small Qwen as fenced JSON in the content.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from pydantic import JsonValue

from envfactory.messages import ToolCall, ToolSchema, as_list, as_object

_CLOSED_THOUGHT = re.compile(r"^\s*(?:<think>)?(.*?)</think>\s*", re.DOTALL)
_OPEN_THOUGHT = re.compile(r"^\s*<think>(.*)\Z", re.DOTALL)
_TAGGED = re.compile(r"<tool_call>\s*(.*?)\s*(?:</tool_call>|\Z)", re.DOTALL)
_FENCED = re.compile(r"```[\w-]*[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)
DEEPEST = 64
"""Levels of JSON that are taken; pydantic reads back some 200."""
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
_ARGUMENTS = ("arguments", "parameters", "args")


class NotJson(ValueError):
    """A text that holds no JSON; the message says where reading it broke off, in words for its writer."""


def thoughts(text: str) -> tuple[str, str]:
    """What a text thinks aloud between `<think>` tags at its beginning, and the rest.

    The opening tag may be missing (some chat templates write it for the model), and so may the closing one (when the
    reply was cut): then all of it is thought.
    """
    opened = _OPEN_THOUGHT.match(text)
    closed = _CLOSED_THOUGHT.match(text)
    if closed:
        return closed[1].strip(), text[closed.end() :]
    if opened:
        return opened[1].strip(), ""
    return "", text


def decoded(text: str) -> JsonValue:
    """The JSON value a text is; line breaks inside strings are let pass. Raises NotJson."""
    try:
        value = cast(JsonValue, _DECODER.decode(text))
    except ValueError as error:
        raise NotJson(_where(error, text)) from None
    except RecursionError:
        raise NotJson("the JSON is nested too deeply") from None
    return _carried(value, text)


def json_in(text: str) -> JsonValue:
    """The JSON object or array in a text: the whole of it, else the last in a fence, else the longest in the prose.

    Raises NotJson, with the place where the likeliest one breaks off.
    """
    whole = text.strip()
    try:
        return decoded(whole)
    except NotJson as error:
        problem = error
    fences = _FENCED.findall(whole)
    for fenced in reversed(fences):
        try:
            return decoded(fenced.strip())
        except NotJson as error:
            problem = error
    found = max(_values(whole), key=lambda item: item[1], default=None)
    if found is not None and found[1] * 2 > len(whole.rpartition("}")[0]) - whole.find("{"):
        return found[0]
    begin = min((place for place in (whole.find("{"), whole.find("[")) if place >= 0), default=-1)
    if begin < 0:
        raise NotJson("there is no JSON object in the answer")
    if not fences:
        try:
            decoded(whole[begin:])
        except NotJson as error:
            problem = error
    raise problem


def calls_in(text: str, tools: Sequence[ToolSchema]) -> tuple[tuple[ToolCall, ...], str]:
    """The calls that a text writes out, and the text without them; none when it holds no call.

    Understood are `<tool_call>` tags (Hermes, Qwen), and JSON with a name and arguments that names one of `tools` and
    with which the text ends, fenced or bare. JSON in the midst of prose is prose.
    """
    if not tools:
        return (), text
    tagged = [_call(body, number, None) for number, body in enumerate(_TAGGED.findall(text))]
    if tagged and all(tagged):
        return tuple(call for call in tagged if call), _TAGGED.sub("", text).strip()
    names = {tool.name for tool in tools}
    whole = text.strip()
    fences = list(_FENCED.finditer(whole))
    if fences and fences[-1].end() == len(whole):
        begin = fences[0].start()
        made = [call for fence in fences for call in _calls(fence[1], names)]
    else:
        begin = min((place for place in (whole.find("{"), whole.find("[")) if place >= 0), default=len(whole))
        made = _calls(whole[begin:], names)
    numbered = tuple(call.model_copy(update={"id": f"call_{number}"}) for number, call in enumerate(made))
    return numbered, whole[:begin].strip() if numbered else text


def arguments_of(value: object) -> dict[str, JsonValue] | str:
    """A call's arguments as servers give them: JSON text or an object; the text as it came when it is no object."""
    if isinstance(value, dict):
        return cast("dict[str, JsonValue]", value)
    if value is None or (isinstance(value, str) and not value.strip()):
        return {}
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    try:
        read = decoded(text)
    except NotJson:
        return text
    return read if isinstance(read, dict) else text


def _calls(text: str, names: set[str]) -> list[ToolCall]:
    """The calls that a JSON text is: one, or a list of them."""
    try:
        value = decoded(text.strip())
    except NotJson:
        return []
    items = as_list(value) or [value]
    made = [_call(json.dumps(item), number, names) for number, item in enumerate(items)]
    return [call for call in made if call] if all(made) else []


def _call(text: str, number: int, names: set[str] | None) -> ToolCall | None:
    try:
        value = as_object(decoded(text))
    except NotJson:
        return None
    value = as_object(value.get("function")) or value
    name = value.get("name")
    given = [key for key in _ARGUMENTS if key in value]
    if not isinstance(name, str) or not name or (names is not None and (name not in names or not given)):
        return None
    return ToolCall(id=f"call_{number}", name=name, arguments=arguments_of(value[given[0]]) if given else {})


def _values(text: str) -> Iterator[tuple[JsonValue, int]]:
    """The JSON objects and arrays in a text, with their lengths; what lies within another is not given again."""
    place = 0
    for _ in range(1000):
        found = re.compile(r"[{\[]").search(text, place)
        if found is None:
            return
        try:
            read, end = _DECODER.raw_decode(text, found.start())
            value = _carried(cast(JsonValue, read), text[found.start() : end])
        except (ValueError, RecursionError):
            place = found.end()
            continue
        yield value, end - found.start()
        place = end


def _carried(value: JsonValue, text: str) -> JsonValue:
    """A value read from a text in a form that can be passed on; raises NotJson for one that is nested too deeply."""
    if text.count("{") + text.count("[") > DEEPEST:
        level = [value]
        for _ in range(DEEPEST):
            level = [item for each in level for item in _within(each)]
        if level:
            raise NotJson(f"the JSON is nested too deeply, more than {DEEPEST} levels")
    return _sound(value) if _SURROGATE.search(text) else value


def _within(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _sound(value: JsonValue) -> JsonValue:
    """The value without halves of characters (`\\ud83d` alone), which no encoding can carry any further."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_sound(item) for item in value]
    if isinstance(value, dict):
        return {str(_sound(name)): _sound(item) for name, item in value.items()}
    return value


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is too large a number")
    return number


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def _where(error: ValueError, text: str) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return str(error)
    if error.pos >= len(text.rstrip()):
        return f"the JSON breaks off at its end (line {error.lineno}): {error.msg.lower()}"
    near = text[max(0, error.pos - 30) : error.pos + 30]
    return f"no valid JSON at line {error.lineno}, column {error.colno}: {error.msg.lower()}, near {near!r}"


_DECODER = json.JSONDecoder(strict=False, parse_constant=_no_constant, parse_float=_finite)
