"""How much damage to the meaning of a task's words is caught, and how much faithful rewriting is kept.

    python benchmarks/rewriting.py [-n 300] [--seed 1] [--shown 5]

Scripted models play director and writer (`envfactory/querygen/rewriters.py`). The faithful one paraphrases each task by
rules. The damaging one hands in words with one known damage, and hands them in again however often they are sent back.
Both go through the whole way of a language model: scene, words, screen, at most two repairs, certificate, oracle. Every
other damage that a task can have is held against the screen alone.
"""

from __future__ import annotations

import argparse
from collections import Counter
from random import Random

from envfactory.cli.load import verified
from envfactory.graph.link import link
from envfactory.querygen.brief import Brief
from envfactory.querygen.kinds.recipes import RECIPES
from envfactory.querygen.rewriters import Case, Rewriter, damages, faithful
from envfactory.querygen.screen import Screen
from envfactory.querygen.written.drafts import drafted
from envfactory.querygen.written.rewrite import Written, rewrite
from envfactory.rollout.task import Task


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("-n", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shown", type=int, default=5)
    given = parser.parse_args()
    library = verified(None, None)
    drafts = list(drafted(library, link(library), count=given.n, seed=given.seed))
    tasks = [task for task, _ in drafts]
    briefs = {task.id: told for task, told in drafts}
    used = sorted({setting.environment for task in tasks for setting in task.settings})
    print(f"{len(tasks)} tasks in {len(used)} environments, {sum(len(task.turns) for task in tasks)} turns")

    cases = {task.id: Case(task, told, library, Random(f"{given.seed}/{task.id}")) for task, told in drafts}
    words = {name: faithful(case) for name, case in cases.items()}
    kept, _ = rewrite(tasks, briefs, lambda task: Rewriter(words[task.id]), library, recipes=RECIPES)
    report("faithful", tasks, kept, given.shown)
    same = sum(words[name] == case.words for name, case in cases.items())
    print(f"  (of the faithful rewritings {same} change nothing)")

    whole = Counter[str]()
    caught = Counter[str]()
    chosen: dict[str, tuple[str, list[str]]] = {}
    for number, (task, told) in enumerate(drafts):
        found = damages(cases[task.id])
        names = sorted(found)
        name = names[number % len(names)]
        chosen[task.id] = (name, found[name])
        by_screen(task, told, library, found, whole, caught)
    spoilt, _ = rewrite(tasks, briefs, lambda task: Rewriter(chosen[task.id][1]), library, recipes=RECIPES)
    fates = Counter(one.fate for one in spoilt)
    print(
        f"damage, the whole way: {len(spoilt) - fates['written']} of {len(spoilt)} caught {dict(sorted(fates.items()))}"
    )
    for one in [one for one in spoilt if one.fate == "written"][: given.shown]:
        print("  missed:", chosen[one.before.id][0], "|", *(turn.query for turn in one.task.turns))
    print(f"damage, the screen alone: {sum(caught.values())} of {sum(whole.values())} caught")
    for name in sorted(whole):
        print(f"  {name:24} {caught[name]:4} of {whole[name]:4}")


def by_screen(
    task: Task, told: Brief, library: dict[str, object], found: dict[str, list[str]], whole: Counter[str],
    caught: Counter[str],
) -> None:  # fmt: skip
    """Hold every damage of a task against the screen."""
    screen = Screen(task, library, told=told)  # type: ignore[arg-type]
    for name, words in found.items():
        whole[name] += 1
        caught[name] += bool(screen.problems(words))


def report(what: str, tasks: list[Task], found: list[Written], shown: int) -> None:
    """How many were kept, and why the others were not."""
    kept = [one for one in found if one.fate == "written"]
    print(f"{what}: {len(kept)} of {len(tasks)} kept ({len(kept) / len(tasks):.1%})")
    for one in [one for one in found if one.fate != "written"][:shown]:
        print(f"  not kept ({one.fate}): {one.why}")


if __name__ == "__main__":
    main()
