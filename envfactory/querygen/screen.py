"""The screen: what is wrong with the words of a task, found without a model, whoever wrote them.

It compares words with those of a task whose meaning is certified. What must be said is what those say: each value that
gold needs and only the user can know, each row by its name, each request by a verb that may mean it. What may be said
is explained by the same words, the persona, the scenario or an earlier answer of the agent: another date, number, name
or row is a contradiction. The figures of `benchmarks/rewriting.py` say how much damage it sees.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from envfactory.environment.environment import Environment
from envfactory.environment.spec import EnvSpec
from envfactory.querygen import words as spellings
from envfactory.querygen.brief import Brief, Request, valued
from envfactory.querygen.certify import leaked
from envfactory.querygen.form import repeated, written
from envfactory.querygen.lexicon import (
    ASKING,
    DESTROYING,
    DETAILS,
    EDGES,
    NEGATIONS,
    OPPOSITES,
    RESTORING,
    SWEEPING,
    VERBS,
    accepted,
    alike,
    orders,
    questions,
    unquoted,
)  # fmt: skip
from envfactory.querygen.marks import (
    asked,
    asked_by,
    asking,
    conditions,
    missing_marks,
    once,
    plain_words,
    plainly,
    runs_of,
    says_all,
    shown,
    stems,
    telling,
    windows_of,
    word_stems,
)
from envfactory.querygen.query import said, spoken
from envfactory.querygen.saying import Mark, Said, flat, holds, missing, read, stem
from envfactory.querygen.story import parts
from envfactory.querygen.told import LONGEST
from envfactory.rollout.answers import says
from envfactory.rollout.task import Task, state_of

Fault = Literal["form", "length", "repetition", "leak", "dropped", "unexplained", "answer", "meaning", "more"]
"""What is wrong: how it is written · too long or too short · the same twice · an internal name · a wish or a request is
not said · something is said that nothing explains · the answer is said in the question · turned round · more is asked.
"""
_SHORTEST = 8
_GREETINGS = "i ok okay hi hello hey thanks thank cheers morning evening afternoon please pm am utc id"
_COMMON = frozenset(_GREETINGS.split())
"""Words with a capital that are no names."""
_INNER = re.compile(r"^[a-z]+(?:_[a-z0-9]+|[A-Z][a-z0-9]*)+$")


class Problem(NamedTuple):
    """What is wrong with the words of one turn, for whoever wrote them."""

    fault: Fault
    turn: int
    text: str

    def __str__(self) -> str:
        return f"turn {self.turn + 1}: {self.text}"


class Screen:
    """What the words of one task are held against."""

    def __init__(
        self, task: Task, library: Mapping[str, type[Environment]], *, told: Brief | None = None, story: str = ""
    ) -> None:
        """`task` has words that are known to be right; `story` is what else the user is known to be about."""
        self.task = task
        self.library = library
        self.told = told
        self.story = story
        clocks = {state_of(library[s.environment], s).now for s in task.settings}
        self.now = clocks.pop() if len(clocks) == 1 else None
        """None where the environments' clocks differ: then nobody knows what `tomorrow` is."""
        self.before = [read(turn.query, self.now) for turn in task.turns]

    @cached_property
    def specs(self) -> dict[str, EnvSpec]:
        """The contracts."""
        return {
            s.environment: spec for s in self.task.settings if (spec := self.library[s.environment].spec) is not None
        }

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of rows that nobody speaks of."""
        known = flat(" ".join([self._explained(len(self.task.turns)), self.task.persona, self.story]))
        found: set[str] = set()
        for setting in self.task.settings:
            spec = self.specs.get(setting.environment)
            rows = state_of(self.library[setting.environment], setting).rows
            for entity in spec.entities if spec else ():
                for row in rows.get(entity.table, []) if entity.label else ():
                    label = row.get(entity.label)
                    if isinstance(label, str) and telling(label) and not holds(known, flat(label)):
                        found.add(flat(label))
        return frozenset(found)

    def problems(self, words: Sequence[str]) -> list[Problem]:
        """What is wrong with these words, one text a turn; nothing when they say what the task's own words say."""
        if len(words) != len(self.task.turns):
            return [Problem("form", 0, f"there must be {len(self.task.turns)} turns, and there are {len(words)}")]
        found: list[Problem] = []
        for turn, text in enumerate(words):
            now = read(text, self.now)
            found += self._form(turn, text)
            found += self._dropped(turn, now)
            found += self._unexplained(turn, now)
            found += self._turned(turn, now)
            found += self._more(turn, now)
            found += self._answers(turn, words)
        return [*found, *self._leaks(words)]

    def _form(self, turn: int, text: str) -> Iterator[Problem]:
        """Length, spelling and repetition, which need no meaning."""
        own = self.task.turns[turn].query
        most = min(LONGEST, max(280, 2 * len(own) + 160))
        if not _SHORTEST <= len(text) <= max(most, len(own) * 5 // 4):
            yield Problem("length", turn, f"it has {len(text)} characters; write {_SHORTEST} to {most}")
        for problem in written(text):
            yield Problem("form", turn, problem)
        for piece in repeated(text):
            if not repeated(own):
                yield Problem("repetition", turn, f"{piece!r} is said twice")

    def _dropped(self, turn: int, now: Said) -> Iterator[Problem]:
        own = self.before[turn]
        lost = missing_marks(own, now)
        for mark in lost:
            yield Problem("dropped", turn, f"{shown(mark)} must be said, exactly so" if mark[0] == "quote" else
                          f"{shown(mark)} must be said")  # fmt: skip
        for readings in now.dates:
            if len(readings) > 1 and readings & own.days:
                days = " or ".join(f"{day:%A} {day.day} {day:%B}" for day in sorted(readings))
                yield Problem("dropped", turn, f"a day is said that may be {days}; say which")
        for name in own.names:
            inside = any(holds(quote, name) for quote in now.quotes)
            if stem(name) not in now.words and not inside and not holds(now.flat, name):
                yield Problem("dropped", turn, f"the name {name} must be said")
        for request in self._requests(turn):
            yield from self._request(turn, request, now, lost)
        if self.told is None or not self.told.requests:
            mine = {verb for verb, _ in orders(own.flat)}
            for verb in sorted(mine):
                if not (alike({verb}) | {verb}) & (now.words | {v for v, _ in orders(now.flat)} | stems(now)):
                    yield Problem("dropped", turn, f"it must ask to {plainly(verb, own.flat)}")
            if questions(own.flat) and not ASKING.search(unquoted(now.flat)):
                yield Problem("dropped", turn, "the question is not asked")

    def _request(self, turn: int, request: Request, now: Said, lost: Sequence[Mark]) -> Iterator[Problem]:
        """One request: its wishes in words, what it asks about, and a verb that may mean it."""
        assert self.told is not None
        own = self.before[turn]
        for wish in request.wishes:
            value = valued(wish)
            piece = flat(spoken(value, self.told.now))
            if piece in {"yes", "no"}:
                continue
            exact = said(value, self.told.now).startswith('"')
            if exact and piece in own.flat and piece not in now.flat:
                yield Problem("dropped", turn, f'"{piece}" must be said, exactly so')
            elif not exact and not missing(piece, own, self.now):
                gone = missing(piece, now, self.now) or self._rarer(piece, own, now)
                if gone and not any(shown(mark) == gone for mark in lost):
                    yield Problem("dropped", turn, f"{gone!r} must be said")
        environment, name = parts(self.task.calls[request.place].tool)
        spec = self.specs[environment]
        tool = spec.tool(name)
        entity = spec.entity(tool.entity)
        if request.question:
            if ASKING.search(unquoted(own.flat)) and not ASKING.search(unquoted(now.flat)):
                yield Problem("dropped", turn, "a question is not asked")
            kind, _, field = request.question.partition(":")
            if kind == "count":
                wanted = ("how many", "how much", "number of", "count", "total")
                if not any(holds(now.flat, one) for one in wanted):
                    yield Problem("dropped", turn, f"it must ask how many {spellings.nouns(entity)} there are")
            field_of = next((a for a in (*entity.attributes, *tool.shows) if a.name == field), None)
            asked = spellings.field_words(field_of) if field_of and kind == "field" else ""
            nouns = {spellings.noun(entity), spellings.nouns(entity), *entity.words}
            about = (asked, *field_of.words) if field_of and asked else tuple(nouns)
            if any(says_all(one, own) for one in about) and not any(says_all(one, now) for one in about):
                yield Problem("dropped", turn, f"it must ask about the {asked or spellings.noun(entity)}")
            return
        verbs = accepted(tool)
        mine = {verb for verb, _ in orders(own.flat)}
        if verbs & stems(own) and not (verbs | alike(mine & verbs)) & stems(now):
            yield Problem("dropped", turn, f"it must ask to {plainly('', asked_by(tool.phrases) or tool.name)}")
        for wish in request.wishes:
            field = spellings.field_words(wish.attribute) if wish.attribute else ""
            if not isinstance(wish.value, str) or tool.effect not in {"update", "replace"} or wish.attribute is None:
                continue
            if not says_all(field, own) or wish.attribute.name == entity.label:
                continue
            if not any(says_all(one, now) for one in (field, *wish.attribute.words)):
                field_of = spoken(valued(wish), self.told.now)
                yield Problem("dropped", turn, f"it must say that {field_of!r} is the {field}")

    def _rarer(self, piece: str, own: Said, now: Said) -> str:
        """The piece, where a word of it is said elsewhere, too, and now less often than it was."""
        if holds(now.flat, piece):
            return ""
        counts = [Counter(map(stem, re.findall(r"[^\W\d_]+", text.flat))) for text in (own, now)]
        return piece if any(counts[1][word] < counts[0][word] for word in read(piece, self.now).words) else ""

    def _unexplained(self, turn: int, now: Said) -> Iterator[Problem]:
        known = self._known(turn)
        for quote in now.quotes:
            if not self._quotable(quote.strip(" .,!?").casefold(), known):
                yield Problem("unexplained", turn, f'nothing explains "{quote}"')
        for readings in now.dates:
            if not readings & known.days:
                day = min(readings)
                yield Problem("unexplained", turn, f"nothing explains the day {day:%B} {day.day}, {day.year}")
        for hour, minute in sorted(now.clocks - known.clocks):
            yield Problem("unexplained", turn, f"nothing explains the time {hour:02d}:{minute:02d}")
        for number in sorted(now.numbers - known.numbers):
            word = spellings.counted(int(number)) if 2 <= number <= len(self.before[turn].quotes) else ""
            if word and re.search(rf"\b(?:the|those|these) {word}\b", now.flat, re.IGNORECASE):
                continue  # "the two of them"
            yield Problem("unexplained", turn, f"nothing explains the number {number:g}")
        for code in sorted(now.codes):
            if code not in known.flat.casefold():
                yield Problem("unexplained", turn, f"nothing explains {code!r}")
        text = {stem(word) for word in re.findall(r"[^\W\d_]+", known.flat)}
        for name in now.names:
            if stem(name) not in text and name.casefold() not in _COMMON and not name.isdigit():
                pieces = [stem(one) for one in re.split(r"[-/&]", name) if one]
                if not all(piece in text for piece in pieces):
                    yield Problem("unexplained", turn, f"nothing explains the name {name}")
        for label in sorted(self.names):
            if label in now.flat and holds(now.flat, label):
                yield Problem("unexplained", turn, f'"{label}" is not what it is about')

    def _quotable(self, quote: str, known: Said) -> bool:
        """Whether what stands in quotes is a whole text or name that is known, or a value in words."""
        whole = {one.strip(" .,!?").casefold() for one in known.quotes}
        requests = self.told.requests if self.told else ()
        whole |= {
            spoken(valued(w), self.told.now).strip(" .,!?").casefold() for r in requests for w in r.wishes if self.told
        }
        return not quote or quote in whole or holds(unquoted(self._explained(len(self.task.turns))), quote)

    def _turned(self, turn: int, now: Said) -> Iterator[Problem]:
        """Words that turn a meaning round: a negation, the other edge, values exchanged."""
        own = self.before[turn]
        mine = Counter(match[0].casefold() for match in NEGATIONS.finditer(unquoted(own.flat)))
        theirs = Counter(match[0].casefold() for match in NEGATIONS.finditer(unquoted(now.flat)))
        for word in sorted(theirs - mine):
            yield Problem("meaning", turn, f"{word!r} may turn the meaning round; say it without")
        for word in sorted(mine - theirs):
            if not sum(theirs.values()) >= sum(mine.values()):
                yield Problem("meaning", turn, f"{word!r} must stay, or the meaning is another")
        if conditions(now) > conditions(own):
            yield Problem("meaning", turn, "a condition is made that nobody wished for")
        edges = [[sum(plain_words(text)[word] for word in edge) for edge in EDGES] for text in (own, now)]
        for one, other in OPPOSITES:
            if edges[1][one] < edges[0][one] and edges[1][other] > edges[0][other]:
                wanted = min(EDGES[one] & {*plain_words(own)})
                yield Problem("meaning", turn, f"it must be the {wanted}, not the other end")
        for edge, count in zip(EDGES, edges[0], strict=True):
            if count and not any(edges[1]):
                yield Problem("dropped", turn, f"it must say {min(edge & {*plain_words(own)})!r}")
        yield from self._exchanged(turn, now)

    def _exchanged(self, turn: int, now: Said) -> Iterator[Problem]:
        """Days, times and numbers keep their order; each request's own words stand together as they did."""
        own = self.before[turn]
        for kind in ("day", "clock", "number", "code"):
            mine = once([mark for _, mark in own.marks if mark[0] == kind])
            theirs = [mark for mark in once([mark for _, mark in now.marks if mark[0] == kind]) if mark in mine]
            if [mark for mark in mine if mark in theirs] != theirs:
                yield Problem("meaning", turn, f"keep the order of {' and '.join(map(shown, mine))}")
        requests = list(self._requests(turn))
        owner: dict[Mark, int] = {}
        shared: set[Mark] = set()
        for number, request in enumerate(requests):
            for mark in self._marks(request):
                if owner.setdefault(mark, number) != number:
                    shared.add(mark)
        bare = [
            r
            for n, r in enumerate(requests)
            if not r.question and n not in {owner[m] for m in owner if m not in shared}
        ]
        writes = sum(not request.question for request in requests)
        if bare and asking(now) < min(writes, asking(own)):
            yield Problem("dropped", turn, "a request is not asked for; say each with a verb of its own")
        places = [[(at, owner[m]) for at, m in s.marks if m in owner and m not in shared] for s in (own, now)]
        runs = [runs_of(one) for one in places]
        if len(runs[0]) == len({number for *_, number in runs[0]}):
            if len(runs[0]) < len(runs[1]):
                yield Problem(
                    "meaning", turn, "the values of different requests are mixed; keep each request's together"
                )
            else:
                yield from self._misplaced(turn, now, requests, runs)
        if len(requests) == 1:
            mine = once([mark for _, mark in own.marks if mark[0] == "quote"])
            theirs = [mark for mark in once([mark for _, mark in now.marks if mark[0] == "quote"]) if mark in mine]
            if self._like(requests[0]) and [mark for mark in mine if mark in theirs] != theirs:
                yield Problem("meaning", turn, f"keep the order of {' and '.join(map(shown, mine))}")

    def _misplaced(
        self, turn: int, now: Said, requests: Sequence[Request], runs: Sequence[Sequence[tuple[int, int, int]]]
    ) -> Iterator[Problem]:
        """Each request's verb stands before its own values, behind those of the request before it."""
        windows = [dict(windows_of(text.flat, run)) for text, run in zip((self.before[turn], now), runs, strict=True)]
        for number, before in windows[0].items():
            verbs = self._accepted(requests[number])
            mine = verbs & VERBS & word_stems(before) or {verb for verb, _ in orders(before)}
            right = verbs | alike(mine) | mine
            if requests[number].question or not mine or not right & asked(before):
                continue
            there = asked(windows[1].get(number, before))
            if VERBS & there and not right & there:
                yield Problem("dropped", turn, f"it must ask to {plainly(min(mine), before)} there, not something else")

    def _like(self, request: Request) -> bool:
        """Whether two quoted texts of a request could be taken for one another: a new name, two rows of a kind."""
        environment, name = parts(self.task.calls[request.place].tool)
        spec = self.specs[environment]
        tool = spec.tool(name)
        label = spec.entity(tool.entity).label
        kinds = [thing.entity for thing in request.things.values()]
        renames = tool.effect in {"update", "replace"} and any(
            wish.attribute is not None and wish.attribute.name == label for wish in request.wishes
        )
        return renames or len(kinds) > len(set(kinds))

    def _marks(self, request: Request) -> frozenset[Mark]:
        """What a request says that can be found in a text."""
        assert self.told is not None
        found: set[Mark] = set()
        for wish in request.wishes:
            value = valued(wish)
            found |= {mark for _, mark in read(said(value, self.told.now), self.now).marks}
        for thing in request.things.values():
            found |= {mark for _, mark in read(thing.text, self.now).marks}
        return frozenset(found)

    def _more(self, turn: int, now: Said) -> Iterator[Problem]:
        """What is asked beyond the requests of the turn."""
        own = self.before[turn]
        requests = list(self._requests(turn))
        allowed = {verb for verb, _ in orders(own.flat)}
        allowed |= alike(allowed) | stems(own)
        for request in requests:
            allowed |= self._accepted(request)
        for verb, clause in orders(now.flat):
            if verb not in allowed and not (verb in DETAILS and self._wished(verb, clause, own)):
                yield Problem("more", turn, f"it asks to {plainly(verb, now.flat)}, which nobody wished for")
            elif not self._wished(verb, clause, own):
                yield Problem("more", turn, f"it asks for more than it should: {clause!r}")
        if questions(now.flat) > max(questions(own.flat), sum(bool(r.question) for r in requests)):
            yield Problem("more", turn, "it asks a question more than it should")
        given = [[verb for verb, _ in orders(text.flat)] for text in (own, now)]
        kept = [sum(verb in RESTORING for verb in verbs) for verbs in given]
        lost = [sum(verb in DESTROYING for verb in verbs) for verbs in given]
        if kept[1] > kept[0] and lost[1] < lost[0]:
            yield Problem("meaning", turn, "it asks for the opposite")
        gone = lost[1]
        may = [bool(self._accepted(request) & DESTROYING) for request in requests]
        if requests and gone > max(sum(may), lost[0]):
            yield Problem("meaning", turn, "more is taken away than anybody wished for")
        for match in SWEEPING.finditer(unquoted(now.flat)):
            if match[0].casefold() not in own.flat.casefold():
                yield Problem("more", turn, f"{match[0]!r} asks for more than it should")

    def _wished(self, verb: str, clause: str, own: Said) -> bool:
        """Whether a clause says something that the right words say, too."""
        said = read(clause, self.now)
        mine = {mark for _, mark in own.marks}
        known = own.words | stems(own)
        about = said.words - {verb}
        strange = [word for word in about if word not in known]
        return any(mark in mine for _, mark in said.marks) or not strange or 2 * len(strange) < len(about)

    def _answers(self, turn: int, words: Sequence[str]) -> Iterator[Problem]:
        mine = " ".join(one.query for one in self.task.turns[: turn + 1])
        theirs = " ".join(words[: turn + 1])
        for fact in self.task.turns[turn].facts:
            if says(theirs, fact) and not says(mine, fact):
                yield Problem("answer", turn, f"it says the answer to its own question: {fact.forms[0]!r}")

    def _leaks(self, words: Sequence[str]) -> Iterator[Problem]:
        turns = tuple(
            turn.model_copy(update={"query": text}) for turn, text in zip(self.task.turns, words, strict=True)
        )
        with self.task.open(self.library, others=False) as session:
            for name in leaked(self.task.model_copy(update={"turns": turns}), self.specs, session):
                place = next((n for n, text in enumerate(words) if name in text), 0)
                yield Problem("leak", place, f"{name!r} is an internal name that no user knows")
        inner = {p.name for spec in self.specs.values() for tool in spec.tools for p in tool.parameters}
        inner = {name for name in inner if _INNER.match(name)}
        for turn, text in enumerate(words):
            for word in re.findall(r"\w+", unquoted(text)):
                if word in inner and not holds(self.before[turn].flat, word):
                    yield Problem("leak", turn, f"{word!r} is an internal name that no user knows")

    def _accepted(self, request: Request) -> frozenset[str]:
        """The verbs that may mean a request; none for a question."""
        environment, name = parts(self.task.calls[request.place].tool)
        return frozenset() if request.question else accepted(self.specs[environment].tool(name))

    def _requests(self, turn: int) -> Iterator[Request]:
        return (request for request in (self.told.requests if self.told else ()) if request.turn == turn)

    def _explained(self, turn: int) -> str:
        """All that has been said when a turn is said: the user's own words, and the agent's earlier answers."""
        answers = [one.answer for one in self.task.turns[:turn]]
        return " ".join([*(one.query for one in self.task.turns[: turn + 1]), *answers])

    def _known(self, turn: int) -> Said:
        titles = [word for spec in self.specs.values() for word in (spec.title, spec.description)]
        entities = [w for spec in self.specs.values() for e in spec.entities for w in (e.name, *e.words)]
        text = " ".join([self._explained(turn), self.task.persona, self.story])
        known = read(text, self.now)
        more = flat(" ".join([text, *titles, *entities]))
        return Said(more, known.dates, known.clocks, known.numbers, known.quotes, known.codes, known.words, known.names)
