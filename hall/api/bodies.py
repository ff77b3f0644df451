"""How the body of a request is read."""

import json
from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser


class StrictJSON(BaseParser):
    """RFC 8259 without its liberties: UTF-8, no NaN, no name twice in one object. Longer than the settings allow: 413 (T18)."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        assert parser_context is not None
        body: bytes = parser_context["request"].body
        try:
            return json.loads(body.decode(), parse_constant=_no_constant, object_pairs_hook=_object)
        except (ValueError, RecursionError) as fault:
            raise ParseError from fault


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice")
    for name in made:
        name.encode()  # half a surrogate pair can't be spelt in an answer
    return made
