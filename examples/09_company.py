"""Your company's OpenAPI file becomes a verified environment: a draft, one method by hand, a world and two cases.

The four files are in examples/company/; put yours in their place: openapi.yaml is what your service serves, the others
are what people write once the draft is there.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from envfactory.envgen.build import build
from envfactory.envgen.check import check, write_certificate
from envfactory.environment.library import load
from envfactory.environment.session import Session, World

company = Path(__file__).parent / "company"
home = Path(tempfile.mkdtemp(prefix="envfactory_"))

draft = build(str(company / "openapi.yaml"), output=home, name="permits", domain="utilities")
print("draft:", ", ".join(tool.name for tool in draft.spec.tools), "-", check(draft.folder, fuzz=40).verdict)

shutil.rmtree(draft.folder / "states")
for name in ("states", "tests"):
    shutil.copytree(company / name, draft.folder / name)
shutil.copy(company / "overrides.py", draft.folder)

# Built again, the draft's own method makes room for the one of overrides.py; nothing that people wrote is touched.
print("written by hand:", ", ".join(build(str(draft.folder), output=home).overridden))
certificate = check(draft.folder, fuzz=40)
write_certificate(draft.folder, certificate)
print("permits:", certificate.verdict, certificate.finding("mutation").figures)

with Session([World.of(load(draft.folder), "small")]) as session:
    for _ in range(2):
        print("permits__revoke_permit:", session.call("permits__revoke_permit", {"permitId": "p_4"}).result)
