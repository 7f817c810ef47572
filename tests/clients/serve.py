"""`serve.py stdio`, or `serve.py http TOKEN`: serve the notes; over HTTP the first line printed is the URL."""

from __future__ import annotations

import sys

from notes import open_notes

from envfactory.environment.server import serve_http, serve_stdio

if sys.argv[1] == "stdio":
    with open_notes() as session:
        serve_stdio(session)
        sys.stderr.write(f"ended after {len(session.log)} calls\n")
else:

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    serve_http(open_notes, port=0, token=sys.argv[2], ready=say)
    say("ended")
