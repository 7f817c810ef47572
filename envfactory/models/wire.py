"""The OpenAI chat-completions format, as servers really speak it: requests written, replies and streams read.

Format: https://platform.openai.com/docs/api-reference/chat; reasoning apart as vLLM, SGLang and DeepSeek give it
(`reasoning_content`, or `reasoning`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from envfactory.messages import Message, ToolCall, as_list, as_object
from envfactory.models.model import ModelFailed, Reply, Request, Usage
from envfactory.models.parse import NotJson, arguments_of, calls_in, decoded, thoughts

OPTIONAL = ("response_format", "stream_options")
"""Fields that a server may not know; a request that it refuses is sent again without them."""


def written(
    request: Request, model: str, *, options: Mapping[str, JsonValue], stream: bool, leave_out: frozenset[str]
) -> dict[str, Any]:
    """The body of a request. `options` go in as they are (temperature, max_tokens, …)."""
    body: dict[str, Any] = {"model": model, "messages": [message.as_openai() for message in request.messages]}
    if request.tools:
        body["tools"] = [tool.as_openai() for tool in request.tools]
    if request.form is not None:
        name = re.sub(r"\W+", "_", str(request.form.get("title", "answer")))[:64]
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": name, "schema": request.form}}
    if request.sample:
        body["seed"] = request.sample
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return {name: value for name, value in (body | dict(options)).items() if name not in leave_out}


def encoded(body: Mapping[str, Any]) -> bytes:
    """The bytes of a body. Keys stay in their order: the order of a schema's properties is the order a model writes
    them in."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def completion(text: str, request: Request, *, lenient: bool) -> Reply:
    """The reply that the body of a whole answer is; raises ModelFailed (cut, malformed or server)."""
    try:
        body = as_object(decoded(text))
    except NotJson as error:
        raise ModelFailed(f"the server's answer is not whole: {error}", kind="cut") from None
    return read(body, request, lenient=lenient)


def read(body: Mapping[str, Any], request: Request, *, lenient: bool) -> Reply:
    """The reply that a decoded answer is; raises ModelFailed (malformed or server)."""
    if "error" in body and not body.get("choices"):
        raise ModelFailed(f"the server answered with an error: {complaint(body)}", kind="server")
    choice = as_object(next(iter(as_list(body.get("choices"))), None))
    message = as_object(choice.get("message"))
    if not message:
        raise ModelFailed("the server's answer holds no message", kind="malformed")
    return _reply(message, choice.get("finish_reason"), as_object(body.get("usage")), request, lenient)


def complaint(body: Mapping[str, Any]) -> str:
    """What an error body says."""
    error = body.get("error", body)
    said = as_object(error).get("message") or body.get("message") or body.get("detail") or error
    return " ".join(str(said).split())[:300]


class Stream:
    """A reply that comes in server-sent events; feed it lines, then take the reply.

    Events: https://html.spec.whatwg.org/multipage/server-sent-events.html; each holds one chunk of a completion.
    """

    def __init__(self) -> None:
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls: dict[int, dict[str, str]] = {}
        self._usage: dict[str, Any] = {}
        self._finish: str | None = None
        self._ended = False

    def feed(self, line: str) -> None:
        """Take one line; raises ModelFailed for an event that is an error or no JSON."""
        field, _, value = line.partition(":")
        if field != "data" or self._ended:
            return
        value = value.strip()
        if value == "[DONE]":
            self._ended = True
            return
        try:
            chunk = as_object(decoded(value))
        except NotJson as error:
            raise ModelFailed(f"the stream holds an event that is no JSON: {error}", kind="cut") from None
        if "error" in chunk:
            raise ModelFailed(f"the stream broke off with an error: {complaint(chunk)}", kind="server")
        self._usage = as_object(chunk.get("usage")) or self._usage
        for choice in map(as_object, as_list(chunk.get("choices"))):
            self._delta(as_object(choice.get("delta")))
            self._finish = choice.get("finish_reason") or self._finish

    def _delta(self, delta: dict[str, Any]) -> None:
        self._text.append(str(delta.get("content") or ""))
        self._reasoning.append(str(delta.get("reasoning_content") or delta.get("reasoning") or ""))
        for place, part in enumerate(map(as_object, as_list(delta.get("tool_calls")))):
            index = part.get("index")
            call = self._calls.setdefault(
                index if isinstance(index, int) else place, {"id": "", "name": "", "arguments": ""}
            )
            function = as_object(part.get("function"))
            call["id"] = call["id"] or str(part.get("id") or "")
            call["name"] += str(function.get("name") or "")
            given = function.get("arguments")
            call["arguments"] += given if isinstance(given, str) else ""

    def reply(self, request: Request, *, lenient: bool) -> Reply:
        """The whole reply; raises ModelFailed (cut) when the stream ended before the model did."""
        if self._finish is None and not self._ended:
            raise ModelFailed("the stream broke off before the model was done", kind="cut")
        calls = [
            {"id": call["id"], "function": {"name": call["name"], "arguments": call["arguments"]}}
            for _, call in sorted(self._calls.items())
        ]
        message = {
            "content": "".join(self._text),
            "reasoning_content": "".join(self._reasoning),
            "tool_calls": calls,
        }
        return _reply(message, self._finish, self._usage, request, lenient)


def _reply(message: dict[str, Any], finish: object, usage: dict[str, Any], request: Request, lenient: bool) -> Reply:
    thought, text = thoughts(_text(message.get("content")))
    aloud = message.get("reasoning_content") or message.get("reasoning") or ""
    calls = tuple(_call(as_object(call), number) for number, call in enumerate(as_list(message.get("tool_calls"))))
    guessed: tuple[ToolCall, ...] = ()
    if not calls and lenient:
        guessed, text = calls_in(text, request.tools)
    return Reply(
        message=Message(role="assistant", content=text, tool_calls=calls or guessed),
        reasoning="\n".join(part for part in (aloud if isinstance(aloud, str) else "", thought) if part),
        usage=Usage(tokens_in=_count(usage.get("prompt_tokens")), tokens_out=_count(usage.get("completion_tokens"))),
        finish=finish if isinstance(finish, str) and finish else "stop",
        lenient=bool(guessed),
    )


def _call(call: dict[str, Any], number: int) -> ToolCall:
    function = as_object(call.get("function"))
    name, called = function.get("name"), call.get("id")
    return ToolCall(
        id=called if isinstance(called, str) and called else f"call_{number}",
        name=name if isinstance(name, str) else "",
        arguments=arguments_of(function.get("arguments")),
    )


def _text(content: object) -> str:
    """Content is text, nothing, or a list of parts of which some are text."""
    if isinstance(content, str):
        return content
    return "".join(str(as_object(part).get("text") or "") for part in as_list(content))


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
