"""From an API description to a draft environment and its certificate.

Give the file of a Discovery or OpenAPI 3 document to build from that: python examples/02_build.py FILE
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from envfactory.envgen.build import build
from envfactory.envgen.check import check, write_certificate
from envfactory.environment.library import BUILT_IN, load, status
from envfactory.environment.session import Session, World

reference = sys.argv[1] if len(sys.argv) > 1 else str(BUILT_IN / "google_tasks" / "source.json")
folder = Path(tempfile.mkdtemp(prefix="envfactory_"))

built = build(reference, output=folder, name="draft", limit=12)
print(f"{built.spec.title}: {len(built.spec.entities)} entities, {len(built.spec.tools)} tools")
print("files:", ", ".join(built.written))
for omission in built.spec.omitted:
    print(f"left out: {omission.what}: {omission.why}")

# Every check executes. A draft has no stored cases yet, so two of them have nothing to run.
certificate = check(built.folder, fuzz=60)
write_certificate(built.folder, certificate)
for finding in certificate.findings:
    verdict = "skipped" if finding.skipped else "passed" if finding.passed else "FAILED"
    print(f"{finding.check:12} {verdict:8} {finding.count:5} {finding.skipped}")
print("certificate:", status(built.folder))

environment = load(built.folder)
with Session([World.of(environment, "draft")]) as session:
    reader = next(tool.name for tool in built.spec.tools if tool.effect == "list")
    print(f"draft__{reader}:", str(session.call(f"draft__{reader}", {}).result)[:200], "…")

(built.folder / "schema.sql").open("a", encoding="utf-8").write("-- one more line\n")
print("after a changed byte:", status(built.folder))
