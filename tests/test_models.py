"""Models: answers repaired, replies kept, counted and replayed, names and settings read."""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest
from faulty_provider import Provider
from model_worlds import HELLO, KEY, WEATHER, at, listed
from pydantic import BaseModel, Field

from envfactory.errors import BudgetSpent, EnvFactoryError, FileError, MissingExtra, UnknownName, Unrecorded
from envfactory.messages import Message
from envfactory.models.ask import ask, plain_schema, tally
from envfactory.models.kept import Kept
from envfactory.models.load import model_named
from envfactory.models.model import Allowance, ModelFailed, Reply, Request, respond
from envfactory.models.offline import Scripted, calling
from envfactory.models.openai import OpenAI
from envfactory.models.recorded import Tape, write_tape
from envfactory.models.retry import Patience
from envfactory.runs import Budget, Run, Spent
from envfactory.settings import read_settings


class City(BaseModel):
    """A city."""

    name: str
    people: int = Field(ge=1)
    kind: Literal["town", "city"] = "city"


# Asking


def test_an_answer_that_fits_is_accepted_at_once_and_its_schema_was_shown() -> None:
    heard: list[Request] = []

    class Listening(Scripted):
        identity = "listening"
        allowance = Allowance()

        async def respond(self, request: Request) -> Reply:
            heard.append(request)
            return Reply(message=await self.reply(request.messages, request.tools))

    model = Listening(['Here:\n```json\n{"name": "Oslo", "people": 700000}\n```'])
    done = asyncio.run(ask(model, "Name a city.", City, context="In Norway.", role="designer", prompt="v1", sample=2))
    assert done.answer == City(name="Oslo", people=700_000)
    assert (done.outcome, done.rounds, done.role) == ("accepted", (), "designer")
    system, user = heard[0].messages
    assert system.content.startswith("Name a city.\n\nAnswer with one JSON object")
    assert '"minimum": 1' in system.content
    assert (user.role, user.content) == ("user", "In Norway.")
    assert (heard[0].form, heard[0].prompt, heard[0].sample) == (plain_schema(City), "v1", 2)


def test_a_wrong_answer_is_shown_its_exact_problems_and_mended() -> None:
    heard: list[list[Message]] = []

    class Listening(Scripted):
        async def reply(self, messages: Any, tools: Any) -> Message:
            heard.append(list(messages))
            return await super().reply(messages, tools)

    model = Listening(
        [
            '{"people": 0, "kind": "village"}',
            '{"name": "Oslo", "people": 5',
            '{"name": "Oslo", "people": 5}',
        ]
    )
    done = asyncio.run(ask(model, "Name a city.", City, repairs=2))
    assert done.answer == City(name="Oslo", people=5)
    assert done.outcome == "repaired"
    assert done.rounds[0] == (
        "name: Field required",
        "people: Input should be greater than or equal to 1 (it is 0)",
        "kind: Input should be 'town' or 'city' (it is \"village\")",
    )
    assert "breaks off at its end" in done.rounds[1][0]
    assert [message.role for message in heard[2]] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert heard[1][2].content == '{"people": 0, "kind": "village"}'
    assert "- name: Field required\n- people: Input should" in heard[1][3].content


def test_an_answer_that_stays_wrong_is_rejected_after_a_bounded_number_of_repairs() -> None:
    model = Scripted(["no", "still no", calling(("weather", {})), "never asked for"])
    done = asyncio.run(ask(model, "Name a city.", City, repairs=2))
    assert (done.outcome, done.answer, len(done.replies)) == ("rejected", None, 3)
    assert done.rounds[2] == ("the answer is a call of 'weather', not a JSON object",)
    assert asyncio.run(model.reply((), ())).content == "never asked for"


def test_what_a_check_finds_goes_into_the_same_repairs() -> None:
    model = Scripted(['{"name": "Atlantis", "people": 5}', '{"name": "Oslo", "people": 5}'])
    real = {"Oslo"}
    done = asyncio.run(
        ask(model, "Name a city.", City, check=lambda city: [] if city.name in real else [f"no city {city.name}"])
    )
    assert (done.outcome, done.rounds) == ("repaired", (("no city Atlantis",),))


def test_an_answer_cut_at_the_length_limit_is_told_so() -> None:
    class Cut(Scripted):
        identity = "cut"
        allowance = Allowance()

        async def respond(self, request: Request) -> Reply:
            return Reply(message=await self.reply(request.messages, request.tools), finish="length")

    done = asyncio.run(ask(Cut(['{"name": "Os', '{"name": "Oslo", "people": 5}']), "Name a city.", City))
    assert done.rounds[0][0] == "the answer was cut off at the length limit: write a shorter one"
    assert done.outcome == "repaired"


def test_how_asking_went_is_counted_by_role() -> None:
    good, bad = '{"name": "Oslo", "people": 5}', "?"

    async def scene() -> list[Any]:
        return [
            await ask(Scripted([good]), "", City, role="designer"),
            await ask(Scripted([bad, good]), "", City, role="designer"),
            await ask(Scripted([bad]), "", City, role="coder", repairs=0),
        ]

    counts = tally(asyncio.run(scene()))
    assert {role: (t.accepted, t.repaired, t.rejected) for role, t in counts.items()} == {
        "coder": (0, 0, 1),
        "designer": (1, 1, 0),
    }


def test_infrastructure_is_no_wrong_answer() -> None:
    with pytest.raises(ModelFailed):
        asyncio.run(ask(Scripted(["?", ModelFailed("down")]), "", City))


def test_a_schema_is_shown_without_noise_but_keeps_a_field_called_title() -> None:
    class Book(BaseModel):
        title: str
        author: City

    schema = plain_schema(Book)
    assert schema["title"] == "Book"
    assert schema["properties"]["title"] == {"type": "string"}
    assert schema["$defs"]["City"]["properties"]["people"] == {"minimum": 1, "type": "integer"}


# Keeping


def test_a_reply_that_is_there_is_never_paid_for_again(tmp_path: Path) -> None:
    with Provider() as provider:
        with Run(tmp_path / "run", {}) as run:
            first = asyncio.run(respond(Kept(at(provider), run, "design"), Request(messages=HELLO)))
        with Run(tmp_path / "run", {}, resume=True) as run:
            kept = Kept(at(provider), run, "design")
            assert asyncio.run(respond(kept, Request(messages=HELLO))) == first
            assert asyncio.run(kept.reply(HELLO, ())) == first.message
            assert len(provider.requests) == 1
            for other in (
                Request(messages=HELLO, sample=1),
                Request(messages=HELLO, prompt="v2"),
                Request(messages=HELLO, tools=(WEATHER,)),
                Request(messages=HELLO, form={"type": "object"}),
            ):
                asyncio.run(respond(kept, other))
            asyncio.run(respond(Kept(at(provider, options={"temperature": 1}), run, "design"), Request(messages=HELLO)))
            assert len(provider.requests) == 6
            assert run.ledger()["design"].replies == 6


def test_the_same_question_asked_at_once_is_sent_once(tmp_path: Path) -> None:
    async def scene(kept: Kept) -> list[Message]:
        stages = [kept.at("one"), kept.at("two"), kept]
        return await asyncio.gather(*(stage.reply(HELLO, ()) for stage in stages))

    with Provider(delay=0.02) as provider, Run(tmp_path / "run", {}) as run:
        replies = asyncio.run(scene(Kept(at(provider), run, "zero")))
        assert len(provider.requests) == 1
        assert replies[0] == replies[1] == replies[2]


def test_one_who_waits_for_a_question_that_is_given_up_asks_it(tmp_path: Path) -> None:
    async def scene(kept: Kept) -> Message:
        leader = asyncio.create_task(kept.reply(HELLO, ()))
        await asyncio.sleep(0.02)
        follower = asyncio.create_task(kept.reply(HELLO, ()))
        await asyncio.sleep(0.02)
        leader.cancel()
        return await follower

    with Provider(delay=0.1) as provider, Run(tmp_path / "run", {}) as run:
        assert "7" in asyncio.run(scene(Kept(at(provider), run, "s"))).content
        assert run.ledger()["s"].failures == {"killed": 1}
        assert run.dead_letters() == []


def test_the_ledger_counts_tokens_money_and_failures_by_stage(tmp_path: Path) -> None:
    with Provider(listed("429", "cut_json")) as provider, Run(tmp_path / "run", {}) as run:
        model = at(provider, price_in=1.0, price_out=2.0, options={"max_tokens": 100})
        kept = Kept(model, run, "design")
        asyncio.run(kept.reply(HELLO, ()))
        asyncio.run(kept.at("code").reply((Message(role="user", content="other"),), ()))
        ledger = run.ledger()
        tokens, cost = run.spent()
    assert list(ledger) == ["code", "design"]
    assert ledger["code"].model_copy(update={"seconds": 0.0}) == Spent(
        replies=1, tokens_in=100, tokens_out=50, cost=0.0002
    )
    assert ledger["design"].failures == {"cut": 1, "rate_limited": 1}
    assert ledger["design"].lost_tokens > 100  # the cut reply may have been billed
    assert tokens == 300 + ledger["design"].lost_tokens
    assert cost == pytest.approx(0.0004 + ledger["design"].lost_cost)


def test_what_never_got_an_answer_is_a_dead_letter_until_it_does(tmp_path: Path) -> None:
    with Provider(listed("500", "500")) as provider, Run(tmp_path / "run", {}) as run:
        kept = Kept(at(provider, patience=Patience(attempts=2)), run, "code")
        with pytest.raises(ModelFailed):
            asyncio.run(kept.reply(HELLO, ()))
        letter = run.dead_letters()[0]
        assert (letter.stage, letter.kind) == ("code", "server")
        assert "answered 500: fault 500 (2 attempts)" in letter.message
        asyncio.run(kept.reply(HELLO, ()))
        assert run.dead_letters() == []
        assert run.ledger()["code"].failures == {"server": 2}


def test_a_budget_stops_a_run_before_the_request_and_a_larger_one_goes_on(tmp_path: Path) -> None:
    async def ask_all(kept: Kept) -> int:
        results = await asyncio.gather(
            *(kept.reply((Message(role="user", content=f"item {n}"),), ()) for n in range(10)), return_exceptions=True
        )
        assert all(isinstance(result, Message | BudgetSpent) for result in results)
        return sum(isinstance(result, Message) for result in results)

    with Provider() as provider:
        model = at(provider, options={"max_tokens": 50}, workers=4)
        allowance = Allowance(reply_tokens=100, bytes_a_token=0.7)  # 172 tokens are set aside, 150 spent
        with Run(tmp_path / "run", {}, budget=Budget(tokens=1000)) as run:
            done = asyncio.run(ask_all(Kept(model, run, "s", allowance=allowance)))
            spent = run.spent()[0]
        assert done == len(provider.requests)
        assert spent == done * 150
        assert done == 6  # 900 are spent: a request is sent only when all that it may take is still there
        with Run(tmp_path / "run", {}, resume=True, budget=Budget(tokens=100_000)) as run:
            assert asyncio.run(ask_all(Kept(model, run, "s", allowance=allowance))) == 10
        assert len(provider.requests) == 10


def test_a_request_waits_when_only_those_under_way_stand_in_its_way(tmp_path: Path) -> None:
    async def scene(kept: Kept) -> None:
        await asyncio.gather(*(kept.reply((Message(role="user", content=f"item {n}"),), ()) for n in range(3)))

    with Provider(delay=0.02) as provider, Run(tmp_path / "run", {}, budget=Budget(tokens=1350)) as run:
        model = at(provider)
        asyncio.run(scene(Kept(model, run, "s", allowance=Allowance(reply_tokens=1000))))
        assert provider.most_under_way == 1
        assert run.spent()[0] == 450
        with pytest.raises(BudgetSpent, match="raise the budget and add --resume"):
            asyncio.run(Kept(model, run, "s", allowance=Allowance(reply_tokens=1000)).reply(HELLO, ()))


def test_money_is_a_budget_too(tmp_path: Path) -> None:
    with Provider() as provider, Run(tmp_path / "run", {}, budget=Budget(cost=0.001)) as run:
        model = at(provider, price_out=20.0, options={"max_tokens": 50})
        with pytest.raises(BudgetSpent, match="US dollars"):
            asyncio.run(ask_two(Kept(model, run, "s")))
        assert len(provider.requests) == 1
        assert run.spent()[1] == pytest.approx(0.001)


async def ask_two(kept: Kept) -> None:
    await kept.reply(HELLO, ())
    await kept.reply((Message(role="user", content="again"),), ())


# Tapes


def recorded(folder: Path, questions: list[str]) -> Path:
    with Provider() as provider, Run(folder / "run", {}) as run:
        kept = Kept(at(provider), run, "design")
        for question in questions:
            asyncio.run(kept.reply((Message(role="user", content=question),), ()))
        tape = folder / "deep" / "tape.jsonl"
        count = write_tape(run, tape, made="2026-11-22", endpoint="test server", by="a function of the request")
    assert count == len(questions)
    return tape


def test_a_tape_replays_what_was_answered_and_needs_no_endpoint(tmp_path: Path) -> None:
    path = recorded(tmp_path, ["item 1\u2028two lines", "item 2"])
    tape = model_named(f"offline:tape={path}")
    reply = asyncio.run(respond(tape, Request(messages=(Message(role="user", content="item 2"),))))
    assert json.loads(reply.message.content)["item"] == 2
    assert reply.usage.tokens_in == 100
    assert tape.name == "openai:m"
    header = json.loads(path.read_text().split("\n")[0])
    assert header == {
        "tape": 1,
        "made": "2026-11-22",
        "endpoint": "test server",
        "by": "a function of the request",
        "note": "",
        "identity": "openai:m",
    }
    with Run(tmp_path / "again", {}) as run:  # a run on a tape can be taped again: the same bytes
        kept = Kept(tape, run, "design")
        for question in ("item 1\u2028two lines", "item 2"):
            asyncio.run(kept.reply((Message(role="user", content=question),), ()))
        write_tape(run, tmp_path / "copy", made="2026-11-22", endpoint="test server", by="a function of the request")
    assert (tmp_path / "copy").read_bytes() == path.read_bytes()


def test_a_request_that_is_not_on_the_tape_is_told_where_it_departs(tmp_path: Path) -> None:
    tape = Tape(recorded(tmp_path, ["Design a hotel.", "Design a bakery with an oven."]))
    with pytest.raises(Unrecorded) as caught:
        asyncio.run(tape.reply((Message(role="user", content="Design a bakery with two ovens."),), ()))
    assert "nearest to line 3 and differs from it first in message 0 (user), character 21" in str(caught.value)
    assert "'Design a bakery with two ovens.' is asked" in str(caught.value)
    with pytest.raises(Unrecorded, match="differs from it first in the tools"):
        asyncio.run(tape.reply((Message(role="user", content="Design a hotel."),), [WEATHER]))
    with pytest.raises(Unrecorded, match="differs from it first in the sample"):
        asyncio.run(tape.respond(Request(messages=(Message(role="user", content="Design a hotel."),), sample=1)))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: "", "is empty"),
        (lambda text: "{}\n" + text, "does not begin with the header"),
        (lambda text: text[:-40], "line 2, is no reply"),
        (lambda text: text.replace('"tape":1', '"tape":2'), "header of a tape: tape"),
    ],
)
def test_a_damaged_tape_is_said_in_one_sentence(damage: Callable[[str], str], words: str, tmp_path: Path) -> None:
    path = recorded(tmp_path, ["item 1"])
    path.write_text(damage(path.read_text()))
    with pytest.raises(FileError, match=words):
        Tape(path)
    with pytest.raises(FileError, match="cannot read the tape"):
        Tape(tmp_path / "missing")


def test_a_tape_holds_one_model(tmp_path: Path) -> None:
    with Run(tmp_path / "run", {}) as run:
        with pytest.raises(FileError, match="holds those of: none"):
            write_tape(run, tmp_path / "t", made="", endpoint="", by="")
        for name in ("a", "b"):
            asyncio.run(Kept(Scripted(["x"], name=name), run, "s").reply(HELLO, ()))
        with pytest.raises(FileError, match="holds those of: a, b"):
            write_tape(run, tmp_path / "t", made="", endpoint="", by="")
        assert write_tape(run, tmp_path / "t", made="", endpoint="", by="", model="b") == 1


# Names and settings


def test_models_are_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    served = model_named("openai:org/model@v2@http://127.0.0.1:9/v1")
    assert isinstance(served, OpenAI)
    assert (served.endpoint.model, served.endpoint.url) == ("org/model@v2", "http://127.0.0.1:9/v1")
    with pytest.raises(EnvFactoryError, match="OPENAI_BASE_URL"):
        model_named("openai:m")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert model_named("openai:m").name == "openai:m"
    for unknown in ("", "oracle", "openai:", "offline:tap=x", "azure:m", "local:"):
        with pytest.raises(UnknownName, match=r"write one of .*openai:NAME@http"):
            model_named(unknown)


def test_a_local_model_needs_its_extra_and_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    with pytest.raises(MissingExtra, match=r"envfactory\[local\]"):
        model_named("local:model.gguf")


def test_a_local_model_is_asked_as_llama_cpp_wants_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Llama:
        heard: list[dict[str, Any]] = []

        def __init__(self, model_path: str, n_ctx: int, n_threads: int | None, verbose: bool) -> None:
            if Path(model_path).read_text() != "GGUF":
                raise ValueError("no magic")

        def create_chat_completion(self, **body: Any) -> dict[str, Any]:
            self.heard.append(body)
            if len(body["messages"][0]["content"]) > 100:
                raise ValueError("Requested tokens exceed the context window")
            text = '<tool_call>{"name": "weather", "arguments": {}}</tool_call>'
            choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            return {"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}

    monkeypatch.setitem(sys.modules, "llama_cpp", SimpleNamespace(Llama=Llama))
    (tmp_path / "small.gguf").write_text("GGUF")
    (tmp_path / "bad.gguf").write_text("?")
    model = model_named(f"local:{tmp_path / 'small.gguf'}")
    reply = asyncio.run(model.respond(Request(messages=HELLO, tools=(WEATHER,), form={"type": "object"})))
    assert Llama.heard == [
        {
            "messages": [{"role": "user", "content": "Hello 7"}],
            "tools": [WEATHER.as_openai()],
            "response_format": {"type": "json_object", "schema": {"type": "object"}},
            "temperature": 0.0,
            "max_tokens": 1024,
        }
    ]
    assert ([call.name for call in reply.message.tool_calls], reply.lenient) == (["weather"], True)
    assert (reply.usage.tokens_in, reply.usage.tokens_out, model.name) == (3, 2, "local:small")
    with pytest.raises(ModelFailed, match="exceed the context") as caught:
        asyncio.run(model.respond(Request(messages=(Message(role="user", content="x" * 101),))))
    assert caught.value.kind == "refused"
    for name, words in (("bad.gguf", "cannot be loaded as a GGUF model: no magic"), ("none.gguf", "there is no file")):
        with pytest.raises(FileError, match=words):
            model_named(f"local:{tmp_path / name}")


def test_settings_name_endpoints_and_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENVFACTORY_SETTINGS", raising=False)
    monkeypatch.setenv("DESK_KEY", KEY)
    assert read_settings().models == {}
    (tmp_path / "envfactory.toml").write_text(
        '[models.desk]\nmodel = "d"\nurl = "http://127.0.0.1:8777/v1"\nkey_variable = "DESK_KEY"\n'
        "options = { max_tokens = 9 }\n[models.desk.patience]\nattempts = 2\n[generate]\nlimit = 5\n"
    )
    settings = read_settings()
    assert settings.arguments("generate") == {"limit": 5}
    assert settings.arguments("play") == {}
    desk = model_named("openai:desk", settings.models)
    assert isinstance(desk, OpenAI)
    assert (desk.endpoint.model, desk.endpoint.patience.attempts, desk.allowance.reply_tokens) == ("d", 2, 9)
    assert KEY not in repr(settings)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[generat]\nlimit = 1", r"did you mean \[generate\]"),
        ("limit = 1", r"\[limit\] is no table"),
        ("[models.x]\nurl = 'u'", "models.x.model: Field required"),
        ("[models.x]\napi_key = 'sk-secret-123'", "a key does not belong in a file"),
        ("[models", "is no TOML"),
    ],
)
def test_settings_that_say_nothing_known_are_refused(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text)
    with pytest.raises(FileError, match=words) as caught:
        read_settings(path)
    assert "sk-secret" not in str(caught.value)
    with pytest.raises(FileError, match="cannot read the settings"):
        read_settings(tmp_path / "missing.toml")


def test_a_tape_may_be_compressed(tmp_path: Path) -> None:
    plain = recorded(tmp_path, ["item 1", "item 2"])
    packed = tmp_path / "tape.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    request = Request(messages=(Message(role="user", content="item 2"),))
    assert asyncio.run(respond(Tape(packed), request)) == asyncio.run(respond(Tape(plain), request))
    packed.write_bytes(plain.read_bytes())
    with pytest.raises(FileError, match="not compressed"):
        Tape(packed)
