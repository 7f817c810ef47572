"""What each argument of an operation is for; an argument that is not understood is left out, with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from envfactory.envgen.attributes import given_by_caller, is_set_by_service, label_of, referred, says, timed, unstamped
from envfactory.envgen.effects import Meaning, relating
from envfactory.envgen.entities import ID_WORDS, Draft, World, named_entity
from envfactory.envgen.shapes import Operation, Property, Shapes
from envfactory.envgen.words import argument_name, article, maximum_in_prose, plural, same, spoken, stem, words_of
from envfactory.environment.spec import Operator, Parameter, Role

_PAGE_SIZES = {
    "maxresults",
    "pagesize",
    "perpage",
    "limit",
    "maxitems",
    "pagelimit",
    "itemsperpage",
    "results",
    "first",
}
_PAGE_TOKENS = {"pagetoken", "cursor", "nexttoken", "pagecursor", "nextcursor", "continuationtoken", "marker"}
_PAGE_NUMBERS = {"page", "pagenumber", "offset", "startindex", "skip", "start", "pageno", "pagenum"}
_SORTS = {"orderby", "sort", "sortby", "order", "direction", "sortorder", "sortdir", "sortdirection", "orderdirection"}
_TEXTS = {"q", "query", "search", "searchtext", "searchterm", "searchquery", "keyword", "term", "text"}
_PROJECTIONS = {"fields", "expand", "projection", "include", "part", "select", "view", "readmask", "embed", "optfields",
                "optpretty", "pretty", "prettyprint", "exclude", "format", "hl", "locale", "language"}  # fmt: skip
_LEAST, _MOST = {"min", "minimum", "from", "since", "start", "gte"}, {"max", "maximum", "to", "until", "end", "lte"}
_AFTER, _BEFORE = {"after", "gt"}, {"before", "lt"}
_SELF = {"parent", "previous", "after", "before", "predecessor", "insertafter", "insertbefore", "parentid"}
_SHOWING = {"show", "include", "with"}


class Unclear(Exception):
    """An argument whose meaning is not understood; the message says why."""


class Reader:
    """Gives the parameters of one operation their roles."""

    def __init__(self, op: Operation, meaning: Meaning, world: World, shapes: Shapes) -> None:
        self.op = op
        self.meaning = meaning
        self.world = world
        self.shapes = shapes
        self.draft: Draft = world.drafts[meaning.entity]
        self.omitted: list[tuple[str, str]] = []
        self.lacks = ""
        """Why the tool cannot stand: a required argument that is not understood."""

    def read(self) -> tuple[Parameter, ...]:
        """All parameters that are understood: path, then body, then query; `omitted` holds the others."""
        found: dict[str, Parameter] = {}
        for prop, build in self._all():
            name = argument_name(prop.name)
            if name in found:
                continue
            if prop.deprecated:
                self.omitted.append((prop.name, "deprecated"))
                continue
            try:
                made = build(prop)
            except Unclear as reason:
                self.omitted.append((prop.name, str(reason)))
                if prop.required and str(reason) not in {_PROJECTION, _SERVICE_SETS}:
                    self.lacks = f"it needs {prop.name!r}: {reason}"
                continue
            if made:
                found[name] = made
        order = {"scope": 0, "key": 1}
        return tuple(sorted(found.values(), key=lambda p: (order.get(p.role, 2), not p.required and p.role != "scope")))

    def _all(self) -> Iterator[tuple[Property, Callable[[Property], Parameter | None]]]:
        place = self.world.places[self.op.id]
        above = dict(place.above)
        for prop in self.op.parameters:
            if prop.name == self.meaning.key:
                yield prop, self._key
            else:
                yield prop, lambda p: self._scope(p, above.get(p.name, ()))
        for prop in self.op.body:
            yield prop, self._key if prop.name == self.meaning.key else self._body
        for prop in self.op.query:
            yield prop, self._key if prop.name == self.meaning.key else self._query

    def _key(self, prop: Property) -> Parameter:
        words = spoken(self.draft.name)
        return self._make(prop, "key", f"Which {words}: its {spoken(self.draft.key)}.", required=True,
                          entity=self.draft.name, field=self.draft.key)  # fmt: skip

    def _scope(self, prop: Property, before: tuple[str, ...]) -> Parameter:
        owner = next((e for name, e in self.draft.scopes if name == prop.name), "")
        entity = owner or named_entity(prop.name, before, self.world)
        if not owner and entity == self.draft.name and self.meaning.effect != "clear":
            raise Unclear("it names one of the rows, yet the path does not end there")
        if not owner and (held := relating(prop.name, self.draft)):
            return self._make(prop, "scope", f"The {spoken(held.name)} of the {spoken(self.draft.name)}.",
                              required=True, entity=entity, field=held.name)  # fmt: skip
        if not entity:
            raise Unclear("what it names is not an entity here")
        return self._make(prop, "scope", f"The {spoken(entity)} it belongs to: its "
                          f"{spoken(self.world.drafts[entity].key)}.", required=True, entity=entity,
                          field=argument_name(prop.name))  # fmt: skip

    def _body(self, prop: Property) -> Parameter | None:
        effect = self.meaning.effect
        if prop.read_only:
            return None
        held = self.draft.property(prop.name)
        if held is None:
            if self._says_same_row(prop):
                return None
            held = self._tail_match(prop) if effect == "action" else None
            if effect == "update" and words_of(prop.name)[:1] == ("new",):
                held = self.draft.property("_".join(words_of(prop.name)[1:]))
        if held is None:
            if found := self._reference(prop):
                return found
            raise Unclear("the entity shows no attribute of that name, so nothing would come of it")
        if held.name == self.draft.key and not prop.required:
            if effect == "create" and not given_by_caller(held):
                raise Unclear(_SERVICE_SETS)
            if effect != "create":
                return None
            prop = replace(prop, required=True)
        if is_set_by_service(held) and not (prop.required and effect == "create"):
            return None
        if effect not in {"create", "update", "replace", "action"}:
            return self._reference(prop)
        if prop.type != held.type and held.type in {"string", "integer"} and prop.type in {"string", "integer"}:
            prop = replace(prop, type=held.type)
        if prop.type != held.type and {prop.type, held.type} & {"object", "array"}:
            raise Unclear(f"it is given as {article(prop.type)} and shown as {article(held.type)}")
        if held.enum and not prop.enum and prop.type == "string":
            prop = replace(prop, enum=held.enum)  # what one can be shown is what one can be given
        required = (prop.required and effect in {"create", "replace"}) or (prop.required and not self.meaning.key)
        whose = referred(held, self.draft, self.world)
        if whose and held.type in {"string", "integer"}:
            text = f"Which {spoken(whose)}: its {spoken(self.world.drafts[whose].key)}."
            return self._make(prop, "reference", text, required=required, entity=whose, field=argument_name(held.name))
        text = says(held.name, prop.type, prop.format, self.draft.name)
        return self._make(prop, "value", text, required=required, field=argument_name(held.name))

    def _says_same_row(self, prop: Property) -> bool:
        return prop.name in self.draft.key_parameters

    def _tail_match(self, prop: Property) -> Property | None:
        tail = words_of(prop.name)
        return next((p for p in self.draft.shape.properties if words_of(p.name)[-len(tail) :] == tail), None)

    def _query(self, prop: Property) -> Parameter | None:
        plain = "".join(words_of(prop.name))
        effect = self.meaning.effect
        listing = effect in {"list", "search"}
        if plain in _PROJECTIONS and not (listing and self.draft.property(prop.name)):
            raise Unclear(_PROJECTION)
        if listing:
            return self._paging(prop, plain) or self._filter(prop, plain)
        if effect in {"create", "move", "update", "replace", "action"}:
            if found := self._reference(prop):
                return found
            if self.draft.property(prop.name) and effect != "move":
                return self._body(prop)
        raise Unclear("it changes how the call works or what it notifies, not what is stored")

    # Lists ---------------------------------------------------------------------------------------------------------

    def _paging(self, prop: Property, plain: str) -> Parameter | None:
        numeric = prop.type in {"integer", "number"}
        held = self.draft.property(prop.name)
        if plain in _PAGE_SIZES and prop.type in {"integer", "number", "string"} and held is None:
            most = prop.maximum if prop.maximum is not None else maximum_in_prose(prop.description)
            made = self._make(prop, "page_size", f"How many {self._many} at most on one page.")
            default = made.default if isinstance(made.default, int) else None
            if most is not None and default is not None and default > most:
                most = default
            return made.model_copy(update={"minimum": 1, "maximum": most, "type": "integer"})
        after = plain == "after" and self.op.answer.next_page == "endCursor"  # GraphQL's connections
        if (plain in _PAGE_TOKENS or after) and prop.type == "string":
            if not self.op.answer.next_page:
                raise Unclear("the answer has no token for a next page")
            return self._make(prop, "page_token", "Where to go on: the token that the page before gave.")
        if plain in _PAGE_NUMBERS and numeric and held is None:
            counting = "How many to skip" if plain in {"offset", "skip"} else "Which page, counted from 1"
            return self._make(prop, "page_token", f"{counting}.")
        if plain in _SORTS and held is None:
            if not prop.enum:
                raise Unclear("it does not say by what one can sort")
            known = tuple(v for v in prop.enum if self._sorts(v))
            if not known:
                raise Unclear(f"no attribute of the {spoken(self.draft.name)} is what it sorts by")
            if known != prop.enum:
                gone = ", ".join(v for v in prop.enum if v not in known)
                self.omitted.append((f"{prop.name} by {gone}", "no attribute holds what this sorts by"))
            default = prop.default if prop.default in known else None
            return self._make(replace(prop, enum=known, default=default), "sort", "In which order.")
        return None

    def _sorts(self, value: str) -> bool:
        words = [w for w in words_of(value) if w not in {"asc", "desc", "ascending", "descending"}]
        wanted = "".join(words)
        plain = (p for p in self.draft.shape.properties if p.type not in {"object", "array"})
        return not words or any(wanted in {"".join(words_of(p.name)), unstamped(p.name)} for p in plain)

    @property
    def _many(self) -> str:
        return spoken(plural(self.draft.name))

    def _filter(self, prop: Property, plain: str) -> Parameter:
        words = words_of(prop.name)
        held = self.draft.property(prop.name)
        if plain in _TEXTS and held is None:
            if re.search(
                r"syntax|language|operators?\b|guide|documentation|https?://", prop.description, re.IGNORECASE
            ):
                raise Unclear("it is written in a query language")
            label = label_of(self.draft)
            if not label:
                raise Unclear("the entity has no text to search in")
            return self._compare(prop, label, "contains", f"Only {self._many} with these words in the {spoken(label)}.")
        if len(words) > 1 and words[0] in _SHOWING and prop.type == "boolean":
            shown = next((p for p in self.draft.shape.properties if stem("".join(words[1:])) in
                          {stem("".join(words_of(p.name))), stem(words_of(p.name)[0])}), None)  # fmt: skip
            if shown is None:
                raise Unclear(f"no attribute says which {self._many} are {' '.join(words[1:])}")
            return self._compare(prop, shown.name, "include", f"Also {' '.join(words[1:])} {self._many}.")
        if bound := self._bound(prop, words):
            return bound
        if held is None:
            base = [w for w in words if w not in ID_WORDS]
            held = next((p for p in self.draft.shape.properties if words_of(p.name) == tuple(base)), None)
            singular_of = next((p for p in self.draft.shape.properties if p.type != "array"
                                and plain in {"".join(words_of(plural(p.name)))}), None)  # fmt: skip
            if prop.type == "array" and singular_of:
                return self._compare(prop, singular_of.name, "in", f"Only {self._many} with one of these.")
        if held is None:
            scoped = next((name for name, _ in self.draft.scopes if same(name, prop.name)), "")
            if scoped:
                return self._compare(prop, scoped, "equals", f"Only {self._many} of this {spoken(prop.name)}.")
            raise Unclear(f"no attribute of the {spoken(self.draft.name)} is about it")
        if held.type == "object" or (held.type == "array" and held.item_type == "object"):
            raise Unclear(f"it looks inside {held.name!r}, which is kept whole")
        packed = re.search(r"comma[- ](?:separated|delimited)", prop.description, re.IGNORECASE)
        if prop.type == "string" and (packed or (held.type == "array" and held.item_type != "string")):
            raise Unclear("it packs several values into one text")
        if prop.enum and held.enum and not set(prop.enum) <= set(held.enum) | {"all", "any"}:
            raise Unclear(f"its values are not those of {held.name!r}")
        if prop.type == "array":
            return self._compare(prop, held.name, "in", f"Only {self._many} whose {spoken(held.name)} is one of these.")
        if held.type == "array":
            return self._compare(
                prop, held.name, "contains", f"Only {self._many} with this among the {spoken(held.name)}."
            )
        every = next((v for v in prop.enum if held.enum and v not in held.enum), "")
        text = f"Only {self._many} with this {spoken(held.name)}{f'; {every!r} for any' if every else ''}."
        return self._compare(replace(prop, enum=prop.enum or held.enum), held.name, "equals", text)

    def _bound(self, prop: Property, words: tuple[str, ...]) -> Parameter | None:
        if prop.type not in {"string", "integer", "number"}:
            return None
        for rest, mark in ((words[:-1], words[-1:]), (words[1:], words[:1])):
            sides: list[tuple[set[str], Operator, str]] = [
                (_LEAST, "at_least", "at least"), (_MOST, "at_most", "at most"),
                (_AFTER, "after", "after"), (_BEFORE, "before", "before"),
            ]  # fmt: skip
            for marks, operator, said in sides:
                if not mark or mark[0] not in marks:
                    continue
                held = self._ordered(rest, prop)
                if held is None:
                    continue
                text = f"Only {self._many} whose {timed(held)} is {said} this."
                made = self._compare(prop, held.name, operator, text)
                return made.model_copy(update={"format": made.format or held.format})
        return None

    def _ordered(self, rest: tuple[str, ...], prop: Property) -> Property | None:
        """The attribute that a bound is about, by the words left of its name, or for bare `since` by the prose."""
        times = [p for p in self.draft.shape.properties if p.format in {"date-time", "date"}]
        if rest:
            ordered = [*times, *(p for p in self.draft.shape.properties if p.type in {"integer", "number"})]
            wanted = stem("".join(rest))
            names = {p.name: {stem("".join(words_of(p.name))), stem(unstamped(p.name))} for p in ordered}
            return next((p for p in ordered if wanted in names[p.name]), None)
        said = {stem(w) for w in words_of(prop.description.lower())}
        return next((p for p in times if stem(unstamped(p.name)) in said), None)

    def _compare(self, prop: Property, held: str, operator: Operator, text: str) -> Parameter:
        made = self._make(prop, "filter", text, field=argument_name(held))
        column = self.draft.property(held)
        kind = prop.type
        if column and operator == "equals" and {kind, column.type} == {"string", "integer"}:
            kind = column.type
        return made.model_copy(update={"operator": operator, "type": kind})

    # References ----------------------------------------------------------------------------------------------------

    def _reference(self, prop: Property) -> Parameter | None:
        """An argument that names another row: a destination, a parent, a neighbour, something linked."""
        if prop.type not in {"string", "integer"}:
            return None
        entity = self._names(prop)
        if not entity:
            return None
        held = self.draft.property(prop.name)
        destination = ""
        if held is None and self.meaning.effect == "move":
            destination = next((name for name, owner in self.draft.scopes if owner == entity), "")
        other = spoken(entity)
        plain = "".join(words_of(prop.name))
        lead = {"parent": "The new parent", "previous": "The one to come after", "after": "The one to come after",
                "before": "The one to come before"}.get(plain, "Which one")  # fmt: skip
        text = f"{lead}: a {other}'s {spoken(self.world.drafts[entity].key)}."
        field = argument_name(held.name if held else destination) if held or destination else ""
        return self._make(prop, "reference", text, required=prop.required, entity=entity, field=field)

    def _names(self, prop: Property) -> str:
        plain = "".join(words_of(prop.name))
        return referred(prop, self.draft, self.world) or (self.draft.name if plain in _SELF - {"parentid"} and
                                                          self.meaning.effect == "move" else "")  # fmt: skip

    # -----------------------------------------------------------------------------------------------------------------

    def _make(self, prop: Property, role: Role, text: str, *, required: bool | None = None, entity: str = "",
              field: str = "") -> Parameter:  # fmt: skip
        items = self.shapes.plain(prop.schema) if prop.type in {"object", "array"} else {}
        needed = prop.required if required is None else required
        stays = role in {"value", "reference"} and self.meaning.effect == "update"
        return Parameter(
            name=argument_name(prop.name),
            type=prop.type,
            description=text,
            required=needed,
            default=None if needed or stays else prop.default,
            format=prop.format,
            enum=prop.enum,
            items=(items.get("items") if prop.type == "array" else items) if items else None,
            minimum=prop.minimum,
            maximum=prop.maximum,
            role=role,
            entity=entity,
            field=field,
        )


_PROJECTION = "it chooses what the answer shows or how, which every answer here shows in full"
_SERVICE_SETS = "the service sets it"
