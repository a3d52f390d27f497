"""Where commands write: whole files, links, pipes, files that are read-only."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from lstmsolve.formats.files import write_text
from tests.test_cli import lstmsolve

WEIGHTS = "b_f = 1, w_i = 1, w_c = 1, w_o = -1, b_o = 1"


def test_a_pipe_is_written_into_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()), daemon=True)
    reader.start()
    write_text(pipe, "text")
    reader.join(30)
    assert got == ["text"]
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.parametrize("there", [True, False])
def test_of_a_link_what_it_leads_to_is_written(tmp_path: Path, there: bool) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    if there:
        target.write_text("before")
    link.symlink_to(target)
    write_text(link, "after")
    assert (link.is_symlink(), target.read_text()) == (True, "after")


def test_what_is_read_only_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "kept.tex"
    path.write_text("kept")
    path.chmod(0o444)
    (tmp_path / "w.txt").write_text(WEIGHTS)
    result = lstmsolve("export", str(tmp_path / "w.txt"), "--to", "latex", "-o", str(path))
    assert (result.exit_code, path.read_text()) == (2, "kept")
    assert "kept.tex: is read-only" in result.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["solve", "parity"],
        ["verify", "parity", WEIGHTS],
        ["region", "parity"],
        ["family", "nonzero-counter", "nonzero-counter-exact"],
        ["mark", "parity", "x"],
        ["derive", "hw6-3"],
        ["batch", "x"],
        ["report", "parity"],
        ["export", "x", "--to", "latex"],
        ["import", "x"],
    ],
)
@pytest.mark.parametrize(("place", "told"), [("", "is empty"), ("-", "is no path here")])
def test_an_output_has_a_name(command: list[str], place: str, told: str) -> None:
    result = lstmsolve(*command, "--out", place)
    assert (result.exit_code, told in result.stderr) == (2, True)


def test_a_name_with_a_space_is_quoted_where_it_is_to_be_typed(tmp_path: Path) -> None:
    path = tmp_path / "two words.toml"
    assert f"lstmsolve solve '{path}'" in lstmsolve("new", str(path)).stdout
