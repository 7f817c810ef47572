"""Reward: what an attempt is worth, in named parts, each explained.

`robust` (the default) judges the outcome: the rows of all environments after every turn, and the facts in the answers.
Only an attempt that is right in both passes; how it got there costs at most 0.3. `paper` is the published rule of
arXiv:2605.18703, holes and all, for comparison (see `paper.py`). Everything a score needs is in the task and the
trajectory: no environment is run.

The robust rule, in full:

- `state`: the share of wanted row changes that were made (mean over the turns that want any); without any, 1 when
  nothing was changed, else 0.
- `calls`: the share of right calls among those made. `answer`: the share of facts said, each in the closing message of
  its turn or a later one, before the user says it, and only once a call has succeeded when there is something to look
  up. Where a turn expects the agent to ask, to decline or to guide the user, its facts are the words for that, said in
  that very turn.
- `harm`: 0.25 to the power of the number of changes nobody wanted, at the moment when there were most.
- `format`: 0.05 a message whose calls could not be read. `excess`: 0.05 a refused call, a write beyond the right ones
  and a repeated call, 0.02 a read beyond the right calls and three more; where calls can be made at once (kind
  `parallel`) also 0.02 a message with calls beyond those needed. Both are costs; they take 0.3 at most. What a fault of
  the session struck costs nothing, and calling again is no repetition.
- passed: ended by itself, rows exact after every turn, all facts said, no write that used a value before anything had
  given it. total = 1 − costs.
- otherwise total = 0.5 · mean of the parts that apply (state 0.5, answer 0.3, calls 0.2) · harm · (1 − costs), at most
  0.49; and 0 unless a wanted change was made or a fact was said: to ask, to decline or to guide is worth nothing alone.
- A task that wants no change and no fact can be neither passed nor failed by anything an agent does: 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from envfactory.errors import UnknownName
from envfactory.rollout.answers import heard, says
from envfactory.rollout.calls import FREE_READS, CallMatch, as_gold, compare_calls, rounds_beyond
from envfactory.rollout.credit import HARM, credits
from envfactory.rollout.identity import Generated
from envfactory.rollout.match import StateMatch, compare, required, same_changes
from envfactory.rollout.origin import attempt_origin, gold_origin
from envfactory.rollout.paper import published
from envfactory.rollout.task import Fact, Task
from envfactory.rollout.trajectory import Trajectory

Preset = Literal["robust", "paper"]
PRESETS: tuple[str, ...] = ("robust", "paper")

WEIGHTS = {"state": 0.5, "answer": 0.3, "calls": 0.2}
"""What the parts weigh when an attempt did not pass."""
MALFORMED = 0.05
WASTED = 0.05
READ = 0.02
COST_CAP = 0.3
FAILED_CAP = 0.49


class Reward(BaseModel, frozen=True):
    """What an attempt is worth."""

    total: float
    """From 0 to 1."""
    passed: bool
    parts: dict[str, float]
    """`state`, `calls`, `answer` and `harm` (1 is best), `format` and `excess` (costs, 0 is best); all from 0 to 1."""
    preset: Preset
    reasons: tuple[str, ...]
    """What the parts rest on, each in a sentence."""
    turns: tuple[float, ...] = ()
    """Each turn's own credit, from 0 to 1, for learning turn by turn (see `credit.py`); empty where the conversation
    had other turns than the task, for masked attempts, and by the published rule."""
    masked: bool = False
    """The attempt says nothing about the agent (infrastructure failed): leave it out of means and training."""

    def why(self) -> str:
        """The parts and their reasons in words, a line each."""
        verdict = "masked" if self.masked else "passed" if self.passed else "not passed"
        head = f"{self.total:.2f}, {verdict} ({self.preset})"
        return "\n".join([head, *(f"- {reason}" for reason in self.reasons)])


def score(task: Task, trajectory: Trajectory, *, preset: Preset = "robust") -> Reward:
    """What `trajectory` is worth as an attempt at `task`; see the head of this file for the rules.

    Raises UnknownName for another preset.
    """
    if preset not in PRESETS:
        raise UnknownName("reward preset", preset, PRESETS)
    if trajectory.ending in ("model_failed", "environment_bug"):
        return _masked(trajectory, preset)
    if preset == "paper":
        total, parts, reasons = published(task, trajectory)
        return Reward.model_construct(
            total=total, passed=total >= 1.0, parts=parts, preset=preset, reasons=reasons, turns=(), masked=False
        )
    return _robust(task, trajectory)


def _masked(trajectory: Trajectory, preset: Preset) -> Reward:
    what = {"model_failed": "the model's endpoint failed", "environment_bug": "the environment broke"}
    reason = f"{what[trajectory.ending]}: this attempt says nothing about the agent"
    return Reward(total=0.0, passed=False, parts={}, preset=preset, reasons=(reason,), masked=True)


def _robust(task: Task, trajectory: Trajectory) -> Reward:
    reasons: list[str] = []
    state = _states(task, trajectory)
    gold = task.calls
    calls = CallMatch() if as_gold(gold, trajectory.calls) else compare_calls(task, trajectory, state.last.ids)
    if task.kind == "parallel":
        calls.rounds = rounds_beyond(task, trajectory)
    heard_of, found = _facts(task, trajectory, reasons)
    facts, said = sum(there for _, there in heard_of), sum(one for one, _ in heard_of)

    harm = HARM**state.harmed
    wasteful = calls.failed + calls.repeated + calls.wasted
    format_cost = min(1.0, MALFORMED * trajectory.malformed)
    excess = min(1.0, WASTED * wasteful + READ * (max(0, calls.reads - FREE_READS) + calls.rounds))
    cost = min(COST_CAP, format_cost + excess)
    answer = said / facts if facts else 1.0
    parts = {
        "state": state.made,
        "calls": calls.credit,
        "answer": answer,
        "harm": harm,
        "format": format_cost,
        "excess": excess,
    }
    asked = state.wanted or facts
    done = trajectory.ending == "done"
    passed = bool(asked) and done and state.exact and said == facts and not calls.blind
    if passed:
        total = 1.0 - cost
    elif not asked or (found == 0 and not (state.wanted and state.made > 0)):
        total = 0.0
    else:
        applying = {"state": state.wanted > 0, "answer": facts > 0, "calls": bool(gold)}
        weight = sum(WEIGHTS[name] for name, applies in applying.items() if applies)
        mean = sum(WEIGHTS[name] * parts[name] for name, applies in applying.items() if applies) / weight
        total = min(FAILED_CAP, 0.5 * mean * harm * (1.0 - cost))
    _explain(reasons, trajectory, state, calls, asked=bool(asked), total=total)
    parts = {name: round(value, 6) for name, value in parts.items()}
    return Reward.model_construct(
        total=round(total, 6),
        passed=passed,
        parts=parts,
        preset="robust",
        reasons=tuple(reasons),
        turns=state.credits(task, trajectory, heard_of),
        masked=False,
    )


# State ---------------------------------------------------------------------------------------------------------------


class _States:
    """The comparison of rows after every turn, summed up."""

    __slots__ = ("aligned", "exact", "gold_made", "harmed", "last", "made", "made_by", "matches", "wanted", "worst")

    def __init__(self, gold_made: Generated, made_by: Generated, *, aligned: bool) -> None:
        self.aligned = aligned
        self.gold_made = gold_made
        self.made_by = made_by
        self.matches: list[StateMatch] = []
        self.wanted = 0
        self.made = 0.0
        self.exact = True
        self.harmed = 0
        self.last = StateMatch()
        self.worst: list[str] = []

    def credits(self, task: Task, trajectory: Trajectory, heard_of: Sequence[tuple[int, int]]) -> tuple[float, ...]:
        """Each turn's own credit; nothing where turns cannot be told apart."""
        if not self.aligned:
            return ()
        return credits(task, trajectory.turn_changes, heard_of, self.matches, self.gold_made, self.made_by)


def _states(task: Task, trajectory: Trajectory) -> _States:
    """Compare after every turn; only at the end when the user took more or fewer turns than the task's own."""
    reached = trajectory.turn_changes
    aligned = len(reached) == len(task.turns) or trajectory.ending != "done"
    wanting = 0
    gold_made, attempt_made = gold_origin(task), attempt_origin(trajectory)
    found = _States(gold_made, attempt_made, aligned=aligned)
    for turn in range(len(task.turns)) if aligned else (len(task.turns) - 1,):
        wanted = task.turns[turn].changes
        got = reached[min(turn, len(reached) - 1) if aligned else -1] if reached else {}
        count = required(wanted, task.exempt)
        if same_changes(wanted, got):
            match = StateMatch(required=count, made=float(count))
        else:
            match = compare(wanted, got, task.exempt, gold_made=gold_made, attempt_made=attempt_made)
        if count:
            wanting += 1
            found.made += match.made / count
        found.wanted = max(found.wanted, count)
        found.exact = found.exact and match.exact
        found.harmed = max(found.harmed, len(match.harm))
        found.worst += [line for line in (*match.missing, *match.harm) if line not in found.worst]
        found.last = match
        found.matches.append(match)
    found.made = found.made / wanting if wanting else float(not found.harmed)
    return found


# Answer --------------------------------------------------------------------------------------------------------------


def _facts(task: Task, trajectory: Trajectory, reasons: list[str]) -> tuple[list[tuple[int, int]], int]:
    """How many facts of each turn were said and how many there are, and how many of those said had to be found out."""
    answers = trajectory.answers
    aligned = len(answers) == len(task.turns) or trajectory.ending != "done"
    # To guess right is not to know: an answer counts once a call has succeeded, if there is anything to look up.
    known_from = next((made.turn for made in trajectory.calls if made.call.outcome == "ok"), len(answers))
    turns: list[tuple[int, int]] = []
    found = 0
    unsaid: list[str] = []
    looked_up = False
    for number, turn in enumerate(task.turns):
        looked_up = looked_up or bool(turn.calls)
        if not turn.facts:
            turns.append((0, 0))
            continue
        acting = turn.expects == "act"
        first = number if aligned else 0
        since = max(first, known_from) if looked_up and acting else first
        closing = answers[since:]
        if not acting and aligned:
            closing = closing[:1]
        said = 0
        for fact in turn.facts:
            at = next((place for place, text in enumerate(closing, since) if heard(text, fact, turn.expects)), None)
            if at is not None and not _given_away(task, trajectory, fact, first, at):
                said += 1
                found += acting
            else:
                unsaid.append(fact.name)
        turns.append((said, len(turn.facts)))
    if facts := sum(there for _, there in turns):
        missing = f"; unsaid: {', '.join(unsaid)}" if unsaid else ""
        reasons.append(f"answer: {facts - len(unsaid)} of {facts} facts said{missing}")
    return turns, found


def _given_away(task: Task, trajectory: Trajectory, fact: Fact, asked: int, answered: int) -> bool:
    """Whether the user said a fact between the turn that asked for it and the one that answers: that is no answer."""
    if answered == asked:
        return False
    spoken = [message.content for message in trajectory.messages if message.role == "user"]
    spoken = spoken or [turn.query for turn in task.turns]
    return any(says(text, fact) for text in spoken[asked + 1 : answered + 1])


# Words ---------------------------------------------------------------------------------------------------------------


def _explain(
    reasons: list[str], trajectory: Trajectory, state: _States, calls: CallMatch, *, asked: bool, total: float
) -> None:
    if state.wanted:
        reasons.insert(0, f"state: {state.made:.0%} of the wanted row changes made{_list(state.worst)}")
    else:
        reasons.insert(0, f"state: nothing was to be changed{_list(state.worst)}")
    reasons.append(f"calls: {calls.credit:.0%} of the right calls made{_list(calls.blind)}")
    if state.harmed:
        reasons.append(f"harm: {_counted(state.harmed, 'change')} nobody wanted")
    if trajectory.malformed:
        reasons.append(f"format: {_counted(trajectory.malformed, 'message')} whose calls could not be read")
    extra = {"refused": calls.failed, "repeated": calls.repeated, "needless writes": calls.wasted}
    extra["further reads"] = max(0, calls.reads - FREE_READS)
    extra["messages for calls that could be made at once"] = calls.rounds
    if any(extra.values()):
        reasons.append("excess: " + ", ".join(f"{count} {what}" for what, count in extra.items() if count))
    if trajectory.ending != "done":
        reasons.append(f"ending: {trajectory.ending}, the agent did not come to an end by itself")
    if not asked:
        reasons.append("total: the task wants neither a change nor a fact, so nothing can pass it")
    elif total == 0.0:
        reasons.append("total: 0, because no wanted change was made and no fact was said")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _list(lines: Sequence[str]) -> str:
    shown = "; ".join(lines[:5])
    return (f": {shown}" + (f"; and {len(lines) - 5} more" if len(lines) > 5 else "")) if shown else ""
