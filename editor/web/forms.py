"""Forms are pydantic values read from the request; what is wrong becomes a sentence per field."""

from typing import Annotated, Any, NoReturn, Self

from flask import request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from editor.errors import Invalid, two_sentences

SENTENCES: dict[str, tuple[str, str]] = {
    "missing": ("请填写这一项", "Please fill this in"),
    "string_too_short": ("请填写这一项", "Please fill this in"),
    "string_too_long": (
        "太长了，最多 {max_length} 个字",
        "Too long: at most {max_length} characters",
    ),
    "int_parsing": ("请填写整数", "Please enter a whole number"),
    "int_from_float": ("请填写整数", "Please enter a whole number"),
    "float_parsing": ("请填写数字", "Please enter a number"),
    "greater_than_equal": ("不能小于 {ge}", "Must be at least {ge}"),
    "less_than_equal": ("不能大于 {le}", "Must be at most {le}"),
    "enum": ("请从列表中选择", "Please choose from the list"),
    "literal_error": ("请从列表中选择", "Please choose from the list"),
    "date_from_datetime_parsing": (
        "日期请写成 2025-03-07 的样子",
        "Write the date like 2025-03-07",
    ),
    "date_parsing": ("日期请写成 2025-03-07 的样子", "Write the date like 2025-03-07"),
    "string_pattern_mismatch": ("格式不对，请检查", "The format is not right; please check"),
}
UNKNOWN = ("这个值不能用，请检查", "This value cannot be used; please check it")


def _empty_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


MOST = 2**31 - 1
"""The largest number that both databases hold in a column of whole numbers."""

Number = Annotated[int, Field(ge=-MOST, le=MOST)]
"""A number field."""

OptionalNumber = Annotated[Number | None, BeforeValidator(_empty_is_none)]
"""A number field that may be left empty."""


def row_number(text: object) -> int | None:
    """Return the id or number of a row that the text names, None when it can name none."""
    digits = str(text)
    number = int(digits) if digits.isdecimal() and len(digits) <= len(str(MOST)) else None
    return number if number is not None and number <= MOST else None


def refuse(chinese: str, english: str) -> NoReturn:
    """Refuse a field inside a pydantic validator, with a sentence in both languages."""
    raise PydanticCustomError("sentence", "{english}", {"chinese": chinese, "english": english})


class Form(BaseModel):
    """What a POST carries. A list field takes every value of its name."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    @classmethod
    def from_request(cls) -> Self:
        """Read the form; raises Invalid with a sentence for each field that is wrong."""
        return cls.read({name: _values(cls, name) for name in cls.model_fields if _sent(name)})

    @classmethod
    def from_query(cls) -> Self:
        """Read the URL's query; what cannot be read falls back to the field's default."""
        return cls.lenient(request.args.to_dict())

    @classmethod
    def lenient(cls, values: dict[str, str]) -> Self:
        """Validate values; what is empty or cannot be read falls back to its default."""
        sent = {name: values[name].replace("\0", "") for name in cls.model_fields if name in values}
        data = {name: value for name, value in sent.items() if value}
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            wrong = {str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}
            return cls.model_validate({k: v for k, v in data.items() if k not in wrong})

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """Validate data; raises Invalid with a sentence for each field that is wrong."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise invalid(error) from error


def invalid(error: ValidationError) -> Invalid:
    """Return the Invalid that says for each field what is wrong."""
    fields = {
        ".".join(str(part) for part in problem["loc"]) or "form": _sentence(problem)
        for problem in error.errors()
    }
    return Invalid(
        f"有 {len(fields)} 处需要改正，请看标红的地方",
        "Some fields need correcting; see the marked ones",
        fields=fields,
    )


def _sentence(problem: ErrorDetails) -> tuple[str, str]:
    context = problem.get("ctx") or {}
    if problem["type"] == "sentence":
        return str(context["chinese"]), str(context["english"])
    if problem["type"] == "value_error":
        return two_sentences(problem)
    chinese, english = SENTENCES.get(problem["type"], UNKNOWN)
    return chinese.format(**context), english.format(**context)


def _sent(name: str) -> bool:
    return name in request.form


def _values(form: type[Form], name: str) -> Any:
    annotation = str(form.model_fields[name].annotation)
    if annotation.startswith(("list[", "tuple[")):
        return request.form.getlist(name)
    # no column of PostgreSQL takes the character NUL
    return request.form[name].replace("\0", "")
