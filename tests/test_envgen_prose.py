"""Pages become sections with their places; addresses are fetched within limits and with manners."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from envfactory.envgen import catalogue, prose, texts
from envfactory.envgen.prose import is_page, read_page, read_pages, split
from envfactory.envgen.source import fetch
from envfactory.errors import MissingExtra, SourceError

MARKDOWN = """---
title: hidden
---
Before any heading.

# Orders

An order has a `status`.

## Cancel an order

Only open orders.

```sh
# not a heading
```

### Errors {#cancel-errors}

409 when it is paid.

Refunds
-------

- one
- two

## Cancel an order

Said twice.
"""

HTML = """<!doctype html><html><head><title>Orders - Shop</title>
<link rel="license" href="https://creativecommons.org/licenses/by/4.0/"><style>p {}</style></head>
<body><header><nav>Menu <a href="/">Home</a></nav></header>
<main><article><header><h1>Orders</h1></header>
<p>An order has a <code>status</code>: <a href="/s">open</a>, paid or cancelled.</p>
<section id="cancel"><h2>Cancel <a class="headerlink" href="#cancel">¶</a></h2><p>Only <b>open</b> orders.</p>
<pre><code># not a heading
POST /orders</code></pre><table><tr><th>field</th></tr><tr><td>order_id</td></tr></table>
<h3 id="errors">Errors</h3><p>409 when paid.</p></section></article></main>
<footer>Imprint</footer><script>var hidden = 1</script></body></html>"""


# Sections ----------------------------------------------------------------------------------------------------------


def test_markdown_is_split_where_it_has_headings() -> None:
    sections = split(MARKDOWN, "orders.md")
    assert [(s.heading, s.above, s.anchor) for s in sections] == [
        ("", (), ""),
        ("Orders", (), "orders"),
        ("Cancel an order", ("Orders",), "cancel-an-order"),
        ("Errors", ("Orders", "Cancel an order"), "cancel-errors"),
        ("Refunds", ("Orders",), "refunds"),
        ("Cancel an order", ("Orders",), "cancel-an-order-1"),
    ]
    assert "# not a heading" in sections[2].text
    assert sections[4].text == "- one\n- two"
    assert [s.where for s in sections][:3] == ["orders.md", "orders.md#orders", "orders.md#cancel-an-order"]
    assert "hidden" not in "".join(s.text for s in sections)


def test_a_page_knows_where_it_came_from_and_gives_one_section(tmp_path: Path) -> None:
    path = tmp_path / "orders.md"
    path.write_text(MARKDOWN)
    page = read_page(str(path))
    assert (page.source.kind, page.source.title, page.source.file) == ("prose", "Orders", "orders.md")
    part = read_page(f"{path}#cancel-an-order")
    assert [s.heading for s in part.sections] == ["Cancel an order", "Errors"]
    assert page.section("refunds").text in page.text
    with pytest.raises(SourceError, match="no section 'nowhere'; its first are: orders"):
        read_page(f"{path}#nowhere")


def test_a_folder_of_pages_is_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# B\n\ntext")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "z.txt").write_text("plain words")
    (tmp_path / ".hidden.md").write_text("# no")
    (tmp_path / "image.png").write_bytes(b"\x89PNG")
    pages = read_pages(tmp_path)
    assert [p.sections[0].where for p in pages] == ["a/z.txt", "b.md#b"]
    with pytest.raises(SourceError, match=r"holds no \.md"):
        read_pages(tmp_path / "nowhere")


def test_an_empty_page_and_a_binary_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.md").write_text("# Only a heading\n")
    (tmp_path / "binary.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match="holds no text"):
        read_page(str(tmp_path / "empty.md"))
    with pytest.raises(SourceError, match="not UTF-8"):
        read_page(str(tmp_path / "binary.md"))


def test_a_page_is_told_from_a_description(tmp_path: Path) -> None:
    assert is_page("docs/orders.md")
    assert is_page("https://shop.example/docs/orders")
    assert not is_page("https://shop.example/openapi.json")
    (tmp_path / "orders.md").write_text(MARKDOWN)
    with pytest.raises(SourceError, match="is a page to read, not a description"):
        fetch(str(tmp_path / "orders.md"))


def test_html_is_reduced_to_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "orders.html"
    path.write_text(HTML)
    page = read_page(str(path))
    assert [(s.heading, s.anchor, s.above) for s in page.sections] == [
        ("Orders", "orders", ()),
        ("Cancel", "cancel", ("Orders",)),
        ("Errors", "errors", ("Orders", "Cancel")),
    ]
    assert page.sections[0].text == "An order has a `status`: open, paid or cancelled."
    assert "# not a heading\nPOST /orders" in page.sections[1].text
    assert "| order_id |" in page.sections[1].text
    assert (page.source.title, page.source.licence) == (
        "Orders - Shop",
        "https://creativecommons.org/licenses/by/4.0/",
    )
    for gone in ("Menu", "Imprint", "hidden", "¶"):
        assert gone not in page.text


def test_html_without_its_packages_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "orders.html"
    path.write_text(HTML)
    monkeypatch.setattr(prose.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"envfactory\[prose\]"):
        read_page(str(path))


# Addresses ---------------------------------------------------------------------------------------------------------


class Site(http.server.BaseHTTPRequestHandler):
    """A site with rules for programs, redirects, a page too large and a search."""

    robots = (200, "User-agent: *\nDisallow: /private\n")
    seen: list[str] = []

    def do_GET(self) -> None:
        type(self).seen.append(self.path)
        status, body, kind, where = 200, "", "text/markdown", ""
        match self.path.split("?")[0]:
            case "/robots.txt":
                status, body = self.robots
            case "/docs/orders" | "/private/orders":
                body = MARKDOWN
            case "/moved":
                status, where = 302, "/docs/orders"
            case "/to-private":
                status, where = 302, "/private/orders"
            case "/to-file":
                status, where = 302, "file:///etc/passwd"
            case "/round":
                status, where = 302, "/round"
            case "/large":
                body = "x" * 5000
            case "/search":
                kind = "application/json"
                query = self.path.partition("q=")[2]
                found = [
                    {"title": f"About {query}", "url": "https://hotel.example/api", "content": "book hotel rooms"},
                    {"title": "no address", "url": "javascript:alert(1)"},
                ]
                body = json.dumps({"results": found})
            case _:
                status, body = 404, "no"
        data = body.encode()
        self.send_response(status)
        if where:
            self.send_header("Location", where)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Site, "seen", [])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_page_is_fetched_and_its_sections_carry_its_address(site: str) -> None:
    page = read_page(f"{site}/moved")
    assert page.source.url == f"{site}/docs/orders"  # where the redirect led
    assert page.section("refunds").where == f"{site}/docs/orders#refunds"


@pytest.mark.parametrize("path", ["/private/orders", "/to-private"])
def test_what_robots_txt_forbids_is_not_fetched(site: str, path: str) -> None:
    with pytest.raises(SourceError, match=r"robots\.txt asks programs not to fetch"):
        read_page(f"{site}{path}")
    assert "/private/orders" not in Site.seen


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (503, False)])
def test_a_missing_robots_txt_allows_and_a_failing_one_forbids(
    site: str, status: int, allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Site, "robots", (status, "User-agent: *\nDisallow:\n"))
    if allowed:
        assert read_page(f"{site}/docs/orders").sections
    else:
        with pytest.raises(SourceError, match=r"robots\.txt"):
            read_page(f"{site}/docs/orders")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/to-file", "no http"),
        ("/round", "redirects more than 5 times"),
        ("/nowhere", "answered 404"),
    ],
)
def test_an_address_that_leads_astray_is_refused(site: str, path: str, sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence):
        read_page(f"{site}{path}")


def test_a_page_too_large_or_too_slow_is_refused(site: str) -> None:
    with pytest.raises(SourceError, match="is larger than"):
        texts.download(f"{site}/large", cap=4999)
    assert len(texts.download(f"{site}/large", cap=5000).content) == 5000
    with pytest.raises(SourceError, match="took too long"):
        texts.download(f"{site}/large", seconds=-1)


@pytest.mark.parametrize("reference", ["ftp://host.example/page.md", "file:///etc/hosts", "gopher://x/y.md"])
def test_only_http_addresses_are_read(reference: str) -> None:
    with pytest.raises(SourceError, match="not an address we read"):
        read_page(reference)


# A web search ------------------------------------------------------------------------------------------------------


def test_a_search_endpoint_is_asked_by_its_template(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(catalogue.KEY, "hidden")
    [entry] = catalogue.on_the_web("hotel booking", f"{site}/search?key={{key}}&q={{query}}")
    assert (entry.title, entry.reference, entry.kind) == (
        "About hotel%20booking",
        "https://hotel.example/api",
        "page",
    )
    assert Site.seen == ["/search?key=hidden&q=hotel%20booking"]


def test_a_search_that_fails_says_so_without_its_key(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(catalogue.KEY, "hidden")
    for path, sentence in (("/nowhere?k={key}&q={query}", "404"), ("/docs/orders?k={key}&q={query}", "JSON")):
        with pytest.raises(SourceError, match=sentence) as refusal:
            catalogue.on_the_web("hotel", f"{site}{path}")
        assert "hidden" not in str(refusal.value)
    with pytest.raises(SourceError, match=r"has no \{query\}"):
        catalogue.on_the_web("hotel", site)
