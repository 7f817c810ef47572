"""`envfactory build … --model …`: a model designs, codes and tests; execution decides."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

from envfactory.cli.output import emit, note, say, table
from envfactory.environment.spec import Domain
from envfactory.errors import EnvFactoryError


def _quiet(_text: str) -> None:
    """Nobody reads along."""


def author(
    wanted: str,
    *,
    model: str,
    pages: Path | None,
    output: Path,
    name: str | None,
    operations: tuple[str, ...],
    limit: int,
    domain: Domain | None,
    rounds: int,
    mutants: int,
    resume: bool,
    record: Path | None,
    made_by: str,
    sandbox: str,
    tokens: int | None,
    json_: bool,
) -> int:
    """Build one environment with a model; print what came of it."""
    from envfactory.envgen.authors.author import Author
    from envfactory.envgen.contract import contract
    from envfactory.envgen.loop import author_environment
    from envfactory.environment.confined import confining
    from envfactory.environment.library import folders
    from envfactory.environment.pool import Pool
    from envfactory.models.kept import Kept
    from envfactory.models.load import model_named
    from envfactory.models.model import ModelFailed
    from envfactory.models.recorded import write_tape
    from envfactory.runs import Budget, Run
    from envfactory.settings import read_settings

    progress = _quiet if json_ else note
    label = name or "".join(c if c.isalnum() else "_" for c in Path(wanted).stem or wanted)[:40].strip("_").lower()
    store = output / f"{label}.run"
    config = {"wanted": wanted, "model": model, "name": name, "operations": operations, "limit": limit}
    endpoint = model_named(model, read_settings().models)

    async def work(run: Run, pool: Pool) -> Any:
        writer = Author(Kept(endpoint, run, "envgen"))
        try:
            spec = await contract(
                writer,
                wanted,
                pages=pages,
                name=name,
                operations=operations,
                limit=limit,
                domain=domain,
                held=sorted(folders()),
            )
            progress(f"contract: {spec.name}, {len(spec.tools)} tools, {len(spec.rules)} rules")
            folder = output / spec.name
            return await author_environment(
                writer, spec, folder, load=confining(pool), run=run, rounds=rounds, mutants=mutants, progress=progress
            )
        except ModelFailed as error:
            raise EnvFactoryError(f"the model failed ({error.kind}): {error}; run it again with --resume") from error

    with Run(store, config, resume=resume, budget=Budget(tokens=tokens)) as run, Pool(sandbox) as pool:  # type: ignore[arg-type]
        authored = asyncio.run(work(run, pool))
        if record is not None:
            today = date.today().isoformat()
            count = write_tape(run, record, made=today, endpoint=model.split("@")[0], by=made_by)
            progress(f"{record}: {count} replies")
        spent = run.ledger()
        run.finish()
    document = {
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
        "ledger": {stage: item.model_dump(mode="json") for stage, item in spent.items()},
    }
    if json_:
        emit(document)
    else:
        rows = [(r, c["accepted"], c["repaired"], c["rejected"]) for r, c in authored.roles.items()]
        table("answers by role", ("role", "accepted at once", "repaired", "rejected"), rows)
        passes = [
            (v.number, v.verdict, ", ".join(v.failed), v.cases, f"{v.mutation:.2f}", str(v.faults))
            for v in authored.versions
        ]
        table("versions", ("version", "verdict", "checks that fail", "cases", "mutation", "faults"), passes)
        say(f"{authored.folder}: {authored.certificate.verdict} (version {authored.best})")
    return 0 if authored.certificate.verdict == "verified" else 1
