"""A request told as done: what the oracle says, and what supervised rows teach."""

from __future__ import annotations

import pytest

from envfactory.querygen.verbs import done, past


@pytest.mark.parametrize(
    ("verb", "form"),
    [("add", "added"), ("move", "moved"), ("copy", "copied"), ("pay", "paid"), ("stop", "stopped"), ("tag", "tagged"),
     ("submit", "submitted"), ("open", "opened"), ("enter", "entered"), ("draw", "drawn"), ("play", "played"),
     ("void", "voided"), ("unsubscribe", "unsubscribed"), ("e-mail", "e-mailed"), ("fix", "fixed")],
)  # fmt: skip
def test_participles(verb: str, form: str) -> None:
    assert past(verb) == form


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ('take the label "my inbox" off my note', 'taken the label "my inbox" off your note'),
        ("also assign Mei to it", "also assigned Mei to it"),
        ("permanently delete the folder and empty the trash", "permanently deleted the folder and emptied the trash"),
        ('add a note saying "put and take" and star it', 'added a note saying "put and take" and starred it'),
        ("have my ride drop me at the station", "had your ride drop you at the station"),
        ("set the fonts and colours of the list", "set the fonts and colours of the list"),
    ],
)
def test_a_request_is_told_as_done(request_: str, told: str) -> None:
    assert done(request_) == told
