"""`zhaibian …`: the command line."""

import click

from editor.commands import (
    archive,
    collecting,
    evidence,
    exporting,
    install,
    ledger,
    packs,
    people,
    publishing,
    showing,
    uploading,
)
from editor.commands.office import use_data_folder
from editor.version import VERSION


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data", "folder", type=click.Path(file_okay=False),
              help="数据目录，默认 $ZHAIBIAN_DATA 或 ~/.zhaibian / the data folder")  # fmt: skip
@click.version_option(VERSION, prog_name="zhaibian")
def main(folder: str | None) -> None:
    """摘编：编辑部编印期刊摘编的工作台 / the desk on which a bulletin is compiled."""
    if folder:
        use_data_folder(folder)


for family in (
    install,
    people,
    publishing,
    archive,
    collecting,
    ledger,
    packs,
    showing,
    evidence,
    exporting,
    uploading,
):
    family.register(main)
