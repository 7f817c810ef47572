"""What the user says: a small grammar over the tools' and entities' own words.

A contract's `phrases` come first: `add {title}[ to {tasklist}][, due {due}]`. A parameter in braces is replaced by how
people refer to it; a part in brackets is left out when its parameter is not said; what a phrase does not mention is
appended. Without phrases the clause is made from the tool's effect.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random

from envfactory.environment.environment import DEFAULT_NOW
from envfactory.environment.spec import Attribute, Parameter
from envfactory.messages import as_list, canonical
from envfactory.querygen import acts, manners, questions, words
from envfactory.querygen.ask import answered
from envfactory.querygen.story import Move, Persona, Referent, Story, Value

NAMED = "named"
IMPLICIT = "implicit"
OMITTED = "omitted"
EARLIER = "earlier"
OTHER = "other"
NTH = "nth:"
AS = "as:"
"""Before words that a way gives itself: `as:the task we started with`."""
BACKWARD = (IMPLICIT, EARLIER, OTHER, NTH, AS)
"""Ways that point back into the conversation."""

_CREATE = ("create", "add", "set up", "make")
_UPDATE = ("change", "set")
_DELETE = ("delete", "remove", "get rid of")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_THE_OF_IT = re.compile(
    r"(?<!only )\bthe ((?!the\b|of\b|whole\b|rest\b|end\b|start\b)[\w'-]+(?: (?!the\b|of\b)[\w'-]+){0,3}) of it\b"
)
_NAMED = re.compile(r'\bthe (\w+) "')
_OFF_IT = re.compile(r"^(\w+) (off|up|out|down|back|away|over|on) it\b")
_HOLE = re.compile(r"\{(\w+)\}")
_ORDINALS = ("first", "second", "third", "fourth")


@dataclass
class Wording:
    """How each thing is referred to: (place of the move among the story's, parameter) → way; named by default.

    A way is `named`, `implicit` (it, that task), `omitted`, `first:due` / `last:due` (the task with the earliest due
    date), `earlier` (the task from before), `nth:2` / `nth:last` (the second of those tasks) or `other` (the other
    task).
    """

    ways: dict[tuple[int, str], str] = field(default_factory=dict[tuple[int, str], str])
    joined: set[int] = field(default_factory=set[int])
    """Turns whose clauses are to be pressed into one sentence."""
    pressed: set[int] = field(default_factory=set[int])
    """Those for which `write` did it: clauses that are too long stay apart."""
    remarks: dict[int, str] = field(default_factory=dict[int, str])
    """By turn, what the user says first to what came of the turn before."""
    places: dict[int, str] = field(default_factory=dict[int, str])
    """By move, the service it is for, where that must be said: `Google Tasks`."""
    merged: dict[int, tuple[str, tuple[int, ...]]] = field(default_factory=dict[int, tuple[str, tuple[int, ...]]])
    """By the first of several moves said in one clause: the parameter in which they differ, and all of them."""
    clauses: dict[int, str] = field(default_factory=dict[int, str])
    """Templates, by the place of their move, that say it in place of the contract's: `change the due date of {task}`.
    A value whose way is `omitted` goes unsaid; what else they do not mention is appended."""

    def way(self, move: int, parameter: str) -> str:
        """How one parameter of one move is said."""
        return self.ways.get((move, parameter), NAMED)


def write(story: Story, wording: Wording, *, random: Random) -> list[str]:
    """The user's words, one text for each turn."""
    used: set[str] = set()
    return [_turn(story, turn, wording, random, used) for turn in range(story.count)]


def demand(story: Story, move: Move, *, random: Random) -> str:
    """A move as an imperative clause, in which everything goes by its name: `delete the task "Call Ada"`."""
    return clause(story, -1, move, Wording(), None, random)


def request(clause: str, persona: Persona, *, random: Random) -> str:
    """A clause as a sentence of its own, in the persona's manner."""
    return manners.single(clause, persona, random=random)


def refer(referent: Referent, way: str, *, focus: Referent | None = None, now: datetime = DEFAULT_NOW) -> str:
    """A referring expression for a row; `now` tells which dates go without their year."""
    noun = words.noun_for(referent.entity, referent.item)
    if way == IMPLICIT:
        focused = focus is not None and focus.same == referent.same
        return "it" if focused and not referent.entity.person else f"that {noun}"
    if way.startswith(AS):
        return way.removeprefix(AS)
    if way == EARLIER:
        return f"the {noun} from before"
    if way == OTHER:
        return f"the other {noun}"
    if way.startswith(NTH):
        place = way.removeprefix(NTH)
        return f"the {place if place == 'last' else _ORDINALS[int(place) - 1]} of those {words.nouns(referent.entity)}"
    if way.startswith(("first:", "last:")):
        side, _, name = way.partition(":")
        noun = words.noun(referent.entity)  # compared with all of them
        return f"the {noun} with the {edge_words(referent.entity.attribute(name), side)}"
    if not nameable(referent):
        return f"that {noun}"
    if referent.entity.called:
        own = referent.entity.attribute(referent.entity.label).says if referent.entity.label else {}
        if referent.label in own:  # "my submission", where others are called by their student
            return own[referent.label]
        return fill(referent.entity.called, {name: words.say(value, now) for name, value in referent.item.items()})[0]
    if noun.lower() in referent.label.lower().split():
        return f'"{referent.label}"'
    return f'the {noun} "{referent.label}"'


def nameable(referent: Referent) -> bool:
    """Whether there is a name to call a row by, or all that its entity's way of speaking of it takes."""
    if not referent.entity.called:
        return bool(referent.label)
    return _fits(referent.entity.called, {name: str(value) for name, value in referent.item.items()})


def edge_words(attribute: Attribute, side: str) -> str:
    """`earliest due date` for the first of a date, `highest amount` for the last of a number, or the contract's own."""
    if attribute.says.get(side):
        return attribute.says[side]
    dated = attribute.format in {"date", "date-time"}
    edge = ("earliest" if side == "first" else "latest") if dated else ("lowest" if side == "first" else "highest")
    return f"{edge} {words.field_words(attribute)}"


def spoken(value: Value, now: datetime) -> str:
    """A value in the contract's words for it, else as anybody would say it."""
    says = {**(value.attribute.says if value.attribute is not None else {}), **value.parameter.says}
    key = canonical(value.value) if isinstance(value.value, (bool, int, dict, list)) else value.value
    if isinstance(key, str) and key in says:
        return says[key]
    items = as_list(value.value)
    if items and all(isinstance(item, str) and item in says for item in items):
        return words.listed([says[str(item)] for item in items])
    return words.say(value.value, now)


def said(value: Value, now: datetime) -> str:
    """A value as the user says it: free text in quotes, the rest plain."""
    text = spoken(value, now)
    plain = not isinstance(value.value, str) or value.parameter.enum or (value.attribute and value.attribute.enum)
    plain = plain or value.value in value.parameter.says
    if plain or words.as_moment(value.value) or words.as_day(value.value) or "@" in text:
        return text
    return f'"{text}"'


def _turn(story: Story, turn: int, wording: Wording, random: Random, used: set[str]) -> str:
    clauses: list[manners.Clause] = []
    opening = [wording.remarks[turn]] if turn in wording.remarks else []
    unsaid = {number for _, numbers in wording.merged.values() for number in numbers[1:]}
    for number, move in enumerate(story.moves):
        if move.turn == turn and number not in unsaid:
            text = clause(story, number, move, wording, focus_before(story, number), random)
            if number == 0:
                text = text.removeprefix("also ")  # nothing was asked for before
            if move.act == "request":
                place = wording.places.get(number, "")
                asks = not move.spec.writes
                clauses.append(manners.Clause(text, asks, move.spec.effect, words.nouns(move.entity), place))
            else:
                opening.append(_revision(story, number, text, random))
    orders = [one.text for one in clauses if not one.asks]
    alone = not any(one.place for one in clauses[1:])  # what is for another service is said apart
    together = manners.joined(orders) if turn in wording.joined and alone and len(orders) == len(clauses) > 1 else ""
    if together:
        clauses = [replace(clauses[0], text=together, effect="")]
        wording.pressed.add(turn)
    told = manners.sentences(
        clauses, story.scenario.persona, first=turn == 0, last=turn == story.count - 1, now=story.now, random=random,
        opened=bool(opening), used=used,
    )  # fmt: skip
    return " ".join([*opening, *told])


def _revision(story: Story, number: int, clause: str, random: Random) -> str:
    """How people correct themselves, or take back what they asked for."""
    move = story.moves[number]
    if move.instead is None or not move.values:
        made = move.target is not None and move.target.created and move.spec.effect == "delete"
        if made:
            return acts.removed(clause, words.noun(move.entity), random=random)
        return acts.taken_back(clause, random=random)
    new, old = said(move.values[0], story.now), said(move.instead, story.now)
    field_words = _name(move.instead)
    if move.act == "retract":
        return acts.restored(new, field_words, random=random)
    before = [said(value, story.now) for m in story.in_turn(move.turn - 1) for value in m.values]
    plain = before.count(old) == 1 and not (move.instead.parameter.phrase or move.instead.parameter.says)
    return acts.corrected(new, old, field_words, plain=plain, random=random)


def focus_before(story: Story, number: int) -> Referent | None:
    """What `it` means for a move: the one row that answered the question before it, else what the move before it made
    or acted on."""
    if number == 0:
        return None
    before = story.moves[number - 1]
    found = answered(before)
    if len(found) == 1:
        return found[0]
    if before.question and before.target is None:
        return None  # "which tasks are on the list A?" leaves open whether `it` is the list
    return before.created or before.target or before.scope


def clause(story: Story, number: int, move: Move, wording: Wording, focus: Referent | None, random: Random) -> str:
    """One move as a clause: what is to be done, in the imperative, or a question; `focus` is what `it` would mean."""
    texts: dict[str, str] = {}
    for parameter, referent in move.referents.items():
        way = wording.way(number, parameter)
        if way != OMITTED:
            beside = move.target is not None and move.spec.parameter(parameter).role == "scope"
            # "the event on that calendar": two things in one clause are not both `it`
            known = story.known_as(number, referent)
            texts[parameter] = refer(known, way, focus=None if beside else focus, now=story.now)
    values = {
        value.parameter.name: said(value, story.now)
        for value in move.values
        if wording.way(number, value.parameter.name) != OMITTED
    }
    texts |= values
    if number in wording.merged:
        return _several(story, number, move, wording, texts, random)
    if number in wording.clauses:
        text, rest = fill(wording.clauses[number], texts)
        return _idiomatic(text) + _appended(move, rest, texts)
    templates = [t for t in move.spec.phrases if _fits(t, texts)]
    if templates and not move.question:
        most = max(len(_mentioned(t, texts)) for t in templates)
        text, rest = fill(random.choice([t for t in templates if len(_mentioned(t, texts)) == most]), texts)
    elif move.question:
        text, rest = fill(_question(story, move, texts, random), texts)
        rest -= values.keys()  # some are said in other words: `do I teach` for `that I teach`
    else:
        text, rest = fill(_default(move, values, random), texts)
    return _idiomatic(text) + _appended(move, rest, texts)


def _several(story: Story, number: int, move: Move, wording: Wording, texts: dict[str, str], random: Random) -> str:
    """Several moves that differ in one thing as one clause: `add "A", "B" and "C" to the list "Home"`."""
    parameter, numbers = wording.merged[number]
    each: list[str] = []
    for other in (story.moves[n] for n in numbers):
        referent = other.referents.get(parameter)
        value = next((v for v in other.values if v.parameter.name == parameter), None)
        if referent is not None:
            each.append(refer(referent, NAMED, now=story.now))
        elif value is not None:
            each.append(said(value, story.now))
    alone = replace(wording, merged={})
    whole = clause(story, number, move, alone, None, random)
    one = texts.get(parameter, "")
    together = _together(each, move, parameter)
    if whole.count(one) != 1:
        return words.listed([clause(story, n, story.moves[n], alone, None, random) for n in numbers])
    if move.question and together.startswith("the "):
        return whole.replace(one, f"each of {together}")
    entity = None if parameter in move.referents else move.entity
    return words.in_plural(whole.replace(one, together), together, entity)


def _together(each: list[str], move: Move, parameter: str) -> str:
    """`the tasks "A" and "B"` for `the task "A"` and `the task "B"`."""
    referent = move.referents.get(parameter)
    if referent is not None:
        noun = words.noun(referent.entity)
        if all(text.startswith(f'the {noun} "') for text in each):
            return f"the {words.nouns(referent.entity)} {words.listed([t.removeprefix(f'the {noun} ') for t in each])}"
    return words.listed(each)


def _idiomatic(text: str) -> str:
    """`take it off` for `take off it`, `its due date` for `the due date of it`, and no `payee` beside `our payees`."""
    text = _OFF_IT.sub(r"\1 it \2", _THE_OF_IT.sub(r"its \1", text)).replace(" that that ", " that this ")
    for noun in _NAMED.findall(text):
        if re.search(rf'" (?:\w+ )+?(?:my|our|the) {re.escape(noun)}s\b', text):
            text = text.replace(f'the {noun} "', '"', 1)
    return text


def _fits(template: str, texts: Mapping[str, str]) -> bool:
    """Whether everything outside brackets can be said."""
    return all(hole in texts for hole in _HOLE.findall(_OPTIONAL.sub("", template)))


def _mentioned(template: str, texts: Mapping[str, str]) -> set[str]:
    """The parameters a template would say."""
    return set(_HOLE.findall(template)) & set(texts)


def fill(template: str, texts: Mapping[str, str]) -> tuple[str, set[str]]:
    """The template with its holes filled, and the parameters it did not mention."""

    def keep(match: re.Match[str]) -> str:
        return match[1] if all(hole in texts for hole in _HOLE.findall(match[1])) else ""

    chosen = _OPTIONAL.sub(keep, template)
    mentioned = set(_HOLE.findall(chosen))
    return _HOLE.sub(lambda match: texts[match[1]], chosen), set(texts) - mentioned


def _appended(move: Move, rest: set[str], texts: Mapping[str, str]) -> str:
    """What the template did not say, by each parameter's own phrase."""
    pieces: list[str] = []
    for parameter in move.spec.parameters:
        if parameter.name in rest:
            pieces.append(_phrase(move, parameter).replace("{}", texts[parameter.name]))
    if not pieces:
        return ""
    question = "" if not move.question else "?"
    return f", {words.listed(pieces)}{question}" if not question else f" ({words.listed(pieces)})"


def _phrase(move: Move, parameter: Parameter) -> str:
    if parameter.phrase == "{}" and parameter.role == "filter" and not _in_words(move, parameter):
        return "that mention {}"
    if parameter.phrase:
        return parameter.phrase
    if parameter.role == "scope":
        return "in {}"
    if parameter.role == "reference":
        return "to {}"
    attribute = next((v.attribute for v in move.values if v.parameter.name == parameter.name), None)
    name = words.field_words(attribute) if attribute else words.split(parameter.name)
    return f"with {name} {{}}"


def _in_words(move: Move, parameter: Parameter) -> bool:
    """Whether the contract has words of its own for the value of a filter."""
    value = next((v.value for v in move.values if v.parameter.name == parameter.name), None)
    return not isinstance(value, str) or value in parameter.says or (value in parameter.enum)


def _default(move: Move, values: Mapping[str, str], random: Random) -> str:
    """A template from the tool's effect."""
    place = "".join(f"[ in {{{p.name}}}]" for p in move.spec.parameters if p.role == "scope")
    key = next((p.name for p in move.spec.parameters if p.role == "key"), "")
    noun = words.noun(move.entity)
    label = next((v.parameter.name for v in move.values if v.parameter.field == move.entity.label), "")
    match move.spec.effect:
        case "create":
            called = f" called {{{label}}}" if label else ""
            return f"{random.choice(_CREATE)} {words.article(noun)}{called}{place}"
        case "delete":
            return f"{random.choice(_DELETE)} {{{key}}}{place}"
        case "update" | "replace":
            if label and len(values) == 1:
                return f"rename {{{key}}}{place} to {{{label}}}"
            pairs = [f"the {_name(value)} to {{{value.parameter.name}}}" for value in move.values]
            if len(pairs) == 1:
                value = move.values[0]
                return f"{random.choice(_UPDATE)} the {_name(value)} of {{{key}}}{place} to {{{value.parameter.name}}}"
            return f"update {{{key}}}{place}: set {words.listed(pairs)}"
        case "move":
            return f"move {{{key}}}{place}"
        case _:
            verbs = [w for w in words.split(move.spec.name).split() if w not in {noun, words.nouns(move.entity)}]
            subject = f" {{{key}}}{place}" if key else place.replace("[ in ", "[ ")
            return f"{' '.join(verbs)}{subject}"


def _name(value: Value) -> str:
    return words.field_words(value.attribute) if value.attribute else words.split(value.parameter.name)


def _question(story: Story, move: Move, texts: Mapping[str, str], random: Random) -> str:
    """A template for what the user wants to know."""
    kind, _, name = move.question.partition(":")
    if kind == "field":
        key = next((p.name for p in move.spec.parameters if p.role == "key"), "")
        asked = words.field_words(move.entity.attribute(name))
        places = [p for p in move.spec.parameters if p.role == "scope" or (p.role == "reference" and p.phrase)]
        places += [v.parameter for v in move.values]
        rest = "".join(f" {_phrase(move, p).replace('{}', f'{{{p.name}}}')}" for p in places if p.name in texts)
        short = story.scenario.persona.style != "polite" and random.random() < 0.4
        subject = f"{{{key}}}" if key else ""
        return questions.asking(asked, subject, person=move.entity.person, short=short).replace("?", f"{rest}?")
    listed = grouped(move, texts)
    if kind == "count":
        return questions.counting(listed, "how many", _have(story, move, random))
    if kind == "names":
        return questions.counting(listed, random.choice(("which", "which", "what")), _have(story, move, random))
    return questions.comparing(listed, edge_words(move.entity.attribute(name), kind))


def grouped(move: Move, texts: Mapping[str, str]) -> questions.Group:
    """What a move lists, in pieces."""
    return questions.group(move, texts, {p.name: _phrase(move, p) for p in move.spec.parameters})


def _have(story: Story, move: Move, random: Random) -> str:
    """`are there`, or `do I have` of what the service lets its user make: `do we have` where a contract says `our`."""
    moment = story.moments[move.turn] if move.turn < len(story.moments) else None
    spec = moment.environments[move.environment].spec if moment else None
    if spec is None or not any(t.effect == "create" and t.entity == move.entity.name for t in spec.tools):
        return "are there"
    ours = any(re.search(r"\b(?:we|us|our)\b", phrase) for tool in spec.tools for phrase in tool.phrases)
    return random.choice(("are there", f"do {'we' if ours else 'I'} have"))
