"""archive verify and reindex: what a folder of recordings proves, and a database made again from it."""

import typer

archive = typer.Typer(no_args_is_help=True, help="The archive of recordings, without a running server.")


@archive.callback()
def _group() -> None:
    """The archive of recordings, without a running server."""
