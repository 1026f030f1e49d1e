"""archive: back issues, against which candidates are checked."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import click
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from editor.commands.office import Office, publication_option, say, spoken
from editor.desk import archive, publications
from editor.desk.archive import Article
from editor.errors import Invalid
from editor.profile import read_text
from editor.text.urls import canonical_url

MOST = 2**31 - 1


class Line(BaseModel):
    """One article of a back issue, as a line of the imported file gives it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    total_number: Annotated[int, Field(ge=1, le=MOST)]
    position: Annotated[int, Field(ge=1, le=MOST)] | None = None
    headline: Annotated[str, Field(min_length=1, max_length=500)]
    label: Annotated[str, Field(max_length=60)] = ""
    page: Annotated[int, Field(ge=1, le=MOST)] | None = None
    source_line: Annotated[str, Field(max_length=200)] = ""
    dated_on: date | None = None
    url: Annotated[str, Field(max_length=2000)] = ""
    text: str = ""

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, given: Any) -> Any:
        """Take null for what is not given; leave out what no database holds (U+0000)."""
        if not isinstance(given, dict):
            return given
        return {
            name: value.replace("\0", "") if isinstance(value, str) else value
            for name, value in given.items()
            if value is not None
        }


@click.group("archive")
def group() -> None:
    """往期 / back issues."""


@group.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@publication_option
@spoken
def import_file(file: Path, slug: str | None) -> None:
    """导入往期：每行一篇的 JSON / one JSON object per article: total_number, headline, label,
    position, page, source_line, dated_on, url, text. An issue that is there is replaced."""
    issues = read_issues(read_text(file).split("\n"))
    with Office().database.writing() as session:
        home = publications.only_publication(session, slug)
        for total_number, lines in sorted(issues.items()):
            label = next((line.label for line in lines if line.label), f"总第{total_number}期")
            archive.keep(session, home.id or 0, total_number, label, map(_article, lines))
        session.commit()
    count = sum(map(len, issues.values()))
    say(f"已导入 {len(issues)} 期 {count} 篇；候选随后逐条对照 / "
        f"{count} articles of {len(issues)} issues; candidates are checked next")  # fmt: skip


def read_issues(lines: Iterable[str]) -> dict[int, list[Line]]:
    """Return the articles by issue, each with its position; raises Invalid naming the line."""
    found: dict[int, list[Line]] = defaultdict(list)
    taken: set[tuple[int, int | None]] = set()
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        line = _line(number, text)
        issue = found[line.total_number]
        if line.position is None:
            line = line.model_copy(update={"position": len(issue) + 1})
        if (line.total_number, line.position) in taken:
            raise Invalid(
                f"第 {number} 行：总第 {line.total_number} 期的序号 {line.position} 重复",
                f"Line {number}: position {line.position} of No. {line.total_number} comes twice",
            )
        taken.add((line.total_number, line.position))
        issue.append(line)
    if not found:
        raise Invalid("文件里没有文章", "The file holds no article")
    return dict(found)


def _line(number: int, text: str) -> Line:
    try:
        line = Line.model_validate(json.loads(text))
        if line.url:
            canonical_url(line.url)
        return line
    except Invalid as error:
        raise Invalid(
            f"第 {number} 行的 url 不对：{error.chinese}", f"Line {number}, url: {error.english}"
        ) from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise Invalid(
            f"第 {number} 行不是 JSON，每行应是一篇文章的 JSON 对象",
            f"Line {number} is not JSON; each line is one article's JSON object",
        ) from error
    except ValidationError as error:
        wrong = error.errors()[0]
        field = ".".join(map(str, wrong["loc"])) or "JSON"
        raise Invalid(
            f"第 {number} 行的 {field} 不对：{wrong['msg']}",
            f"Line {number}, {field}: {wrong['msg']}",
        ) from error


def _article(line: Line) -> Article:
    return Article(
        position=line.position or 1,
        headline=line.headline,
        page=line.page,
        source_line=line.source_line,
        dated_on=line.dated_on,
        url=line.url,
        text=line.text,
    )


@group.command("list")
@publication_option
@spoken
def list_issues(slug: str | None) -> None:
    """列出往期 / list the back issues."""
    with Office().database.reading() as session:
        home = publications.only_publication(session, slug)
        found = archive.list_back_issues(session, home)
    for issue in found:
        click.echo(f"{issue.total_number}\t{issue.label}\t{issue.articles}")
    if not found:
        say("还没有往期 / there are no back issues yet")


@group.command("remove")
@click.argument("total_number", type=int)
@publication_option
@spoken
def remove(total_number: int, slug: str | None) -> None:
    """删除一期往期，候选随后重新对照 / take an issue out of the archive."""
    with Office().database.writing() as session:
        home = publications.only_publication(session, slug)
        if not archive.remove(session, home.id or 0, total_number):
            raise Invalid(
                f"往期里没有总第 {total_number} 期", f"No. {total_number} is not in the archive"
            )
        session.commit()
    say(f"已删除总第 {total_number} 期 / No. {total_number} removed")


def register(root: click.Group) -> None:
    """Add this family to the command line."""
    root.add_command(group)
