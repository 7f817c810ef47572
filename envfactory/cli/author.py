"""`envfactory build … --model …`: a model designs, codes and tests; execution decides."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from envfactory.cli.board import Board
from envfactory.cli.load import endpoint_of
from envfactory.cli.output import emit, note, say, table
from envfactory.errors import EnvFactoryError


def author(
    orders: Sequence[Any],
    *,
    model: str,
    output: Path,
    workers: int,
    resume: bool,
    record: Path | None,
    made_by: str,
    sandbox: str,
    tokens: int | None,
    cost: float | None,
    places: dict[str, Any],
    json_: bool,
) -> int:
    """Build environments with a model (`Order`s of `envgen.many`); print what came of them."""
    from envfactory.cli.search import shelf
    from envfactory.envgen.many import author_many
    from envfactory.models.recorded import write_tape
    from envfactory.runs import Budget, Run

    def keep(label: str, run: Run) -> None:
        if record is None:
            return
        tape = record if len(orders) == 1 else record / f"{label}.jsonl"
        today = date.today().isoformat()
        count = write_tape(run, tape, made=today, endpoint=model.split("@")[0], by=made_by)
        if not json_:
            note(f"{tape}: {count} replies")

    endpoint = endpoint_of(model)
    with Board([order.wanted for order in orders], quiet=json_) as board:
        outcomes = asyncio.run(
            author_many(
                orders,
                model=endpoint,
                named=model,
                output=output,
                workers=workers,
                sandbox=sandbox,
                budget=Budget(tokens=tokens, cost=cost),
                resume=resume,
                shelf=lambda: shelf(**places),
                library=places["library"],
                progress=board.say,
                keep=keep,
            )
        )
    if len(outcomes) == 1:
        return _one(outcomes[0], sandbox, json_=json_)
    documents = [_document(outcome, sandbox) for outcome in outcomes]
    failed = [outcome for outcome in outcomes if not outcome.verified]
    if json_:
        emit({"builds": documents, "failed": len(failed), "spent": _spent(outcomes)})
    else:
        rows = [
            (d["wanted"], d.get("name", "-"), d.get("verdict", "failed"), len(d.get("versions", ())),
             sum(s["tokens_in"] + s["tokens_out"] for s in d["ledger"].values()), d.get("error", ""))
            for d in documents
        ]  # fmt: skip
        table("built", ("from", "name", "verdict", "versions", "tokens", "error"), rows)
        spent = _spent(outcomes)
        say(f"{len(outcomes) - len(failed)} of {len(outcomes)} verified; {spent['tokens']} tokens")
    return 1 if failed else 0


def _one(outcome: Any, sandbox: str, *, json_: bool) -> int:
    """One environment in full; raises EnvFactoryError when there is none."""
    if outcome.authored is None:
        raise EnvFactoryError(outcome.error)
    authored = outcome.authored
    if json_:
        emit(_document(outcome, sandbox))
    else:
        rows = [(r, c["accepted"], c["repaired"], c["rejected"]) for r, c in authored.roles.items()]
        table("answers by role", ("role", "accepted at once", "repaired", "rejected"), rows)
        passes = [
            (v.number, v.verdict, ", ".join(v.failed), v.cases, f"{v.mutation:.2f}", str(v.faults))
            for v in authored.versions
        ]
        table("versions", ("version", "verdict", "checks that fail", "cases", "mutation", "faults"), passes)
        if outcome.found is not None:
            say(outcome.found.provenance)
        say(f"{authored.folder}: {authored.certificate.verdict} (version {authored.best})")
    return 0 if outcome.verified else 1


def _document(outcome: Any, sandbox: str) -> dict[str, Any]:
    """One outcome as JSON."""
    from envfactory.cli.search import sought

    document: dict[str, Any] = {"wanted": outcome.order.wanted}
    if outcome.found is not None:
        document["search"] = sought(outcome.found)
    authored = outcome.authored
    if authored is not None:
        document |= {
            "name": authored.folder.name,
            "folder": str(authored.folder),
            "verdict": authored.certificate.verdict,
            "sandbox": sandbox,
            "versions": [
                {
                    "number": v.number,
                    "verdict": v.verdict,
                    "failed": {check: len(found) for check, found in v.failed.items()},
                    "cases": v.cases,
                    "mutation_score": v.mutation,
                    "faults": v.faults,
                }
                for v in authored.versions
            ],
            "best": authored.best,
            "roles": authored.roles,
        }
    else:
        document["error"] = outcome.error
    return document | {"ledger": {stage: item.model_dump(mode="json") for stage, item in outcome.ledger.items()}}


def _spent(outcomes: Sequence[Any]) -> dict[str, Any]:
    """Tokens and US dollars of all builds, those included that were lost."""
    stages = [stage for outcome in outcomes for stage in outcome.ledger.values()]
    return {
        "tokens": sum(s.tokens_in + s.tokens_out + s.lost_tokens for s in stages),
        "cost": round(sum(s.cost + s.lost_cost for s in stages), 6),
    }
