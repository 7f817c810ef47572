"""Endpoints: replies read leniently, failures told apart and tried again, requests kept at a pace."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
from pathlib import Path
from random import Random
from typing import Any

import pytest
from faulty_provider import Provider
from hypothesis import given, settings
from hypothesis import strategies as st
from model_worlds import HELLO, KEY, WEATHER, Clock, at, listed
from pydantic import BaseModel

from envfactory.errors import EnvFactoryError
from envfactory.messages import Message, ToolSchema
from envfactory.models.ask import plain_schema
from envfactory.models.kept import Kept
from envfactory.models.model import Allowance, Kind, ModelFailed, Reply, Request, Usage, respond
from envfactory.models.offline import calling
from envfactory.models.openai import Endpoint, OpenAI, shown
from envfactory.models.parse import NotJson, calls_in, json_in, thoughts
from envfactory.models.retry import Pace, Patience
from envfactory.models.wire import Stream, completion
from envfactory.runs import Run


def asked(model: OpenAI, *, tools: tuple[ToolSchema, ...] = (), form: dict[str, Any] | None = None) -> Reply:
    return asyncio.run(respond(model, Request(messages=HELLO, tools=tools, form=form)))


def failed(model: OpenAI) -> ModelFailed:
    with pytest.raises(ModelFailed) as caught:
        asked(model)
    return caught.value


# What models write


def test_thoughts_are_kept_apart_from_the_answer() -> None:
    assert thoughts("<think>\nhm\n</think>\n\nYes.") == ("hm", "Yes.")
    assert thoughts("hm\n</think>Yes.") == ("hm", "Yes.")
    assert thoughts("<think>and then it was cut") == ("and then it was cut", "")
    assert thoughts("I think <b>yes</b>") == ("", "I think <b>yes</b>")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ("  [1, 2]\n", [1, 2]),
        ('Here it is:\n```json\n{"a": {"b": 2}}\n```\nGood luck!', {"a": {"b": 2}}),
        ('```\n{"draft": 1}\n```\nbetter:\n```json\n{"final": 1}\n```', {"final": 1}),
        ('Sure! {"a": "x {not} y"} is my answer.', {"a": "x {not} y"}),
        ('{"code": "def f():\n    return 1\n"}', {"code": "def f():\n    return 1\n"}),
        ('{"fence": "```python\\nx\\n```"}', {"fence": "```python\nx\n```"}),
        ('{"half": "\\ud83d", "whole": "\\ud83d\\ude00"}', {"half": "\ufffd", "whole": "😀"}),
    ],
)
def test_json_is_found_in_what_models_write_around_it(text: str, value: object) -> None:
    assert json_in(text) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("I cannot do that.", "no JSON object"),
        ("", "no JSON object"),
        ('{"a": 1, "b": [1, 2', "breaks off at its end"),
        ('{"a": 1,}', "line 1, column [89]: .*trailing comma|column 9: expecting"),
        ('{"a": NaN}', "NaN is no JSON value"),
        ('{"a": 1e999}', "too large"),
        ("[" * 100_000, "nested too deeply"),
        ('Look:\n```json\n{"a": }\n```', "line 1, column 7"),
    ],
)
def test_a_text_without_json_is_told_where_it_breaks(text: str, problem: str) -> None:
    with pytest.raises(NotJson, match=problem):
        json_in(text)


@pytest.mark.parametrize(
    ("text", "calls", "rest"),
    [
        (
            '<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>',
            [("weather", {"city": "Oslo"})],
            "",
        ),
        (
            'Both.\n<tool_call>{"name": "weather", "arguments": {}}</tool_call>'
            '<tool_call>{"name": "other", "arguments": {"n": 1}}',
            [("weather", {}), ("other", {"n": 1})],
            "Both.",
        ),
        ('```json\n{"name": "weather", "arguments": {"city": "Rome"}}\n```', [("weather", {"city": "Rome"})], ""),
        ('I look.\n{"name": "weather", "parameters": {}}', [("weather", {})], "I look."),
        ('[{"name": "weather", "arguments": "{\\"a\\": 1}"}]', [("weather", {"a": 1})], ""),
        ('{"type": "function", "function": {"name": "weather", "arguments": {}}}', [("weather", {})], ""),
        ('<tool_call>{"name": "weather", "arguments": "no object"}</tool_call>', [("weather", "no object")], ""),
    ],
)
def test_calls_are_read_from_text_where_a_server_gave_none(text: str, calls: list[Any], rest: str) -> None:
    found, left = calls_in(text, [WEATHER])
    assert [(call.name, call.arguments) for call in found] == calls
    assert [call.id for call in found] == [f"call_{number}" for number in range(len(calls))]
    assert left == rest


@pytest.mark.parametrize(
    "text",
    [
        "It is sunny.",
        '{"name": "Oslo", "arguments": {}}',  # no tool of that name
        '{"name": "weather"}',  # a name is not yet a call
        'You could call {"name": "weather", "arguments": {}} for that.',  # prose about a call
        "<tool_call>not json</tool_call>",
    ],
)
def test_text_that_is_no_call_stays_text(text: str) -> None:
    assert calls_in(text, [WEATHER]) == ((), text)
    assert calls_in('{"name": "weather", "arguments": {}}', []) == ((), '{"name": "weather", "arguments": {}}')


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "choices",
                    "message",
                    "content",
                    "tool_calls",
                    "function",
                    "name",
                    "arguments",
                    "id",
                    "index",
                    "delta",
                    "finish_reason",
                    "usage",
                    "prompt_tokens",
                    "error",
                    "reasoning_content",
                    "text",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)
PIECES = st.lists(
    st.sampled_from(
        ['{"name": "weather",', ' "arguments": {}', "}", "{", "[", "]", "```json\n", "\n```", "<tool_call>"]
    )
    | st.sampled_from(["</tool_call>", "<think>", "</think>", '"', "\\ud83d", "1e999", "NaN", "x", "\n", ","]),
    max_size=12,
).map("".join)
QUIET = settings(max_examples=200, deadline=None, derandomize=True, database=None)


@QUIET
@given(text=PIECES | st.text(max_size=40))
def test_no_text_of_a_model_breaks_its_readers(text: str) -> None:
    thoughts(text)
    found, _ = calls_in(text, [WEATHER])
    assert all(call.name for call in found)
    with contextlib.suppress(NotJson):
        json_in(text)


@QUIET
@given(value=VALUES, message=VALUES)
def test_no_answer_of_a_server_breaks_its_readers(value: Any, message: Any) -> None:
    request = Request(messages=HELLO, tools=(WEATHER,))
    choice = {"message": message, "finish_reason": value}
    for body in (value, {"choices": [choice], "usage": value}, {"choices": [{"message": {"tool_calls": value}}]}):
        with contextlib.suppress(ModelFailed):
            reply = completion(json.dumps(body), request, lenient=True)
            assert Reply.model_validate_json(reply.model_dump_json()) == reply
    stream = Stream()
    with contextlib.suppress(ModelFailed):
        for delta in (message, {"tool_calls": value}, {"content": value}):
            stream.feed(f"data: {json.dumps({'choices': [{'delta': delta}]})}")
        stream.feed("data: [DONE]")
        stream.reply(request, lenient=True)


@pytest.mark.parametrize("depth", [60, 64, 65, 250, 5000])
def test_arguments_nested_too_deeply_stay_text(depth: int) -> None:
    deep = '{"a":' * depth + "1" + "}" * depth
    message = {"tool_calls": [{"id": "x", "function": {"name": "weather", "arguments": deep}}]}
    reply = completion(json.dumps({"choices": [{"message": message}]}), Request(messages=HELLO), lenient=True)
    assert isinstance(reply.message.tool_calls[0].arguments, dict) == (depth <= 64)
    assert Reply.model_validate_json(reply.model_dump_json()) == reply


# Endpoints


def test_an_endpoint_is_sent_the_conversation_and_its_reply_is_metered() -> None:
    def answer(request: dict[str, Any]) -> dict[str, Any]:
        call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
        return {"content": None, "reasoning_content": "need weather", "tool_calls": [call]}

    with Provider(answer=answer) as provider:
        model = at(provider, options={"temperature": 0.5, "max_tokens": 64}, price_in=2.0, price_out=10.0)
        reply = asked(model, tools=(WEATHER,), form={"title": "An answer", "type": "object"})
        sent = provider.requests[0]
        assert provider.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert sent == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hello 7"}],
        "tools": [WEATHER.as_openai()],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "An_answer", "schema": {"title": "An answer", "type": "object"}},
        },
        "temperature": 0.5,
        "max_tokens": 64,
    }
    assert reply.message == calling(("weather", {"city": "Oslo"})).model_copy(
        update={"tool_calls": (reply.message.tool_calls[0],)}
    )
    assert reply.message.tool_calls[0].id == "c1"
    assert (reply.reasoning, reply.finish, reply.lenient) == ("need weather", "tool_calls", False)
    assert (reply.usage.tokens_in, reply.usage.tokens_out) == (100, 50)
    assert reply.usage.cost == pytest.approx((100 * 2 + 50 * 10) / 1e6)
    assert reply.usage.seconds > 0
    assert model.identity == 'openai:m {"max_tokens":64,"temperature":0.5}'
    assert model.allowance == Allowance(reply_tokens=64, price_in=2.0, price_out=10.0)


def test_a_stream_gives_the_same_reply_as_a_whole_answer() -> None:
    def answer(request: dict[str, Any]) -> dict[str, Any]:
        calls = [
            {"id": f"c{n}", "type": "function", "function": {"name": "weather", "arguments": f'{{"day": {n}}}'}}
            for n in range(2)
        ]
        return {"content": "Moment, grüße 😀", "reasoning_content": "think first", "tool_calls": calls}

    with Provider(answer=answer) as provider:
        whole = asked(at(provider), tools=(WEATHER,))
        streamed = asked(at(provider, stream=True), tools=(WEATHER,))
        ignored = asked(at(without_stream(provider), stream=True), tools=(WEATHER,))
    assert [request.get("stream") for request in provider.requests] == [None, True, True]
    plain = whole.model_copy(update={"usage": Usage(tokens_in=100, tokens_out=50)})
    for reply in (streamed, ignored):
        assert reply.model_copy(update={"usage": reply.usage.model_copy(update={"seconds": 0.0})}) == plain


def test_tokens_that_a_server_does_not_count_are_estimated_and_marked() -> None:
    with Provider(lambda number: "no_usage") as provider:
        usage = asked(at(provider, stream=True, price_in=1.0, price_out=1.0)).usage
    sent = len(json.dumps(provider.requests[0], separators=(",", ":")))
    assert (usage.estimated, usage.tokens_in) == (True, sent // 2 + 1)
    assert 100 < usage.tokens_out < 400  # some 240 characters
    assert usage.cost == pytest.approx((usage.tokens_in + usage.tokens_out) / 1e6)


def test_a_schema_reaches_the_server_with_its_properties_in_order() -> None:
    class Thought(BaseModel):
        why: str
        answer: str

    with Provider() as provider:
        asked(at(provider), form=plain_schema(Thought))
    schema = provider.requests[0]["response_format"]["json_schema"]["schema"]
    assert list(schema["properties"]) == ["why", "answer"]


def without_stream(provider: Provider) -> Provider:
    """From now on the server answers whole, whatever it is asked."""
    provider.faults = lambda number: "no_stream"
    return provider


def test_a_call_that_a_server_leaves_in_the_text_is_read_unless_told_otherwise() -> None:
    text = '<think>Which?</think><tool_call>{"name": "weather", "arguments": {}}</tool_call>'
    with Provider(answer=lambda request: text) as provider:
        reply = asked(at(provider), tools=(WEATHER,))
        strict = asked(at(provider, lenient=False), tools=(WEATHER,))
    assert [call.name for call in reply.message.tool_calls] == ["weather"]
    assert (reply.lenient, reply.reasoning, reply.message.content) == (True, "Which?", "")
    assert (strict.lenient, strict.message.tool_calls) == (False, ())


@pytest.mark.parametrize(
    ("faults", "stream", "kinds"),
    [
        (["429:3", "500", "cut_json", "cut_body"], False, ["rate_limited", "server", "cut", "cut"]),
        (["503", "html", "empty", "error_body"], False, ["server", "malformed", "malformed", "server"]),
        (["cut_stream", "stream_error"], True, ["cut", "server"]),
    ],
)
def test_passing_failures_are_tried_again_and_told_apart(faults: list[str], stream: bool, kinds: list[Kind]) -> None:
    clock = Clock()
    with Provider(listed(*faults)) as provider:
        reply = asked(at(provider, clock, stream=stream))
        assert len(provider.requests) == len(faults) + 1
    assert list(reply.failures) == kinds
    assert json.loads(reply.message.content)["item"] == 7
    assert len(clock.slept) == len(faults)


def test_waiting_grows_and_never_undercuts_what_the_server_asked() -> None:
    patience = Patience(first=1.0, factor=2.0, longest=10.0)
    for number, limit in enumerate([1.0, 2.0, 4.0, 8.0, 10.0, 10.0], 1):
        assert limit / 2 <= patience.pause(number, None, Random(number)) <= limit
        assert 30 <= patience.pause(number, 30.0, Random(number)) <= 30 + limit / 2
    clock = Clock()
    with Provider(listed("429:17", "429:Wed, 21 Oct 2015 07:28:00 GMT", "429")) as provider:
        asked(at(provider, clock))
    assert 17 <= clock.slept[0] < 18
    assert all(seconds < 3 for seconds in clock.slept[1:])


def test_a_server_that_wants_to_be_left_alone_for_long_is_not_waited_for() -> None:
    clock = Clock()
    with Provider(lambda number: "429:86400") as provider:
        error = failed(at(provider, clock))
        assert len(provider.requests) == 1
    assert (error.kind, error.retry_after, clock.slept) == ("rate_limited", 86400.0, [])


def test_a_server_that_stalls_is_a_time_out_in_both_ways_of_answering() -> None:
    with Provider(lambda number: "stall" if number % 2 == 0 else "stream_stall", stall=0.6) as provider:
        whole = failed(at(provider, timeout=0.2, patience=Patience(attempts=1)))
        streamed = failed(at(provider, stream=True, silence=0.2, patience=Patience(attempts=1)))
        slow = failed(at(provider, stream=True, timeout=0.2, patience=Patience(attempts=1)))
    assert (whole.kind, streamed.kind, slow.kind) == ("timeout", "timeout", "timeout")


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("400", "refused", "answered 400: fault 400"),
        ("401", "refused", "set OPENAI_API_KEY to a key that is good there"),
        ("404", "refused", "is the address right, and the model's name"),
        ("402", "budget", "402"),
        ("quota", "budget", "exceeded your quota"),
    ],
)
def test_a_failure_that_lasts_is_not_tried_again(fault: str, kind: Kind, words: str) -> None:
    clock = Clock()
    with Provider(lambda number: fault) as provider:
        error = failed(at(provider, clock))
        assert len(provider.requests) == 1
    assert (error.kind, clock.slept) == (kind, [])
    assert words in str(error)


def test_attempts_are_bounded_and_all_told() -> None:
    with Provider(lambda number: "500") as provider:
        error = failed(at(provider, patience=Patience(attempts=3)))
        assert len(provider.requests) == 3
    assert error.attempts == ("server", "server", "server")
    assert "(3 attempts)" in str(error)


def test_nobody_at_the_address_is_said_in_one_sentence() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    model = OpenAI(
        Endpoint(model="m", url=f"http://me:secret@127.0.0.1:{port}/v1?x=1", patience=Patience(attempts=1)), key=KEY
    )
    error = failed(model)
    assert error.kind == "server"
    assert f"cannot connect to http://127.0.0.1:{port}/v1" in str(error)
    assert "secret" not in str(error) + repr(model)
    for wrong in ("localhost:8000", "ftp://x", "http://", "not an address"):
        with pytest.raises(EnvFactoryError, match="http://HOST:PORT/v1"):
            OpenAI(Endpoint(model="m", url=wrong))


def test_a_server_that_knows_no_schemas_is_asked_without_and_remembered() -> None:
    with Provider(lambda number: "refuse_format") as provider:
        model = at(provider)
        for _ in range(2):
            assert asked(model, form={"type": "object"}).failures == ()
        assert ["response_format" in request for request in provider.requests] == [True, False, False]
    with Provider(lambda number: "400") as provider:  # it is not the format that it minds
        error = failed_with_form(at(provider))
        assert len(provider.requests) == 2
    assert error.kind == "refused"


def failed_with_form(model: OpenAI) -> ModelFailed:
    with pytest.raises(ModelFailed) as caught:
        asked(model, form={"type": "object"})
    return caught.value


def test_a_key_is_in_no_error_no_log_and_no_record(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f"401:Incorrect API key provided: {KEY}; also sk-ab****wxyz"
    with Provider(listed(echo, f"500:{KEY}")) as provider, Run(tmp_path / "run", {}) as run:
        model = at(provider, patience=Patience(attempts=1))
        kept = Kept(model, run, "s")
        for _ in range(2):
            with pytest.raises(ModelFailed) as caught:
                asyncio.run(kept.reply(HELLO, ()))
            assert "[key]" in str(caught.value)
            assert "sk-" not in str(caught.value) + repr(caught.value.__cause__) + repr(caught.value.__context__)
        asyncio.run(kept.reply(HELLO, ()))
        assert KEY not in repr(model) + repr(vars(model.endpoint)) + model.identity
    assert KEY not in caplog.text
    assert KEY.encode() not in (tmp_path / "run").read_bytes()
    assert shown("https://user:pw@host/v1?key=1") == "https://host/v1"


def test_requests_at_once_shrink_when_it_is_too_much_and_grow_slowly() -> None:
    pace = Pace(8)
    pace.slower(0)
    assert pace.limit == 4
    pace.slower(0)  # the same burst
    assert pace.limit == 4
    pace.slower(1)
    assert pace.limit == 2
    for _ in range(3):
        pace.faster()
    assert 3 <= pace.limit < 3.5
    for _ in range(100):
        pace.faster()
    assert pace.limit == 8
    for _ in range(10):
        pace.slower(pace._changes)
    assert pace.limit == 1


def test_no_more_requests_are_under_way_than_the_pace_allows() -> None:
    refused = 4

    async def many(model: OpenAI) -> list[Reply]:
        requests = [Request(messages=(Message(role="user", content=f"item {n}"),)) for n in range(24)]
        return await asyncio.gather(*(model.respond(request) for request in requests))

    with Provider(lambda number: "429" if number < refused else "", delay=0.01) as provider:
        model = at(provider, workers=4)
        replies = asyncio.run(many(model))
        assert provider.most_under_way <= 4
        assert len(provider.requests) == 24 + refused
    assert [json.loads(reply.message.content)["item"] for reply in replies] == list(range(24))
    assert sum(len(reply.failures) for reply in replies) == refused
    assert model.pace.under_way == 0


def test_a_waiter_that_gives_up_loses_no_place() -> None:
    async def scene() -> int:
        pace = Pace(1)
        order: list[str] = []

        async def one(name: str, gate: asyncio.Event) -> None:
            async with pace:
                order.append(name)
                await gate.wait()

        gates = [asyncio.Event() for _ in range(3)]
        tasks = [asyncio.create_task(one(name, gate)) for name, gate in zip("abc", gates, strict=True)]
        await asyncio.sleep(0)
        gates[0].set()
        await asyncio.sleep(0)  # a is leaving and has woken b
        await asyncio.sleep(0)
        tasks[1].cancel()
        gates[2].set()
        await asyncio.wait_for(tasks[2], 1)
        assert order[-1] == "c"
        return pace.under_way

    assert asyncio.run(scene()) == 0
