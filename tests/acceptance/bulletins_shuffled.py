"""Make issues that nobody printed out of real ones: a trial of what an unseen issue may hold.

python -m tests.acceptance.bulletins_shuffled --truth DIR --out DIR --seeds 200 210

Items of all truth files are dealt anew to the sections of one of them; heads, tables and figures
are put anywhere, sources, dates and links taken away. Each seed gives one truth file in DIR, the
same every time; `tests.acceptance.bulletins --truth DIR --issue SEED` prints and measures it.
"""

import argparse
import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Item = dict[str, Any]
HEADS = ("总体要求", "主要问题与对策建议", "数字经济“新引擎”：AI+制造", "结语", "为什么值得借鉴？")
MARKS = ("一、", "（二）", "1. ", "1.1 ", "（3）", "", "0 ", "2、")
CELLS = ("12.5", "—", "1,234", "云州市", "“双碳”\n目标", "", "46%", "PM2.5")
LONG = "需要较长说明的内容，含标点；"
BODY = "_row"  # an item's line of items.jsonl, beside it while it is dealt


def main() -> None:
    """Write one truth file per seed, and the bodies of all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs=2, default=(200, 210), metavar=("FIRST", "END"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    issues = read(options.truth)
    with (options.out / "items.jsonl").open("w", encoding="utf-8") as bodies:
        for seed in range(*options.seeds):
            issue = Deal(issues, seed).issue()
            for section in issue["sections"]:
                for item in section["items"]:
                    row = item.pop(BODY) | {"file": str(seed), "section": section["name"]}
                    bodies.write(json.dumps(row, ensure_ascii=False) + "\n")
            path = options.out / f"{seed}.json"
            path.write_text(json.dumps(issue, ensure_ascii=False, indent=1), encoding="utf-8")
            print(f"{seed}: {sum(len(section['items']) for section in issue['sections'])} items")


def read(truth: Path) -> list[Item]:
    """Return the issues of a folder, each item with its body."""
    lines = (truth / "items.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    issues = []
    for path in sorted(truth.glob("*.json")):
        issue = json.loads(path.read_text(encoding="utf-8"))
        own = iter(row for row in rows if row["file"] == path.stem)
        for item in items_of(issue):
            item[BODY] = next(own)
        issues.append(issue)
    return issues


def items_of(issue: Item) -> Iterator[Item]:
    """Yield an issue's items in printed order."""
    for section in issue["sections"]:
        yield from section["items"]


class Deal:
    """One issue, dealt by a seed."""

    def __init__(self, issues: list[Item], seed: int) -> None:
        self.dice = random.Random(seed)
        self.base = copy.deepcopy(self.dice.choice(issues))
        pool = [item for issue in issues for item in items_of(issue) if item["kind"] != "books"]
        self.items = copy.deepcopy(self.dice.sample(pool, self.dice.randint(12, 34)))
        self.count = 0

    def issue(self) -> Item:
        """Return the issue."""
        dice, sections = self.dice, self.base["sections"]
        numbered = any(item.get("toc_page") for item in items_of(self.base))
        books = [each for each in sections if each["items"][0]["kind"] == "books"]
        names = [each["name"] for each in sections if each not in books]
        cuts = sorted(dice.randint(0, len(self.items)) for _ in names[1:])
        edges = zip([0, *cuts], [*cuts, len(self.items)], strict=True)
        dealt = [
            {"name": name, "items": self.items[start:end]}
            for name, (start, end) in zip(names, edges, strict=True)
        ]
        page = 1
        for item in self.items:
            self.change(item)
            item["toc_page"] = page if numbered else None
            page += dice.choice([0, 1, 1, 3])
        return self.base | {"sections": [*dealt, *books]}

    def change(self, item: Item) -> None:
        """Change an item here and there, as issues differ."""
        dice = self.dice
        for name, share in (("source", 0.1), ("date", 0.1), ("toc_title", 0.2)):
            if dice.random() < share:
                item[name] = None
        if dice.random() < 0.2:
            item["attachments"] = []
        if dice.random() < 0.3:
            self.head(item)
        lines = item[BODY]["body"].count("\n") + 1
        if dice.random() < 0.25:
            tables = [self.table(lines) for _ in range(dice.randint(1, 3))]
            item["table_rows"] = in_order([*(item.get("table_rows") or ()), *tables])
            item["tables"] = item["table_parts"] = len(item["table_rows"])
        if dice.random() < 0.2:
            figures = [self.figure(lines) for _ in range(dice.randint(1, 3))]
            item["figure_places"] = in_order([*(item.get("figure_places") or ()), *figures])
            item["figures"] = [figure["caption"] or "" for figure in item["figure_places"]]

    def head(self, item: Item) -> None:
        """Put heads of any level and scheme between the paragraphs."""
        dice, heads = self.dice, item.get("headings") or []
        levels = dict(zip(heads, item.get("heading_levels") or [1] * len(heads), strict=True))
        lines: list[str] = []
        for line in item[BODY]["body"].split("\n"):
            if dice.random() < 0.3:
                lines.append(f"{dice.choice(MARKS)}{dice.choice(HEADS)}{len(lines)}")
                levels[lines[-1]] = dice.randint(1, 4)
            lines.append(line)
        item[BODY]["body"] = "\n".join(lines)
        item["headings"] = [line for line in lines if line in levels]
        item["heading_levels"] = [levels[line] for line in item["headings"]]

    def table(self, lines: int) -> Item:
        """Return a table of any shape; in a merged one an empty cell goes on above."""
        dice = self.dice
        self.count += 1
        merged, wide, heads = dice.random() < 0.4, dice.randint(2, 9), dice.choice([1, 1, 2])
        rows = [
            [f"列{x}" if dice.random() < 0.85 else "" for x in range(wide)] for _ in range(heads)
        ]
        for y in range(dice.choice([2, 4, 8, 15, 40])):
            rows.append([self.cell() or ("" if merged and y else "空") for _ in range(wide)])
        return {
            "caption": dice.choice([None, f"表{self.count} 统计 情况", "表：情况（2034 年）"]),
            "unit": dice.choice([None, "%", "万吨标准煤"]),
            "header_rows": heads,
            "rows": rows,
            "merged": "as in the text" if merged else None,
            "notes": dice.choice([[], ["注：略。"], ["注：（1）甲；（2）乙。", "资料来源：年鉴"]]),
            "after_paragraph": dice.randint(-1, lines - 1),
        }

    def cell(self) -> str:
        """Return a cell's words."""
        return self.dice.choice([*CELLS, LONG * self.dice.randint(1, 4)])

    def figure(self, lines: int) -> Item:
        """Return the place of a figure."""
        self.count += 1
        return {
            "caption": self.dice.choice(
                [f"图{self.count} 走势", f"图 {self.count}：增速（%）", None]
            ),
            "source": self.dice.choice([None, "数据来源：统计局"]),
            "after_paragraph": self.dice.randint(-1, lines - 1),
        }


def in_order(placed: list[Item]) -> list[Item]:
    """Return tables or figures in the order of the text."""
    return sorted(placed, key=lambda one: int(one["after_paragraph"]))


if __name__ == "__main__":
    main()
