"""`serve`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import typer

from lstmsolve.api.passes.files.packages import missing
from lstmsolve.cli.ending.boundary import Ended, Exit
from lstmsolve.cli.screen.presenting import tell
from lstmsolve.formats.files import dump_json
from lstmsolve.formats.results import empty_record
from lstmsolve.kernel.base.errors import InputError
from lstmsolve.service.serving import kept_token, serve
from lstmsolve.service.settings import LOOPBACK, Settings

SERVANT: Final = "lstmsolve.cli.serving.servant"
"""The module whose processes run the commands."""


def run_serve(
    host: str,
    port: int,
    data: Path | None,
    jobs: int | None,
    cluster: str | None,
    token_file: Path | None,
    origins: list[str],
    json: bool,
) -> Ended:
    # Absolute: the processes that run the commands work in folders of their own.
    folder = (data or Path(typer.get_app_dir("lstmsolve"), "service")).absolute()
    for origin in origins:
        if not origin.startswith(("https://", "http://")) or origin.count("/") != 2:
            raise InputError.single("--origin", "is an address such as https://lstm.example.org", origin)
    public = host not in LOOPBACK or bool(origins)
    token = os.environ.get("LSTMSOLVE_TOKEN")
    if token_file is not None or (public and not token):
        token = kept_token(token_file or folder / "token")
    cores = os.cpu_count() or 1
    lanes = jobs or cores
    settings = Settings(
        servant=SERVANT,
        data=folder,
        host=host,
        port=port,
        jobs=lanes,
        solvers=max(1, cores // lanes),
        cluster=cluster,
        token=token or None,
        origins=tuple(origins),
    )
    shown = f"[{host}]" if ":" in host else host

    def ready(port: int) -> None:
        secret = f"#token={token}" if token else ""
        tell(f"http://{shown}:{port}/{secret}\ndata in {folder}; Ctrl-C ends it", error=True)

    try:
        serve(settings, ready)
    except ModuleNotFoundError as error:
        raise missing(error, "serve") from None
    return Ended(Exit.GOOD, dump_json(empty_record("serve", "served until it was ended", 0.0)) if json else "")
