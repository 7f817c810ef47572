"""Conversations as text, and which of its characters a model is trained on.

One rendering is used everywhere: what is trained on, what a token mask is made from, and what a model is shown. It is
byte-equal to the chat templates that the models publish (the Hermes form of tool use), as kept in TRL 1.16.0 under
`trl/chat_templates/`:

    qwen2.5          qwen2_5.jinja; a conversation without a system message gets Qwen's own. Also what TRL gives SmolLM2
    qwen3            qwen3_training.jinja: the form of qwen3.jinja that keeps a thinking block, often an empty one, in
                     every answer, because the published one removes earlier blocks and so changes a text already seen
    qwen3-instruct   qwen3_instruct_2507.jinja: no thinking block and no system message that nobody wrote; plain ChatML
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from envfactory.errors import RowError
from envfactory.messages import Message, ToolCall, ToolSchema

Template = Literal["qwen2.5", "qwen3", "qwen3-instruct"]

IGNORED = -100
"""The label of a token without loss, as in PyTorch's `CrossEntropyLoss(ignore_index=-100)`."""

QWEN_SYSTEM = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
"""What Qwen2.5's template says when the conversation has no system message."""

# The wording is the models' own: they were trained on these bytes.
_TOOLS_BEFORE = (
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>"
)
_TOOLS_AFTER = (
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments "
    "within <tool_call></tool_call> XML tags:\n<tool_call>\n"
    '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
)
_START, _END = "<|im_start|>", "<|im_end|>"
RESERVED = (_START, _END, "<|endoftext|>")
"""Single tokens of the models; in a message's own words they would forge a turn."""
CALL_MARKS = ("<tool_call>", "</tool_call>")


class Rendered(BaseModel, frozen=True):
    """A conversation as text."""

    text: str
    spans: tuple[tuple[int, int], ...]
    """Character ranges [start, end) that the agent produced, in order and apart: each message's words and calls, and
    the mark that ends its turn. All other text is masked."""

    def pieces(self) -> tuple[tuple[str, bool], ...]:
        """The text cut at the spans, each piece with whether it is trained on; joined they are the text."""
        pieces: list[tuple[str, bool]] = []
        position = 0
        for start, end in self.spans:
            pieces += [(self.text[position:start], False), (self.text[start:end], True)]
            position = end
        return tuple((text, trained) for text, trained in [*pieces, (self.text[position:], False)] if text)


class Tokenizer(Protocol):
    """Any tokenizer that says which characters each token stands for: every fast tokenizer of `transformers` does."""

    def __call__(self, text: str, *, add_special_tokens: bool, return_offsets_mapping: bool) -> Mapping[str, Any]:
        """`input_ids` (integers) and `offset_mapping` (one character range [start, end) a token)."""
        ...


class TokenRow(BaseModel, frozen=True):
    """A rendered conversation as tokens; both tuples have one entry a token."""

    input_ids: tuple[int, ...]
    loss_mask: tuple[int, ...]
    """1 where the agent produced the token, else 0."""

    @property
    def labels(self) -> tuple[int, ...]:
        """The ids where there is loss, `IGNORED` elsewhere (a causal trainer shifts them itself)."""
        return tuple(
            token if trained else IGNORED for token, trained in zip(self.input_ids, self.loss_mask, strict=True)
        )


def render(
    messages: Sequence[Message],
    tools: Sequence[ToolSchema] = (),
    *,
    template: Template = "qwen2.5",
    prompt: bool = False,
) -> Rendered:
    """A conversation as text, with what the agent produced marked.

    `prompt` adds the opening of the agent's next turn. Messages up to the end of any turn render to a prefix of the
    whole (tool results that follow each other are one turn), so a text already seen never changes. Raises RowError for
    words that hold a mark of the template, because they would be read as a turn or a call.
    """
    text: list[str] = []
    spans: list[tuple[int, int]] = []
    length = 0

    def put(piece: str) -> None:
        nonlocal length
        text.append(piece)
        length += len(piece)

    rest = list(messages)
    opening = _opening(rest.pop(0).content if rest and rest[0].role == "system" else None, tools, template)
    if opening is not None:
        put(f"{_START}system\n{opening}{_END}\n")
    for place, message in enumerate(rest):
        _refuse_marks(message)
        if message.role == "assistant":
            put(f"{_START}assistant\n")
            start = length
            put(_answer(message, template) + _END)
            spans.append((start, length))
            put("\n")
        elif message.role == "tool":
            if place == 0 or rest[place - 1].role != "tool":
                put(f"{_START}user")
            put(f"\n<tool_response>\n{message.content}\n</tool_response>")
            if place == len(rest) - 1 or rest[place + 1].role != "tool":
                put(f"{_END}\n")
        else:
            put(f"{_START}{message.role}\n{message.content}{_END}\n")
    if prompt:
        put(f"{_START}assistant\n")
    return Rendered(text="".join(text), spans=tuple(spans))


def token_row(rendered: Rendered, tokenizer: Tokenizer) -> TokenRow:
    """A rendered conversation as token ids and a loss mask.

    A token has loss when it lies wholly in what the agent produced: one that reaches into the text before could never
    be sampled after that text. Tokens without characters have none.
    """
    encoded = tokenizer(rendered.text, add_special_tokens=False, return_offsets_mapping=True)
    spans = iter(rendered.spans)
    span = next(spans, None)
    mask: list[int] = []
    for start, end in encoded["offset_mapping"]:
        while span is not None and span[1] <= start:
            span = next(spans, None)
        mask.append(int(span is not None and span[0] <= start < end <= span[1]))
    return TokenRow(input_ids=tuple(encoded["input_ids"]), loss_mask=tuple(mask))


def _opening(system: str | None, tools: Sequence[ToolSchema], template: Template) -> str | None:
    if system is None and template == "qwen2.5":
        system = QWEN_SYSTEM
    _refuse(system or "", RESERVED, "the system message")
    if not tools:
        return system
    # Qwen2.5 and Qwen3 agree but for a conversation without a system message.
    lines = "".join("\n" + _json(tool.as_openai()) for tool in tools)
    _refuse(lines, RESERVED, "a tool's description")
    return ("" if system is None else f"{system}\n\n") + _TOOLS_BEFORE + lines + _TOOLS_AFTER


def _answer(message: Message, template: Template) -> str:
    calls = "\n".join(_call(call, template) for call in message.tool_calls)
    words, thinking = message.content, ""
    if template == "qwen3":
        thoughts = ""
        if "</think>" in words:
            thoughts = words.split("</think>")[0].rstrip("\n").split("<think>")[-1].strip("\n")
            words = words.split("</think>")[-1].lstrip("\n")
        thinking = f"<think>\n{thoughts}\n</think>\n\n"
    between = "\n" if words and calls else ""
    return thinking + (words.lstrip("\n") if thinking else words) + between + calls


def _call(call: ToolCall, template: Template) -> str:
    # Arguments that are no object: Qwen3's templates print the text as it came, Qwen2.5's as a JSON string.
    raw = isinstance(call.arguments, str) and template != "qwen2.5"
    arguments = call.arguments if raw else _json(call.arguments)
    return f'<tool_call>\n{{"name": "{call.name}", "arguments": {arguments}}}\n</tool_call>'


def _json(value: object) -> str:
    """As `tojson` of `transformers` writes it: spaces after commas and colons, letters kept, keys as they come."""
    return json.dumps(value, ensure_ascii=False)


def _refuse_marks(message: Message) -> None:
    _refuse(message.content, RESERVED, f"a message of role {message.role}")
    if message.role == "assistant":
        _refuse(message.content, CALL_MARKS, "the agent's text")
        for call in message.tool_calls:
            _refuse(_json(call.arguments), (*RESERVED, *CALL_MARKS), f"a call of {call.name}")


def _refuse(text: str, marks: Sequence[str], where: str) -> None:
    for mark in marks:
        if mark in text:
            raise RowError(
                f"{where} holds {mark}, which the chat template reads as its own; leave this conversation out"
            )
