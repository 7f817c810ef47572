"""One training row: what may become one, and its shape in each format.

The shapes are those that the trainers' own loaders read: TRL 1.16.0 (`docs/source/dataset_formats.md`), LLaMA-Factory
0.9.5 (`data/converter.py`, `data/formatter.py`) and verl 0.9.1 (`utils/dataset/rl_dataset.py`,
`experimental/agent_loop/tool_agent_loop.py`).
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from typing import Any

from envfactory.errors import RowError, Unverified
from envfactory.messages import Message, ToolSchema, canonical
from envfactory.rollout.task import Task
from envfactory.rollout.trajectory import Trajectory
from envfactory.training.masks import CALL_MARKS, RESERVED, render
from envfactory.training.split import Split

Row = dict[str, Any]

OBSERVATIONS = "\n</tool_response>\n<tool_response>\n"
"""Between the results of parallel calls in one ShareGPT observation: what LLaMA-Factory's own converter puts there, so
that its Qwen templates give the same text as the models'."""


def check_certified(task: Task) -> None:
    """Raises Unverified for a task that was not proved, whose proof failed, or that changed since."""
    cure = "certify it with: envfactory generate"
    proof = task.proof
    if proof is None:
        raise Unverified(f"task {task.id} has no proof and is not exported; {cure}")
    if proof.gold < 1 or proof.idle >= proof.gold or proof.killed < proof.mutants or proof.leaks:
        raise Unverified(
            f"task {task.id} was not proved (gold {proof.gold:g}, idle {proof.idle:g}, {proof.killed} of "
            f"{proof.mutants} mutants fail, {proof.leaks} leaks) and is not exported; {cure}"
        )
    if task.named().id != task.id:
        raise Unverified(f"task {task.id} was changed after it was certified; {cure}")


def flaw(trajectory: Trajectory) -> str | None:
    """Why nobody should learn from an attempt, although it may have passed; None when it is fit.

    These are the agent's doings, so they are data: counted, not errors.
    """
    if trajectory.ending != "done":
        return "did not end well"
    offered = {tool.name for tool in trajectory.tools}
    for message in trajectory.messages:
        if message.role != "assistant":
            continue
        if any(isinstance(call.arguments, str) for call in message.tool_calls):
            return "have calls that cannot be read"
        if any(call.name not in offered for call in message.tool_calls):
            return "call a tool that was not offered"
        said = message.content + canonical([call.arguments for call in message.tool_calls])
        if any(mark in said for mark in (*RESERVED, *CALL_MARKS)):
            return "write marks of the chat template as text"
    return "have messages that cannot be read" if trajectory.malformed else None


def check_conversation(task: Task, trajectory: Trajectory) -> None:
    """Raises RowError, naming the task, for a conversation that trainers misread or silently empty.

    It is: at most one system message, first; then turns of one user message, any number of (agent's calls, their
    results), and one answer. Each call has arguments that are an object and one result, in the order of the calls.
    """

    def wrong(problem: str) -> RowError:
        return RowError(f"the attempt at {task.id} is no training row: {problem}; play the task again")

    messages = trajectory.messages
    start = int(bool(messages) and messages[0].role == "system")
    expect, place = "user", start
    while place < len(messages):
        message = messages[place]
        if message.role != expect:
            raise wrong(f"message {place} is of role {message.role}, where {expect} should speak")
        if message.role != "assistant" and message.tool_calls:
            raise wrong(f"message {place} of role {message.role} makes calls")
        place += 1
        if message.role == "user":
            expect = "assistant"
        elif not message.tool_calls:
            expect = "user"
        else:
            for call in message.tool_calls:
                if isinstance(call.arguments, str):
                    raise wrong(f"the arguments of {call.name} are no object")
                answer = messages[place] if place < len(messages) else None
                if answer is None or answer.role != "tool" or answer.tool_call_id != call.id:
                    raise wrong(f"the call {call.id} of {call.name} has no result in its place")
                if answer.name not in (None, call.name):
                    raise wrong(f"the result of {call.name} is said to be of {answer.name}")
                place += 1
            if len({call.id for call in message.tool_calls}) < len(message.tool_calls):
                raise wrong("two calls of one message have one id")
    if expect != "user" or len(messages) == start:
        raise wrong("it ends before the agent's answer" if len(messages) > start else "nobody speaks")
    try:
        render(messages, trajectory.tools)
    except RowError as error:
        raise wrong(str(error).partition(";")[0]) from error


def shuffled(tools: Iterable[ToolSchema], key: str) -> tuple[ToolSchema, ...]:
    """The tools in an order that `key` fixes.

    A model trained on one order fails on another: SmolLM2-135M went from 16 of 16 tasks to 0 of 8 with the order
    changed, and stayed at 8 of 8 in both when each row had its own.
    """
    order = sorted(tools, key=lambda tool: tool.name)
    random.Random(f"tools/{key}").shuffle(order)
    return tuple(order)


def sft_row(messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Row:
    """`{"messages", "tools"}` of TRL: arguments are objects, and no key is there without a value."""
    return {"messages": [_trl(message) for message in messages], "tools": [tool.as_openai() for tool in tools]}


def _trl(message: Message) -> Row:
    row: Row = {"role": message.role, "content": message.content}
    if message.tool_calls:
        row["tool_calls"] = [
            {"type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if message.role == "tool" and message.name is not None:
        row["name"] = message.name
    return row


def sharegpt_row(messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Row:
    """`{"conversations", "system", "tools"}` of LLaMA-Factory; `tools` is JSON text.

    People and results (`human`, `observation`) take turns with the agent (`gpt`, `function_call`). Parallel calls are
    one `function_call` that holds a JSON list, their results one observation. Words beside calls have no place in the
    format and are left out; `words_beside_calls` counts them.
    """
    turns: list[dict[str, str]] = []
    results: list[str] = []

    def settle() -> None:
        if results:
            turns.append({"from": "observation", "value": OBSERVATIONS.join(results)})
            results.clear()

    for message in messages:
        if message.role == "tool":
            results.append(message.content)
            continue
        settle()
        if message.role == "user":
            turns.append({"from": "human", "value": message.content})
        elif message.tool_calls:
            calls = [{"name": call.name, "arguments": call.arguments} for call in message.tool_calls]
            turns.append({"from": "function_call", "value": json.dumps(calls, ensure_ascii=False)})
        elif message.role == "assistant":
            turns.append({"from": "gpt", "value": message.content})
    settle()
    system = messages[0].content if messages[0].role == "system" else ""
    schemas = [tool.as_openai()["function"] for tool in tools]
    return {"conversations": turns, "system": system, "tools": json.dumps(schemas, ensure_ascii=False)}


def words_beside_calls(messages: Iterable[Message]) -> int:
    """How many messages hold both words and calls."""
    return sum(bool(message.content and message.tool_calls) for message in messages)


def dataset_info(splits: Iterable[Split]) -> Row:
    """What LLaMA-Factory's `dataset_info.json` says about the ShareGPT files beside it."""
    return {
        f"envfactory_{split}": {
            "file_name": f"{split}.jsonl",
            "formatting": "sharegpt",
            "columns": {"messages": "conversations", "system": "system", "tools": "tools"},
            "tags": {
                "role_tag": "from",
                "content_tag": "value",
                "user_tag": "human",
                "assistant_tag": "gpt",
                "observation_tag": "observation",
                "function_tag": "function_call",
                "system_tag": "system",
            },
        }
        for split in splits
    }


def rl_row(task: Task, trajectory: Trajectory, tools: Sequence[ToolSchema], split: Split) -> Row:
    """A task to be played and scored: the prompt, what the user says later, the tools, and the whole task.

    The system message is that of `trajectory`, any attempt at the task.
    """
    first = trajectory.messages[:1]
    prompt = [*(m for m in first if m.role == "system"), Message(role="user", content=task.turns[0].query)]
    return {
        "id": task.id,
        "split": split,
        "environments": [setting.environment for setting in task.settings],
        "settings": [setting.model_dump(mode="json") for setting in task.settings],
        "seed": task.seed,
        "prompt": [{"role": message.role, "content": message.content} for message in prompt],
        "user_turns": [turn.query for turn in task.turns[1:]],
        "tools": [tool.as_openai() for tool in tools],
        "task": task.model_dump(mode="json"),
    }


def verl_row(row: Row, index: int) -> Row:
    """The same for verl, from an RL row.

    `extra_info.tool_selection` names the row's tools among those that the tool configuration registers; an agent loop
    of one's own reads their full schemas from `extra_info.tools` (JSON text), since verl's schema class drops nested
    ones. Every tool is created with the id of the task.
    """
    names = [tool["function"]["name"] for tool in row["tools"]]
    return {
        "data_source": "envfactory",
        "prompt": row["prompt"],
        "ability": "tool_use",
        "reward_model": {"style": "rule", "ground_truth": canonical(row["task"])},
        "extra_info": {
            "index": index,
            "split": row["split"],
            "id": row["id"],
            "seed": row["seed"],
            "environments": row["environments"],
            "user_turns": row["user_turns"],
            "tool_selection": names,
            "tools": json.dumps(row["tools"], ensure_ascii=False),
            "need_tools_kwargs": bool(names),
            "tools_kwargs": {name: {"create_kwargs": {"task": row["id"]}} for name in names},
        },
        "agent_name": "tool_agent",
    }
