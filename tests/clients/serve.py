"""`serve.py stdio`, or `serve.py http TOKEN`: serve the notes; over HTTP the first line printed is the URL."""

from __future__ import annotations

import sys

from notes import open_notes

from envfactory.environment.server import serve_http, serve_stdio

if sys.argv[1] == "stdio":
    with open_notes() as session:
        serve_stdio(session)
        print(f"ended after {len(session.log)} calls", file=sys.stderr)
else:
    serve_http(open_notes, port=0, token=sys.argv[2], ready=lambda url: print(url, flush=True))
    print("ended", flush=True)
