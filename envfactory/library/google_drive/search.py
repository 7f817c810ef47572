"""The search language of `q`, and what lists can be sorted by."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from envfactory.environment.entropy import rfc3339
from envfactory.environment.store import Row
from envfactory.errors import ToolError

Test = Callable[[Row], bool]
"""Whether a file, as `FileLine` and `FileView` show it, fits."""

_TOKEN = re.compile(r"\s*('(?:[^'\\]|\\.)*'|[A-Za-z]+|<=|>=|!=|[<>=()])")
_WORD = re.compile(r"\w+")
_TIMES = ("modifiedTime", "createdTime")
_TEXTS = ("name", "mimeType")
_TRUTHS = ("trashed", "starred", "sharedWithMe")
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda held, wanted: held < wanted,
    "<=": lambda held, wanted: held <= wanted,
    "=": lambda held, wanted: held == wanted,
    "!=": lambda held, wanted: held != wanted,
    ">=": lambda held, wanted: held >= wanted,
    ">": lambda held, wanted: held > wanted,
}
_DEEPEST = 50
"""So many parentheses and `not` a search may have."""
_SORTED = ("name", *_TIMES, "sharedWithMeTime")


def parse(q: str) -> Test:
    """What a search asks of a file; raises ToolError for what it cannot understand."""
    left = _tokens(q)
    if left.count("(") + left.count("not") > _DEEPEST:
        raise _wrong("q: this is nested too deeply")
    test = _joined(left)
    if left:
        raise _wrong(f"q: {left[0]!r} stands where `and` or `or` was expected")
    return test


def order(files: list[Row], keys: str) -> list[Row]:
    """Files sorted by keys with commas between them; raises ToolError for a key that is not known."""
    for key in reversed(keys.split(",")):
        name, _, way = key.strip().partition(" ")
        if name not in _SORTED or way not in ("", "desc"):
            raise _wrong(f"orderBy: {key.strip()!r} is none of {', '.join(_SORTED)}, with or without ` desc`")
        files = sorted(files, key=lambda file, by=name: (file[by] or "").casefold(), reverse=way == "desc")
    return files


def _joined(left: deque[str]) -> Test:
    """Terms with `and` or with `or` between them: what both would mean together, only parentheses say."""
    tests = [_term(left)]
    word = left[0] if left else ""
    while left and left[0] in ("and", "or"):
        if left.popleft() != word:
            raise _wrong("q: put parentheses where `and` and `or` meet")
        tests.append(_term(left))
    together = any if word == "or" else all
    return lambda file: together(test(file) for test in tests)


def _term(left: deque[str]) -> Test:
    token = _next(left)
    if token == "not":
        test = _term(left)
        return lambda file: not test(file)
    if token == "(":
        test = _joined(left)
        _expect(left, ")")
        return test
    if token.startswith("'"):
        return _member(left, _text(token))
    if token in _TEXTS:
        return _compared(left, token, ("contains", "=", "!="), _quoted)
    if token in _TIMES:
        return _compared(left, token, tuple(_COMPARED), _time)
    if token == "sharedWithMe" and (not left or left[0] not in ("=", "!=")):
        return lambda file: bool(file["sharedWithMe"])
    if token in _TRUTHS:
        return _compared(left, token, ("=", "!="), _truth)
    raise _wrong(f"q: {token!r} is none of {', '.join((*_TEXTS, *_TIMES, *_TRUTHS))}, parents and owners")


def _member(left: deque[str], value: str) -> Test:
    """`'…' in parents`: the top folder may be called `root` here too."""
    _expect(left, "in")
    where = _next(left)
    if where not in ("parents", "owners"):
        raise _wrong(f"q: `in` is followed by parents or owners, not {where!r}")
    return lambda file: value in file[f"{where} found"]


def _compared(left: deque[str], field: str, operators: tuple[str, ...], read: Callable[[deque[str]], Any]) -> Test:
    operator = _next(left)
    if operator not in operators:
        raise _wrong(f"q: {field} is followed by {', '.join(operators)}, not {operator!r}")
    wanted = read(left)
    if operator != "contains":
        return lambda file: _COMPARED[operator](file[field], wanted)
    return lambda file: _begins(file[field], wanted) if field == "name" else wanted in file[field]


def _quoted(left: deque[str]) -> str:
    token = _next(left)
    if not token.startswith("'"):
        raise _wrong(f"q: {token!r} must stand in single quotes")
    return _text(token)


def _truth(left: deque[str]) -> bool:
    token = _next(left)
    if token not in ("true", "false"):
        raise _wrong(f"q: {token!r} is neither true nor false")
    return token == "true"


def _time(left: deque[str]) -> str:
    """A time as it is kept; one without an offset is in UTC."""
    text = _quoted(left)
    try:
        moment = datetime.fromisoformat(text)
        return rfc3339(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise _wrong(f"q: {text!r} is no time such as 2026-03-02T09:00:00Z") from None


def _next(left: deque[str]) -> str:
    if not left:
        raise _wrong("q: something is missing at the end")
    return left.popleft()


def _expect(left: deque[str], wanted: str) -> None:
    token = _next(left)
    if token != wanted:
        raise _wrong(f"q: {wanted!r} was expected, not {token!r}")


def _tokens(q: str) -> deque[str]:
    """Words, texts in quotes, operators and parentheses."""
    found: deque[str] = deque()
    place, text = 0, q.rstrip()
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise _wrong(f"q: {text[place:].strip()!r} cannot be understood; texts stand in single quotes")
        found.append(token[1])
        place = token.end()
    return found


def _text(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1])


def _begins(name: str, phrase: str) -> bool:
    """Whether the words of a phrase stand in a name, one after the other; the last may be a beginning only."""
    held, wanted = _WORD.findall(name.casefold()), _WORD.findall(phrase.casefold())
    width = len(wanted)
    return width > 0 and any(
        held[place : place + width - 1] == wanted[:-1] and held[place + width - 1].startswith(wanted[-1])
        for place in range(len(held) - width + 1)
    )


def _wrong(message: str) -> ToolError:
    return ToolError(message, code="invalid_arguments")
