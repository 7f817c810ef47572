"""The report: its figures are right on small sets worked out by hand, its page is whole and the same every time."""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest
from worlds import ERRANDS, QUESTION, SHOPPING

from envfactory.cli import main
from envfactory.errors import FileError
from envfactory.graph.graph import Dependency, Evidence, ToolGraph, ToolNode
from envfactory.rollout.reward import Reward
from envfactory.rollout.task import KINDS, Difficulty, GoldCall, Proof, Task, Trial, Turn
from envfactory.viewer import plots
from envfactory.viewer.attempts import Attempt, estimate, pass_at_k, read_attempts, solvers
from envfactory.viewer.measure import depth, interval, measure, spread
from envfactory.viewer.page import page
from envfactory.viewer.report import Likeness, Report, head, near_counts
from envfactory.viewer.wording import NEAR, grams, near_duplicates, wording, words
from tests.test_cli import one_sentence, run

__all__ = ["run"]

TASKS = [SHOPPING, QUESTION, ERRANDS]
TOOLS = {
    "todo": [
        f"todo__{n}" for n in ("list_lists", "list_tasks", "create_list", "create_task", "complete_task", "crash")
    ],
    "bank": ["bank__log_in", "bank__pay", "bank__get_balance"],
}
DOMAINS = {"todo": "office", "bank": "finance"}


def reward(passed: bool, *, masked: bool = False) -> Reward:
    total = 1.0 if passed else 0.2
    return Reward(total=total, passed=passed, parts={}, preset="robust", reasons=(), masked=masked)


def made(tasks: list[Task] = TASKS, **more: Any) -> Report:
    figures = measure(tasks, tools=TOOLS, domains=DOMAINS)
    return Report(seed=0, files={"tasks.jsonl": "ab" * 32}, tasks=figures, wording=wording(tasks), **more)


# Figures -------------------------------------------------------------------------------------------------------------


def test_depth_is_the_longest_path_of_calls_that_need_each_other() -> None:
    assert [depth(task.calls) for task in TASKS] == [2, 2, 2]
    assert depth(()) == 0
    calls = [GoldCall(tool="a", arguments={}, uses={"x": f"{n - 1}.id"} if n else {}) for n in range(4)]
    assert depth(calls) == 4
    assert depth([*calls[:2], GoldCall(tool="b", arguments={}), calls[3]]) == 2


def test_turns_calls_writes_environments_and_domains_are_counted() -> None:
    figures = measure(TASKS, tools=TOOLS, domains=DOMAINS)
    assert figures.turns.counts == {1: 2, 2: 1}
    assert figures.calls.counts == {2: 1, 3: 1, 4: 1}
    assert figures.writes.counts == {0: 1, 2: 1, 3: 1}
    assert figures.spanning.counts == {1: 2, 2: 1}
    assert figures.domains == {"office": 3, "finance": 1}
    assert (figures.multi_turn, figures.deep) == (0.3333, 0.0)
    assert {place.name: (place.tasks, place.calls, place.used, place.tools) for place in figures.environments} == {
        "todo": (3, 7, 5, 6),
        "bank": (1, 2, 2, 3),
    }


def test_tools_that_no_gold_call_uses_are_named() -> None:
    coverage = measure(TASKS, tools=TOOLS, domains=DOMAINS).coverage
    assert coverage.never == ("bank__get_balance", "todo__crash")
    assert (coverage.used, coverage.tools, coverage.edges) == (7, 9, None)
    alone = measure([QUESTION], tools=TOOLS, domains=DOMAINS).coverage
    assert alone.tools == 6  # of the bank nothing is expected: no task plays there


def test_an_edge_is_used_when_a_gold_call_takes_a_value_along_it() -> None:
    def edge(producer: str, consumer: str, parameter: str, kind: Any, score: float = 0.9) -> Dependency:
        evidence = (Evidence(kind=kind, detail="", score=score),)
        return Dependency(
            producer=producer, consumer=consumer, path="id", parameter=parameter, entity="x", evidence=evidence
        )

    names = {call.tool for task in TASKS for call in task.calls} | {"todo__delete_task"}
    nodes = tuple(
        ToolNode(name=n, environment=n.partition("__")[0], writes=False, effect="get", entity="", inputs=())
        for n in sorted(names)
    )
    edges = (
        edge("todo__create_list", "todo__create_task", "list_id", "typed"),
        edge("todo__list_lists", "todo__create_task", "list_id", "typed"),
        edge("bank__log_in", "bank__pay", "token", "meaning", 0.2),  # no chain may rest on it
    )
    coverage = measure(TASKS, tools={}, domains={}, graph=ToolGraph(tools=nodes, dependencies=edges)).coverage
    assert (coverage.edges, coverage.edges_used) == (2, 1)
    assert coverage.never == ("todo__delete_task",)


def test_a_proof_in_which_a_mutant_passes_certifies_nothing() -> None:
    good = Proof(gold=1, idle=0, mutants=5, killed=5, permutations=1)
    proofs = [good, good.model_copy(update={"killed": 4}), good.model_copy(update={"idle": 0.1}), None]
    tasks = [SHOPPING.model_copy(update={"proof": proof}) for proof in proofs]
    certificate = measure(tasks, tools={}, domains={}).certificate
    assert (certificate.certified, certificate.killed, certificate.mutants.counts) == (1, 14, {5: 3})


def test_policies_steps_and_dialogue_acts_are_counted() -> None:
    trials = (Trial(policy="guesses", total=0.0, passed=False), Trial(policy="asks", total=1.0, passed=True))
    call = GoldCall(tool="todo__crash", arguments={"a": 1}, critical=False, masked=("a",), by="user")
    turns = (Turn(query="Do it.", expects="ask"), Turn(query="The blue one.", act="provide", calls=(call,)))
    proof = Proof(gold=1, idle=0, mutants=0, killed=0, permutations=0, trials=trials)
    task = SHOPPING.model_copy(update={"turns": turns, "proof": proof, "kind": "missing_parameter"})
    figures = measure([task, task], tools={}, domains={})
    assert [(t.policy, t.tasks, t.passed, t.reward) for t in figures.certificate.trials] == [
        ("asks", 2, 2, 1.0),
        ("guesses", 2, 0, 0.0),
    ]
    assert figures.steps.model_dump() == {"calls": 2, "by_user": 2, "optional": 2, "masked": 2}
    assert (figures.acts, figures.expects) == ({"provide": 2, "request": 2}, {"act": 2, "ask": 2})


def test_the_interval_is_wilsons() -> None:
    assert interval(0.5, 20) == (0.2993, 0.7007)  # Newcombe 1998 gives 0.2993 and 0.7007 for 10 of 20
    assert interval(0.0, 10)[0] == 0.0
    assert 0 < interval(0.0, 10)[1] < 0.3
    assert interval(0.3, 0) == (0.0, 1.0)


# Words ---------------------------------------------------------------------------------------------------------------


def texts(*lines: str) -> list[tuple[tuple[str, ...], ...]]:
    return [(words(line),) for line in lines]


def test_duplicates_are_exact_or_near_or_neither() -> None:
    long = "please add a task called milk to the list of groceries and tell me when it is due at the very latest today"
    assert near_duplicates(texts(long, long.upper() + "!", "something else that is quite long indeed")) == 2
    assert near_duplicates(texts(long, long.replace("please", "kindly"))) == 2
    assert near_duplicates(texts(long, long.replace("milk", "bread").replace("due", "ready"))) == 0
    assert near_duplicates(texts("add milk", "add milk", "add bread")) == 2  # too short for a 5-gram
    assert near_duplicates([]) == 0


def test_near_duplicates_are_those_that_comparing_every_pair_finds() -> None:
    dice = Random(4)
    made: list[tuple[tuple[str, ...], ...]] = []
    for _ in range(60):
        base = [f"w{dice.randrange(40)}" for _ in range(dice.randrange(6, 40))]
        made.append((tuple(base),))
        for _ in range(dice.randrange(3)):
            changed = list(base)
            changed[dice.randrange(len(base))] = "other"
            made.append((tuple(changed[dice.randrange(2) :]),))
    bags = [grams(text, 5) or frozenset(text) for text in made]
    alike: set[int] = set()
    for a, b in combinations(range(len(bags)), 2):
        if len(bags[a] & bags[b]) >= NEAR * len(bags[a] | bags[b]):
            alike |= {a, b}
    assert 10 < len(alike) < len(made)
    assert near_duplicates(made) == len(alike)


def test_repeats_of_words_and_gold_are_told_apart() -> None:
    other = SHOPPING.model_copy(update={"turns": (SHOPPING.turns[0].model_copy(update={"query": "Groceries, now!"}),)})
    doubles = wording([SHOPPING, SHOPPING, other, QUESTION]).duplicates
    assert (doubles.words, doubles.gold, doubles.both, doubles.chains) == (1, 2, 1, 2)


def test_ngrams_do_not_cross_turns() -> None:
    assert grams([("a", "b"), ("c", "d")], 2) == {("a", "b"), ("c", "d")}
    found = wording([ERRANDS, ERRANDS])
    assert found.repetition[4] == 1.0
    assert wording([SHOPPING, ERRANDS]).repetition[4] == 0.0
    assert found.distinct[1] < wording([ERRANDS]).distinct[1]


# Attempts ------------------------------------------------------------------------------------------------------------


def test_pass_at_k_is_the_chance_over_all_draws() -> None:
    for tries, passes, k in ((4, 2, 2), (5, 1, 3), (3, 3, 1), (4, 0, 4)):
        outcomes = [number < passes for number in range(tries)]
        drawn = [any(chosen) for chosen in combinations(outcomes, k)]
        assert pass_at_k(tries, passes, k) == pytest.approx(sum(drawn) / len(drawn))


def test_models_are_measured_over_tasks_and_masked_attempts_left_out() -> None:
    played = [
        *(Attempt(task=SHOPPING.id, model="m", reward=reward(passed)) for passed in (True, True, False, True)),
        *(Attempt(task=QUESTION.id, model="m", reward=reward(False)) for _ in range(4)),
        Attempt(task=QUESTION.id, model="m", reward=reward(False, masked=True)),
        Attempt(task="task_of_others", model="m", reward=reward(True)),
    ]
    (solver,) = solvers(TASKS, played)
    assert (solver.attempts, solver.masked, solver.samples) == (8, 1, 4)
    assert solver.passed == estimate([0.75, 0.0])
    assert [solver.pass_at[k].value for k in (1, 2, 4)] == [0.375, 0.5, 0.5]
    assert solver.bands == {"never": 1, "up to half the time": 0, "more than half the time": 1, "always": 0}


def test_difficulty_that_tasks_carry_stands_in_for_attempts() -> None:
    task = SHOPPING.model_copy(update={"difficulty": (Difficulty(model="m", samples=4, passed=2),)})
    (solver,) = solvers([task], [])
    assert (solver.passed.value, solver.reward, solver.pass_at[2].value) == (0.5, None, 0.8333)
    (solver,) = solvers([task], [Attempt(task=task.id, model="m", reward=reward(True))])
    assert solver.passed.value == 1.0


def test_a_damaged_line_of_attempts_is_named(tmp_path: Path) -> None:
    path = tmp_path / "trajectories.jsonl"
    path.write_text('{"trajectory": {"task": "t", "model": "m"}, "reward": {"total": 1}}\n')
    with pytest.raises(FileError, match=r"line 1 is no scored attempt.*envfactory play"):
        list(read_attempts(path))


# The page ------------------------------------------------------------------------------------------------------------


class Tags(HTMLParser):
    """Ids, and tags that were opened and not closed, or closed and not opened."""

    VOID = {"meta", "br", "link", "img"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def test_the_page_is_whole_the_same_every_time_and_asks_for_nothing() -> None:
    solver = solvers(TASKS, [Attempt(task=SHOPPING.id, model="m", reward=reward(p)) for p in (True, False)])
    likeness = Likeness(environment="todo", benchmark="bfcl", group="bfcl:x", alike=1, share=0.2, near=False)
    report = made(solvers=solver, contamination=(likeness,))
    html = page(report)
    assert html == page(report)
    seen = Tags()
    seen.feed(html)
    assert (seen.open, seen.wrong) == ([], [])
    assert len(seen.ids) == len(set(seen.ids))
    assert html.count("<svg ") > 15
    # an SVG's namespaces are names, not addresses that are asked
    assert {a for a in re.findall(r"https?://[^\"'<> )]+", html) if "www.w3.org" not in a} == set()
    assert "<script" not in html
    assert "url(http" not in html
    assert all(f'href="#{name}"' in html and f'id="{name}"' in html for name in ("set", "coverage", "difficulty"))


def test_what_models_are_called_and_people_say_cannot_break_the_page() -> None:
    evil = "m<script>alert(1)</script>&_x"
    told = [Attempt(task=SHOPPING.id, model=evil, reward=reward(True)) for _ in range(2)]
    tasks = [
        task.model_copy(update={"turns": (Turn(query="<b>run</b> & hide $now {id} in here today"),)})
        for task in (SHOPPING, QUESTION)
    ]
    html = page(made(tasks, solvers=solvers(tasks, told), notes=("<i>a note</i>",)))
    assert "<script" not in html
    assert "<i>a note" not in html
    assert "&lt;i&gt;a note" in html


def test_colours_are_the_pages_and_letters_stay_text() -> None:
    svg = plots.bars({"alpha": 3, "beta": 1}, label="tasks")
    assert not re.search(r"#[0-9a-f]{6}\b", svg)
    assert "var(--one)" in svg
    assert ">alpha</text>" in svg


def test_names_show_on_hover() -> None:
    svg = plots.ranks({"todo__list & more": 3, "b": 1}, label="tools", unit="calls", never=1)
    assert "<title>todo__list &amp; more: 3</title>" in svg


@pytest.mark.parametrize("values", [[], [0], [1], [7] * 40, list(range(200))])
def test_every_distribution_can_be_drawn(values: list[int]) -> None:
    for draw in (plots.columns, plots.histogram):
        assert draw(spread(values), label="x").endswith("</svg>")


def test_the_head_never_rounds_away_what_is_wrong() -> None:
    good = Proof(gold=1, idle=0, mutants=5000, killed=5000, permutations=0)
    tasks = [SHOPPING.model_copy(update={"proof": good}), SHOPPING.model_copy(update={"proof": None})]
    assert {t.name: t.shown for t in head(made(tasks))}["certified"] == "50.0%"
    bad = [SHOPPING.model_copy(update={"proof": good.model_copy(update={"killed": 4999})})]
    tiles = {tile.name: tile for tile in head(made(bad))}
    assert (tiles["killed"].shown, tiles["certified"].shown) == ("4,999 of 5,000", "0%")


def test_tasks_near_to_a_benchmark_are_counted_once() -> None:
    near = {"todo": frozenset({"bfcl", "tau2"}), "bank": frozenset({"bfcl"})}
    assert near_counts(near, [("todo", "bank"), ("bank",), ("other",)]) == {"bfcl": 2, "tau2": 1}


# The command ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tasks, a graph and two attempts at each."""
    here = tmp_path_factory.mktemp("set")
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as said:
        patch.chdir(here)
        for command in (
            "generate google_tasks -n 6 --seed 7 --output tasks.jsonl",
            "graph google_tasks --output graph.json",
            "play tasks.jsonl --model offline:oracle --output trajectories-1.jsonl",
            "play tasks.jsonl --model offline:idler --output trajectories-3.jsonl",
        ):
            patch.setattr(sys, "argv", ["envfactory", *command.split(), "--json"])
            with pytest.raises(SystemExit) as stopped:
                main()
            assert stopped.value.code == 0, said.getvalue()
    (here / "trajectories-2.jsonl").write_bytes((here / "trajectories-1.jsonl").read_bytes())
    return here


def copied(folder: Path, to: Path, *names: str) -> Path:
    to.mkdir()
    for name in names:
        (to / name).write_bytes((folder / name).read_bytes())
    return to


def test_a_folder_becomes_one_page_and_the_same_document(run: Any, folder: Path, tmp_path: Path) -> None:
    first = run("report", folder, "--limit", "2", "--output", "a.html", "--json")
    again = run("report", folder, "--limit", "2", "--output", "b.html", "--json")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    document = first.document
    assert {**again.document, "output": "a.html"} == document
    assert document["figures"]["tasks"] == 6
    assert document["figures"]["certified"] == document["figures"]["killed"] == 1.0
    assert document["tasks"]["environments"][0]["tools"] == document["tasks"]["coverage"]["tools"] > 10
    assert 0 < document["tasks"]["coverage"]["edges_used"] < document["tasks"]["coverage"]["edges"]
    passed = {solver["model"]: (solver["passed"]["value"], solver["attempts"]) for solver in document["solvers"]}
    assert passed == {"offline:oracle": (1.0, 12), "offline:idler": (0.0, 6)}
    earned = {(p["character"], p["preset"]): p["reward"] for p in document["cast"] if p["kind"] == "base"}
    assert earned["oracle", "robust"] == 1.0
    assert earned["idler", "robust"] == earned["parrot", "robust"] == 0.0
    assert earned["parrot", "paper"] > 0.3  # the published rule pays for text that looks like a call
    assert {p["kind"] for p in document["cast"]} <= set(KINDS)
    assert {found["benchmark"] for found in document["contamination"]} == {"bfcl", "tau2", "mcp_atlas"}


def test_what_is_not_there_is_left_out_with_the_command_that_makes_it(run: Any, folder: Path, tmp_path: Path) -> None:
    bare = copied(folder, tmp_path / "bare", "tasks.jsonl")
    assert run("report", bare, "--limit", "0").status == 0
    html = (bare / "report.html").read_text()
    for told in ("envfactory graph --output DIR/graph.json", "envfactory play DIR/tasks.jsonl", "--limit 0"):
        assert told in html
    assert "pass@k" not in html


def test_an_environment_that_has_changed_is_named_and_not_played(run: Any, folder: Path, tmp_path: Path) -> None:
    old = copied(folder, tmp_path / "old", "tasks.jsonl")
    lines = (old / "tasks.jsonl").read_text()
    (old / "tasks.jsonl").write_text(re.sub(r'"hash":"[0-9a-f]{64}"', f'"hash":"{"0" * 64}"', lines))
    document = run("report", old, "--json").document
    assert document["cast"] == document["contamination"] == []
    assert "google_tasks has changed" in document["notes"][0]
    assert "google_tasks has changed" in (old / "report.html").read_text()


def test_tasks_set_aside_are_counted_by_who_is_to_blame(run: Any, folder: Path, tmp_path: Path) -> None:
    held = copied(folder, tmp_path / "held", "tasks.jsonl")
    lines = [{"blame": "task"}, {"blame": "environment"}, {"blame": {"who": "task"}}, {}]
    (held / "quarantine.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    document = run("report", held, "--limit", "0", "--json").document
    assert document["quarantine"] == {"task": 2, "environment": 1, "no reason given": 1}


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("", "", "there is no folder"),
        ("readme.txt", "nothing", "envfactory generate --output"),
        ("tasks.jsonl", "", "holds no tasks"),
        ("tasks.jsonl", '{"id": 1}\n', "line 1 is no task"),
        ("graph.json", "{}x", "is no tool graph"),
        ("trajectories.jsonl", "[]\n", "line 1 is no scored attempt"),
        ("quarantine.jsonl", "3\n", "line 1 is no JSON object"),
    ],
)
def test_wrong_input_gives_one_sentence(
    run: Any, folder: Path, tmp_path: Path, file: str, text: str, message: str
) -> None:
    wrong = tmp_path / "wrong"
    if file:
        wrong.mkdir()
        if file.partition(".")[0] not in {"readme", "tasks"}:
            (wrong / "tasks.jsonl").write_bytes((folder / "tasks.jsonl").read_bytes())
        (wrong / file).write_text(text)
    one_sentence(run("report", wrong, "--limit", "0"), 1, message)
    assert not (wrong / "report.html").exists()


def test_without_matplotlib_the_extra_is_named(folder: Path) -> None:
    code = "import sys; sys.modules['matplotlib'] = None; from envfactory.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "report", str(folder), "--output", "x.html"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0
    assert "pip install 'envfactory[report]'" in done.stderr
