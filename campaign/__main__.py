"""`python -m campaign`."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from campaign.hunting import Hunt
from campaign.pages import write_opening
from campaign.tally import Tally
from campaign.tool import lstmsolve
from campaign.trials.running import Name, run


def main(argv: list[str] | None = None) -> int:
    """Run a campaign, or one trial again; 0 if nothing was wrong, 10 if something was, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m campaign", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, metavar="S", help="how long (default: 60)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="trials at a time (default: 1)")
    parser.add_argument("--seed", type=int, default=0, metavar="K", help="the same seed draws the same trials")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write a page of counts here")
    parser.add_argument(
        "--patience", type=float, default=1.0, metavar="F", help="times the time limits, on a machine that is busy"
    )
    parser.add_argument("--cluster", metavar="ADDRESS", help="run the trials on this Dask cluster")
    parser.add_argument("--reproduce", type=Name.of, metavar="SEED", help="run one trial again, such as 0-123")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="with --reproduce: where its files go")
    given = parser.parse_args(argv)
    if given.reproduce is not None:
        return _again(given.reproduce, given.keep)
    hunt = Hunt(given.seed, given.seconds, given.jobs, patience=given.patience)
    if given.cluster is not None:
        from campaign.cluster import hunt as hunt_there

        ended = hunt_there(hunt, given.cluster)
    else:
        ended = hunt.run()
    print(hunt.tally.told())
    if given.report is not None and ended:
        write_opening(given.report, hunt.tally.page())
    return 130 if not ended else 0 if hunt.tally.good else 10


def _again(name: Name, keep: Path | None) -> int:
    folder = keep or Path("campaign-trials") / str(name)
    tally = Tally(name.seed)
    tally.add(name, run(name, lstmsolve, keep=folder))
    print(tally.told())
    print(f"files: {folder}")
    return 0 if tally.good else 10


if __name__ == "__main__":
    # Started in the background, a shell has Ctrl-C ignored; whoever sends the signal all the same means it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
