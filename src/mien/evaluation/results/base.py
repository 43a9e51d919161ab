"""Parts that all results have in common."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from mien.classes import Vocabulary
from mien.errors import DataError

SIGNIFICANCE = 0.05
"""The p-value below which a difference counts as real."""

FIX = "Use a JSON file that mien evaluate wrote."
"""What to do about a file that holds something else."""

_Model = TypeVar("_Model", bound=BaseModel)


class Result(BaseModel):
    """Part of a result. Keys that this version does not know are ignored when read."""

    # JSON has no NaN, but Python's parser accepts it.
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    def to_json(self) -> str:
        """Return the result as indented JSON, with the keys that were set."""
        content = self.model_dump(mode="json", exclude_unset=True)
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _to_vocabulary(value: object) -> Vocabulary:
    """Accept a vocabulary or its list form."""
    if isinstance(value, Vocabulary):
        return value
    if not isinstance(value, list):
        raise PydanticCustomError("classes", "Expected a list of classes")
    try:
        return Vocabulary.from_list(value)
    except DataError as error:
        raise PydanticCustomError(
            "classes", "{problem}", {"problem": error.problem.rstrip(".")}
        ) from error


Classes = Annotated[
    Vocabulary,
    PlainValidator(_to_vocabulary),
    PlainSerializer(Vocabulary.to_list, return_type=list[dict[str, str]]),
]
Share = Annotated[float, Field(ge=0, le=1)]
Rounded = Annotated[float, Field(ge=-1e-6, le=1.01)]
"""A share computed from probabilities, whose sums may be off by rounding."""
Shares = tuple[Share, Share]
Range = tuple[float, float]
Count = Annotated[int, Field(ge=0)]
Matrix = tuple[tuple[Count, ...], ...]
ByClass = dict[str, Share | None]


def to_json(results: Iterable[Result]) -> str:
    """Return several results as one JSON list."""
    content = [result.model_dump(mode="json", exclude_unset=True) for result in results]
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def checked(kind: type[_Model], content: Any, where: str, fix: str = FIX) -> _Model:
    """Validate content that came from a file.

    Raises
    ------
    DataError
        If a key is missing or its value is of another kind; it names the first one.
    """
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"Cannot use {key or 'the whole'} in {where}: {first['msg'].rstrip('.')}.", fix
        ) from error
