"""The members of a JSON array inside a kept header, as rows: any value of several, any item of a sequence.

SQLite and PostgreSQL unfold arrays by functions of different names. An array that is not there has no member that is
not NULL in either.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import JSON, ColumnElement, String, column, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class _Objects(GenericFunction[Any]):
    """The rows of an array of objects: items of a sequence, person names."""

    name = "json_each"
    inherit_cache = True
    _register = False


class _Scalars(GenericFunction[Any]):
    """The rows of an array of texts and numbers, as text."""

    name = "json_each"
    inherit_cache = True
    _register = False


@compiles(_Objects, "postgresql")
def _objects_of_postgresql(element: _Objects, compiler: SQLCompiler, **keywords: Any) -> str:
    return f"json_array_elements({compiler.process(element.clauses, **keywords)})"


@compiles(_Scalars, "postgresql")
def _scalars_of_postgresql(element: _Scalars, compiler: SQLCompiler, **keywords: Any) -> str:
    return f"json_array_elements_text({compiler.process(element.clauses, **keywords)})"


def any_object(array: Any, fits: Callable[[Any], Any]) -> ColumnElement[bool]:
    """Say whether one of the objects of an array fits; `fits` is handed an object as JSON."""
    return _any(_Objects(array).table_valued(column("value", JSON)), fits)


def any_scalar(array: Any, fits: Callable[[Any], Any]) -> ColumnElement[bool]:
    """Say whether one of the texts or numbers of an array fits; `fits` is handed it as text."""
    return _any(_Scalars(array).table_valued(column("value", String)), fits)


def _any(members: Any, fits: Callable[[Any], Any]) -> ColumnElement[bool]:
    return select(literal(1)).select_from(members).where(fits(members.c.value)).correlate_except(members).exists()
