"""Certified tasks and attempts at them, written in the formats trainers read.

OUTPUT/sft/SPLIT.jsonl         whole conversations for TRL
OUTPUT/sharegpt/SPLIT.jsonl    the same for LLaMA-Factory, with dataset_info.json beside
OUTPUT/rl/SPLIT.jsonl          tasks to be played and scored
OUTPUT/verl/SPLIT.parquet      the same for verl
OUTPUT/manifest.json           counts, hashes, the environments of each split, what was dropped and why
"""

from __future__ import annotations

import hashlib
import importlib
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel

from envfactory.errors import FileError, RowError, UnknownName
from envfactory.rollout.task import Task
from envfactory.rollout.trajectory import Trajectory
from envfactory.training.rows import (
    Row,
    check_certified,
    check_conversation,
    dataset_info,
    flaw,
    rl_row,
    sft_row,
    sharegpt_row,
    shuffled,
    verl_row,
    words_beside_calls,
)
from envfactory.training.split import SPLITS, Shares, Split, plan_split

Format = Literal["sft", "sharegpt", "rl", "verl"]
FORMATS: tuple[Format, ...] = get_args(Format)

Passed = Callable[[Task, Trajectory], bool]
"""Whether an attempt earned its reward; only those that did are learnt from."""


class ExportedFile(BaseModel, frozen=True):
    """One file of rows."""

    path: str
    """Relative to the folder."""
    format: Format
    split: Split
    rows: int
    sha256: str


class Exported(BaseModel, frozen=True):
    """What an export wrote; `manifest.json` holds the same."""

    folder: Path
    seed: int
    shares: Shares
    files: tuple[ExportedFile, ...]
    """Splits without rows have none."""
    environments: dict[Split, tuple[str, ...]]
    dropped: dict[str, int]
    """What was left out: the reason, in words, and how many."""
    notes: tuple[str, ...]
    """What was not done as asked, a sentence each."""

    def rows(self, format: Format, split: Split | None = None) -> int:
        """Rows of a format, in one split or in all."""
        return sum(file.rows for file in self.files if file.format == format and split in (None, file.split))


def export(
    pairs: Iterable[tuple[Task, Trajectory]],
    output: Path,
    *,
    formats: Sequence[Format] = FORMATS,
    seed: int = 0,
    shares: Shares = (0.8, 0.1, 0.1),
    exclude_environments: Iterable[str] = (),
    passed: Passed | None = None,
) -> Exported:
    """Writes attempts and their tasks to `output`, and says what was written.

    Conversations (`sft`, `sharegpt`) are the attempts that `passed` says passed (without it: all that are given) and
    that ended well; tasks (`rl`, `verl`) are all that are given, once each. No environment is in two splits; tasks of
    `exclude_environments`, and those whose environments are in different splits, are dropped and counted. Files are
    written aside and renamed when all are complete, so a failed export leaves an earlier one as it was; the same
    arguments give the same bytes, in whatever order the pairs come.

    Raises Unverified for a task without a valid proof, RowError naming the task whose conversation no trainer could
    read, UnknownName for a format, FileError when `output` cannot be written.
    """
    for name in formats:
        if name not in FORMATS:
            raise UnknownName("format", name, FORMATS)
    given = list(pairs)
    excluded = frozenset(exclude_environments)
    absent = excluded.difference(setting.environment for task, _ in given for setting in task.settings)
    kept, dropped = _without(given, excluded)
    tasks = {task.id: task for task, _ in kept}
    sizes = Counter(frozenset(setting.environment for setting in task.settings) for task in tasks.values())
    plan = plan_split(sizes, shares=shares, seed=seed)
    splits: dict[str, Split | None] = {
        id: plan.of(setting.environment for setting in task.settings) for id, task in tasks.items()
    }
    apart = sum(split is None for split in splits.values())
    if apart:
        dropped["tasks whose environments are in different splits"] = apart
    attempts: dict[Split, list[tuple[Task, Trajectory]]] = {split: [] for split in SPLITS}
    for task, trajectory in kept:
        split = splits[task.id]
        if split is not None:
            attempts[split].append((task, trajectory))
    fit: dict[Split, list[tuple[Task, Trajectory]]] = {s: _fit(attempts[s], passed, dropped) for s in SPLITS}
    played: dict[Split, list[Row]] = {s: list(_rl_rows(attempts[s], seed, s)) for s in SPLITS}
    tools = {tool["function"]["name"] for rows in played.values() for row in rows for tool in row["tools"]}

    staged = _Staged(output)
    chosen: list[Format] = [name for name in FORMATS if name in formats]
    try:
        for name, split in itertools.product(chosen, SPLITS):
            match name:
                case "sft" | "sharegpt":
                    staged.lines(name, split, _conversations(name, fit[split], seed))
                case "rl":
                    staged.lines(name, split, ((row["id"], row) for row in played[split]))
                case "verl":
                    staged.table(name, split, [verl_row(row, at) for at, row in enumerate(played[split])], tools)
        if "sharegpt" in chosen:
            written: list[Split] = [file.split for file in staged.files if file.format == "sharegpt"]
            staged.text("sharegpt/dataset_info.json", _document(dataset_info(written)))
        exported = Exported(
            folder=output,
            seed=seed,
            shares=shares,
            files=tuple(staged.files),
            environments={s: tuple(n for n, home in plan.environments.items() if home == s) for s in SPLITS},
            dropped=dict(sorted(dropped.items())),
            notes=(
                *(plan.notes if tasks else ("there is nothing to export",)),
                *(f"no task is of the excluded environment {name}" for name in sorted(absent)),
                *_words(fit, chosen),
            ),
        )
        staged.text("manifest.json", _document(exported.model_dump(mode="json", exclude={"folder"})))
        staged.publish()
    except OSError as error:
        raise FileError(
            f"cannot write {output}: {error.strerror or error}; name a folder that you may write"
        ) from error
    finally:
        staged.clear()
    return exported


def _without(
    pairs: Iterable[tuple[Task, Trajectory]], excluded: frozenset[str]
) -> tuple[list[tuple[Task, Trajectory]], Counter[str]]:
    """The pairs in an order of their own, each task checked, and the tasks that were dropped."""
    kept: list[tuple[Task, Trajectory]] = []
    checked: set[str] = set()
    left_out: set[str] = set()
    for task, trajectory in sorted(pairs, key=lambda pair: (pair[0].id, pair[1].model, repr(pair[1]))):
        if task.id not in checked:
            check_certified(task)
            checked.add(task.id)
        if trajectory.task != task.id:
            raise RowError(f"an attempt at {trajectory.task} is given as one at {task.id}; pair each with its own task")
        if excluded.isdisjoint(setting.environment for setting in task.settings):
            kept.append((task, trajectory))
        else:
            left_out.add(task.id)
    return kept, Counter({"tasks of excluded environments": len(left_out)} if left_out else {})


def _fit(
    attempts: Iterable[tuple[Task, Trajectory]], passed: Passed | None, dropped: Counter[str]
) -> list[tuple[Task, Trajectory]]:
    """The attempts to learn from; the others are counted in `dropped`."""
    fit: list[tuple[Task, Trajectory]] = []
    seen: set[tuple[str, str]] = set()
    for task, trajectory in attempts:
        reason = flaw(trajectory)
        if passed is not None and not passed(task, trajectory):
            reason = "did not pass"
        if reason is None:
            check_conversation(task, trajectory)
            # Ids of calls say nothing about the conversation: rows do not hold them.
            said = (task.id, json.dumps(sft_row(trajectory.messages, ()), sort_keys=True))
            if said in seen:
                reason = "repeat another word for word"
            seen.add(said)
        if reason is None:
            fit.append((task, trajectory))
        else:
            dropped[f"attempts that {reason}"] += 1
    return fit


def _conversations(
    format: Literal["sft", "sharegpt"], attempts: Iterable[tuple[Task, Trajectory]], seed: int
) -> Iterator[tuple[str, Row]]:
    shape = sft_row if format == "sft" else sharegpt_row
    attempt: Counter[str] = Counter()
    for task, trajectory in attempts:
        tools = shuffled(trajectory.tools, f"{seed}/{task.id}/{attempt[task.id]}")
        attempt[task.id] += 1
        yield task.id, shape(trajectory.messages, tools)


def _rl_rows(attempts: Iterable[tuple[Task, Trajectory]], seed: int, split: Split) -> Iterator[Row]:
    done: set[str] = set()
    for task, trajectory in attempts:
        if task.id not in done:
            done.add(task.id)
            yield rl_row(task, trajectory, shuffled(trajectory.tools, f"{seed}/{task.id}"), split)


def _words(fit: dict[Split, list[tuple[Task, Trajectory]]], formats: Sequence[Format]) -> tuple[str, ...]:
    count = sum(words_beside_calls(trajectory.messages) for pairs in fit.values() for _, trajectory in pairs)
    if not count or "sharegpt" not in formats:
        return ()
    return (f"sharegpt has no place for words beside calls: those of {count} message{'s' * (count != 1)} are left out",)


def _document(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


class _Staged:
    """Files written under temporary names, and renamed together."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[ExportedFile] = []
        self._temporary: dict[Path, Path] = {}
        self._stale: list[Path] = []

    def lines(self, format: Format, split: Split, rows: Iterable[tuple[str, Row]]) -> None:
        """One line of JSON a row, each read back; raises RowError naming the task of a row that does not survive."""
        path = Path(format, f"{split}.jsonl")
        count = 0
        with self._aside(path).open("w", encoding="utf-8", newline="\n") as file:
            for task, row in rows:
                try:
                    line = json.dumps(row, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
                    line.encode()
                except ValueError as error:  # a number or a character that JSON cannot hold
                    raise RowError(f"the row of {task} is no JSON: {error}; generate the task again") from error
                if json.loads(line) != row:
                    raise RowError(f"the row of {task} reads back as another; generate the task again")
                file.write(line + "\n")
                count += 1
        self._settle(path, format, split, count)

    def table(self, format: Format, split: Split, rows: list[Row], tools: Iterable[str]) -> None:
        """Rows of verl as parquet; `tools` are all names that occur, so that all files have one schema."""
        path = Path(format, f"{split}.parquet")
        if not rows:
            self._stale.append(self.folder / path)
            return
        parquet: Any = importlib.import_module("pyarrow.parquet")  # heavy, and without types
        arrow: Any = importlib.import_module("pyarrow")
        parquet.write_table(arrow.Table.from_pylist(rows, schema=verl_schema(tools)), self._aside(path))
        self._settle(path, format, split, len(rows))

    def text(self, path: str, text: str) -> None:
        """A file that holds no rows."""
        self._aside(Path(path)).write_text(text, encoding="utf-8", newline="\n")

    def publish(self) -> None:
        """Give all files their names; those of an earlier export that have no rows now are removed."""
        for path, temporary in self._temporary.items():
            temporary.replace(path)
        for path in self._stale:
            path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove what was not renamed."""
        for temporary in self._temporary.values():
            temporary.unlink(missing_ok=True)

    def _aside(self, path: Path) -> Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        self._temporary[target] = target.with_name(f".{target.name}.partial")
        return self._temporary[target]

    def _settle(self, path: Path, format: Format, split: Split, rows: int) -> None:
        target = self.folder / path
        if not rows:
            # An empty file is an error to most readers.
            self._temporary.pop(target).unlink()
            self._stale.append(target)
            return
        digest = hashlib.sha256(self._temporary[target].read_bytes()).hexdigest()
        self.files.append(ExportedFile(path=path.as_posix(), format=format, split=split, rows=rows, sha256=digest))


def verl_schema(tools: Iterable[str]) -> Any:
    """The Arrow schema of verl's rows, with a place in `tools_kwargs` for each of `tools` (null where not offered)."""
    arrow: Any = importlib.import_module("pyarrow")
    text = arrow.string()
    created = arrow.struct({"create_kwargs": arrow.struct({"task": text})})
    extra = {
        "index": arrow.int64(),
        "split": text,
        "id": text,
        "seed": arrow.int64(),
        "environments": arrow.list_(text),
        "user_turns": arrow.list_(text),
        "tool_selection": arrow.list_(text),
        "tools": text,
        "need_tools_kwargs": arrow.bool_(),
    }
    names = sorted(tools)
    if names:  # parquet has no structs without fields
        extra["tools_kwargs"] = arrow.struct(dict.fromkeys(names, created))
    return arrow.schema(
        {
            "data_source": text,
            "prompt": arrow.list_(arrow.struct({"role": text, "content": text})),
            "ability": text,
            "reward_model": arrow.struct({"style": text, "ground_truth": text}),
            "extra_info": arrow.struct(extra),
            "agent_name": text,
        }
    )
