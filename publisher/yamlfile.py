"""Reads the files people write (YAML, Markdown with front matter) into typed values, or says what is wrong where."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)
Path_ = tuple[str | int, ...]
Lines = dict[Path_, int]
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C ten times as fast, and every command reads files


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong in a file. `line` counts from 1; 0 when it concerns the whole file."""

    file: Path
    line: int
    what: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        return f"{place}: {self.what}" + (f" {self.hint}" if self.hint else "")


class FlawedFile(Exception):
    """A file a person wrote cannot be used. Carries every flaw found, not only the first."""

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__("\n".join(map(str, self.flaws)))


def read_yaml(path: Path, model: type[Model]) -> Model:
    """A YAML file as `model`; FlawedFile names line, nearest valid key and what to do."""
    data, lines = parse(path, text_of(path))
    return validate(path, data, lines, model)


def read_front_matter(path: Path, model: type[Model]) -> tuple[Model, str, int]:
    """A Markdown file: its front matter as `model`, its body, and the line the body starts on."""
    text = text_of(path)
    head, body, first = split_front_matter(path, text)
    data, lines = parse(path, head, first_line=2)
    return validate(path, data, lines, model), body, first


def split_front_matter(path: Path, text: str) -> tuple[str, str, int]:
    lines = text.splitlines(keepends=True)
    if not lines or lines[0].strip() != "---":
        raise FlawedFile([Flaw(path, 1, "the file must begin with a line of three dashes (---) and its front matter.")])
    for number, line in enumerate(lines[1:], start=1):
        if line.strip() == "---":
            body = "".join(lines[number + 1 :])
            empty = len(body) - len(body.lstrip())
            return "".join(lines[1:number]), body.strip(), number + 2 + body.count("\n", 0, empty)
    raise FlawedFile([Flaw(path, 1, "the front matter is not closed.", "Add a line of three dashes after it.")])


def parse(path: Path, text: str, *, first_line: int = 1) -> tuple[Any, Lines]:
    """Plain data, and the line of every key in it."""
    try:
        root, data = _read(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + first_line if mark else 0
        what = f"this is not valid YAML: {getattr(error, 'problem', None) or error}."
        raise FlawedFile([Flaw(path, line, what, "Check the indentation, quotes and colons there.")]) from None
    except _NoSuchValue as error:
        what = f"“{error.node.value}” does not exist: {error}."
        hint = "Correct it; or put it in quotes, if it is only text."
        raise FlawedFile([Flaw(path, error.node.start_mark.line + first_line, what, hint)]) from None
    lines: Lines = {(): first_line}
    flaws = list(_index(root, (), lines, path, first_line)) if root is not None else []
    if flaws:
        raise FlawedFile(flaws)
    return ({} if data is None else data), lines


def _read(text: str) -> tuple[yaml.Node | None, Any]:
    """The nodes, which know their lines, and the data made from them: the text is read once."""
    loader, root = Loader(text), None
    try:
        root = loader.get_single_node()
        return root, None if root is None else loader.construct_document(root)
    except ValueError as error:
        raise (_no_such_value(root) if root is not None else None) or error from None
    finally:
        loader.dispose()


class _NoSuchValue(Exception):
    """Written like a date or a number, and none: 2026-02-30."""

    def __init__(self, node: yaml.ScalarNode, why: ValueError) -> None:
        super().__init__(str(why))
        self.node = node


def _no_such_value(node: yaml.Node) -> _NoSuchValue | None:
    """The first such value, wherever it stands: PyYAML itself does not tell the line."""
    if not isinstance(node, yaml.ScalarNode):
        inner = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
        return next((found for part in inner if (found := _no_such_value(part))), None)
    try:
        yaml.constructor.SafeConstructor().construct_object(node)
    except ValueError as error:
        return _NoSuchValue(node, error)
    return None


def _index(node: yaml.Node, at: Path_, lines: Lines, path: Path, first_line: int) -> Iterator[Flaw]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*at, key.value)
            if here in lines:
                line = key.start_mark.line + first_line
                yield Flaw(path, line, f"the key “{key.value}” stands here a second time.", "Keep one of them.")
            lines[here] = key.start_mark.line + first_line
            yield from _index(value, here, lines, path, first_line)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            lines[(*at, number)] = value.start_mark.line + first_line
            yield from _index(value, (*at, number), lines, path, first_line)


def validate(path: Path, data: Any, lines: Lines, model: type[Model]) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise FlawedFile([_flaw(path, lines, model, e) for e in error.errors(include_url=False)]) from None


def _flaw(path: Path, lines: Lines, model: type[BaseModel], error: Mapping[str, Any]) -> Flaw:
    loc, kind = error["loc"], error["type"]
    at, line = _locate(loc, lines)
    name = ".".join(map(str, at)) or "the file"
    if kind == "extra_forbidden":
        return Flaw(path, line, f"unknown key “{loc[-1]}”.", _nearest(str(loc[-1]), _keys(model, loc[:-1])))
    if kind == "missing":
        return Flaw(path, line, f"“{loc[-1]}” is missing{f' under “{name}”' if at else ''}.", "Add it.")
    if kind == "union_tag_invalid":
        context = error["ctx"]
        nearest = _nearest(str(context["tag"]), context["expected_tags"].replace("'", "").split(", "))
        return Flaw(path, line, f"“{name}”: unknown type “{context['tag']}”.", nearest)
    message = error["msg"].removeprefix("Value error, ")
    hint = "Put it in quotes." if kind == "string_type" and isinstance(error["input"], int | float) else ""
    return Flaw(path, line, f"“{name}”: {message}{'' if message.endswith('.') else '.'}", hint)


def _locate(loc: Path_, lines: Lines) -> tuple[Path_, int]:
    """The part of pydantic's location that stands in the file; union tags and missing keys do not."""
    at: Path_ = ()
    for part in loc:
        if (*at, part) in lines:
            at = (*at, part)
    return at, lines[at]


def _nearest(key: str, keys: Iterable[str]) -> str:
    known = list(keys)
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if close:
        return f"Did you mean “{close[0]}”?"
    return f"Known here: {', '.join(known)}." if known else ""


def _keys(annotation: Any, loc: Path_) -> list[str]:
    """The valid keys at a location of a model, through dicts, lists, optionals and tagged unions."""
    for model in _models(annotation):
        if not loc:
            return list(model.model_fields)
        field = model.model_fields.get(str(loc[0]))
        if field is not None:
            return _keys_inside(field.annotation, loc[1:])
    return []


def _keys_inside(annotation: Any, loc: Path_) -> list[str]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _keys_inside(args[0], loc)
    if origin in (dict, Mapping) and loc:
        return _keys_inside(args[1], loc[1:])
    if origin in (list, tuple) and loc:
        return _keys_inside(args[0], loc[1:])
    if origin in (Union, types.UnionType):
        tagged = [m for m in _models(annotation) if loc and _tag(m) == loc[0]]
        choices = [_keys(m, loc[1:]) for m in tagged] or [_keys_inside(a, loc) for a in args]
        return next((keys for keys in choices if keys), [])
    return _keys(annotation, loc)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for argument in get_args(annotation) for m in _models(argument)]


def _tag(model: type[BaseModel]) -> str:
    field = model.model_fields.get("type")
    return str(next(iter(get_args(field.annotation)), "")) if field else ""


def text_of(path: Path) -> str:
    """Windows' Notepad puts a mark before the first letter; it is no part of the text."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FlawedFile([Flaw(path, 0, "there is no such file.")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise FlawedFile([Flaw(path, 0, f"it cannot be read: {error}.", "Save it as UTF-8 text.")]) from None
