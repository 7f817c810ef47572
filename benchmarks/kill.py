"""Kill a run again and again (SIGKILL) while its provider fails, and compare what it leaves with an undisturbed run.

    python benchmarks/kill.py [--items 300] [--kills 100] [--seed 7] [--json]

A run makes items, each with two requests of which the second needs the first's answer, against a provider on this
machine that answers 10 % of all requests with 429, 5 % with 500, cuts 3 % short and lets 2 % stall. Its first budget is
too small for all of it: it stops, and is given more. Figures, and what must hold of them:

    kills             times the process was killed with signal 9, at random moments
    identical         the final file is byte for byte that of a run that nobody killed, on a provider without faults
    lost              records that the process had said to be kept and that were not there afterwards (0)
    repeated          requests whose reply was in the store and that were sent all the same (0)
    paid_twice        requests answered twice, all of them under way at a kill (at most kills x workers)
    billed, booked    tokens the provider counted, and the run's own account of them, which is never less
    budget            what the run was allowed; booked is never more
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from pydantic import BaseModel

from envfactory.errors import BudgetSpent
from envfactory.messages import canonical
from envfactory.models.ask import ask
from envfactory.models.kept import Kept
from envfactory.models.model import Request
from envfactory.models.openai import Endpoint, OpenAI
from envfactory.models.retry import Patience
from envfactory.models.wire import encoded, written
from envfactory.runs import Budget, Run

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from faulty_provider import Provider, drawn

WORKERS = 4
TOKENS_A_REPLY = 150  # what the provider counts
STALL = 0.6
SPENT = 3  # exit status of a run whose budget is spent


class Word(BaseModel):
    """What the provider answers."""

    item: int
    word: str
    text: str


def endpoint(url: str) -> Endpoint:
    return Endpoint(
        model="m",
        url=url,
        timeout=STALL / 2,
        workers=WORKERS,
        options={"max_tokens": 100},
        patience=Patience(attempts=20, first=0.01, longest=0.1),
    )


async def work(run: Run, url: str, items: int) -> None:
    """All items that are not there yet, `WORKERS` at a time; says so on stdout once one is kept."""
    kept = Kept(OpenAI(endpoint(url), key=""), run, "design")
    left = [number for number in range(items) if run.record(number) is None]

    async def worker() -> None:
        while left:
            number = left.pop(0)
            first = await ask(kept, "Find a word.", Word, context=f"item {number}")
            assert first.answer is not None
            said = f"item {number}: write about {first.answer.word}"
            second = await ask(kept.at("code"), "Write.", Word, context=said)
            assert second.answer is not None
            run.add(number, canonical({"word": first.answer.word, "code": second.answer.word}))
            os.write(1, f"{number}\n".encode())

    async with asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(worker())


def run_once(folder: Path, url: str, items: int, tokens: int) -> int:
    """The process that is killed: go on with the run in `folder`, and export it when it is done."""
    with Run(folder / "run", {"items": items}, resume=True, budget=Budget(tokens=tokens)) as run:
        os.write(1, b"open\n")
        try:
            asyncio.run(work(run, url, items))
        except ExceptionGroup as group:
            if group.split(BudgetSpent)[1] is not None:
                raise
            return SPENT
        part = folder / "final.part"
        part.write_text("".join(f"{body}\n" for _, body in run.records()))
        part.rename(folder / "final.jsonl")
    return 0


class Life:
    """One process, and what it said before it ended."""

    def __init__(self, folder: Path, url: str, items: int, tokens: int) -> None:
        self.output = folder / "said"
        arguments = [str(Path(__file__)), "--life", str(folder), url, "--items", str(items), "--tokens", str(tokens)]
        with self.output.open("wb") as said:
            self.process = subprocess.Popen([sys.executable, *arguments], stdout=said)

    def said(self) -> list[str]:
        """Whole lines only."""
        return self.output.read_text().split("\n")[:-1]


def stored(folder: Path, url: str) -> tuple[set[str], set[str]]:
    """The numbers of the records and the hashes of the answered requests in the store of a process that has ended."""
    if not (folder / "run").exists():
        return set(), set()
    with closing(sqlite3.connect(folder / "run")) as store:
        try:
            numbers = {str(number) for (number,) in store.execute("SELECT number FROM records")}
            answered = store.execute("SELECT requests.body FROM requests JOIN replies USING (key)").fetchall()
        except sqlite3.OperationalError:  # killed before there were tables
            return set(), set()
    return numbers, {sent(Request.model_validate_json(body), url) for (body,) in answered}


def sent(request: Request, url: str) -> str:
    """The hash of a request as the provider logs it."""
    options = endpoint(url).options
    body = written(request, "m", options=options, stream=False, leave_out=frozenset())
    return hashlib.sha256(encoded(body)).hexdigest()


def logged(log: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def figures(items: int, kills: int, seed: int) -> dict[str, Any]:
    """Kill, go on, compare."""
    random = Random(seed)
    budget = items * 2 * TOKENS_A_REPLY // 2
    done = {"kills": 0, "lost": 0, "repeated": 0, "stops_by_budget": 0}
    with tempfile.TemporaryDirectory() as name:
        plain, killed = Path(name) / "plain", Path(name) / "killed"
        plain.mkdir()
        killed.mkdir()
        with Provider() as provider:
            assert Life(plain, provider.url, items, 10**9).process.wait() == 0
        log = killed / "log.jsonl"
        with Provider(drawn(seed), stall=STALL, delay=0.02, log=log) as provider:
            while True:
                _, answered = stored(killed, provider.url)
                before = len(logged(log))
                life = Life(killed, provider.url, items, budget)
                if done["kills"] < kills:
                    wait_for_moment(life, provider, random)
                    life.process.kill()
                status = life.process.wait()
                done["kills"] += status == -9
                acknowledged = {line for line in life.said() if line.isdigit()}
                done["lost"] += len(acknowledged - stored(killed, provider.url)[0])
                done["repeated"] += sum(line["body"] in answered for line in logged(log)[before:])
                if status == SPENT:
                    done["stops_by_budget"] += 1
                    budget *= 3
                elif status != -9:
                    break
            paid = [line["body"] for line in logged(log) if line["what"] == "paid"]
            with Run(killed / "run", {"items": items}, resume=True) as run:
                booked = run.spent()[0]
                dead = len(run.dead_letters())
                failures = {stage: spent.failures for stage, spent in run.ledger().items()}
        identical = (plain / "final.jsonl").read_bytes() == (killed / "final.jsonl").read_bytes()
        lines = len((killed / "final.jsonl").read_text().splitlines())
    return {
        "items": lines,
        **done,
        "status": status,
        "identical": identical,
        "requests": len(provider.requests),
        "paid": len(paid),
        "paid_twice": len(paid) - len(set(paid)),
        "workers": WORKERS,
        "billed": len(paid) * TOKENS_A_REPLY,
        "booked": booked,
        "budget": budget,
        "dead_letters": dead,
        "failures": failures,
    }


def wait_for_moment(life: Life, provider: Provider, random: Random) -> None:
    """A random moment: now and then while the process starts, else after a few requests and a bit."""
    if random.random() < 0.15:
        time.sleep(random.uniform(0, 0.8))
        return
    wanted = len(provider.requests) + random.randint(1, 12)
    while len(provider.requests) < wanted and life.process.poll() is None:
        time.sleep(0.001)
    time.sleep(random.uniform(0, 0.05))


def problems(found: dict[str, Any], kills: int) -> list[str]:
    """What must hold and does not."""
    rules = {
        "the run was not killed as often as asked": found["kills"] >= kills,
        "the run did not end well": found["status"] == 0,
        "the final file differs from that of an undisturbed run": found["identical"],
        "an acknowledged record was lost": found["lost"] == 0,
        "a reply that was in the store was paid for again": found["repeated"] == 0,
        "more was paid twice than can have been under way": found["paid_twice"] <= found["kills"] * WORKERS,
        "the budget never stopped the run": found["stops_by_budget"] >= 1,
        "the provider billed more than was booked": found["billed"] <= found["booked"],
        "more was booked than the budget allows": found["booked"] <= found["budget"],
        "a dead letter was left": found["dead_letters"] == 0,
    }
    return [rule for rule, holds in rules.items() if not holds]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--life", nargs=2, metavar=("FOLDER", "URL"), help=argparse.SUPPRESS)
    parser.add_argument("--tokens", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.life:
        return run_once(Path(options.life[0]), options.life[1], options.items, options.tokens)
    begun = time.monotonic()
    found = figures(options.items, options.kills, options.seed)
    found |= {"seconds": round(time.monotonic() - begun, 1), "problems": problems(found, options.kills)}
    if options.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:16} {value}")
    return 1 if found["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
