"""Runs the command line and kills it (SIGKILL) just before its n-th change of the project's files.

    python moments.py N report --year 2024        N=0: to its end, and say at last how many changes there were

Python itself tells of every file that is opened for writing, renamed or removed (`sys.addaudithook`), and of a function
of the system that is looked up, as that which exchanges two folders is. So the real program ends at an exact moment.
"""

from __future__ import annotations

import os
import signal
import sys

CHANGES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.rmtree", "ctypes.dlsym"}


class Moments:
    """Counts changes below a folder, and ends the process before one of them."""

    def __init__(self, last: int, root: str) -> None:
        self.last, self.root, self.seen = last, root, 0
        self.process = os.getpid()

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if not self.changes(event, args) or os.getpid() != self.process:
            return
        self.seen += 1
        if self.seen == self.last:
            os.kill(self.process, signal.SIGKILL)

    def changes(self, event: str, args: tuple[object, ...]) -> bool:
        if event == "ctypes.dlsym":
            return "rename" in str(args[1])
        if event == "open" and not set(str(args[1] or "")) & set("wxa+"):
            return False
        return (event == "open" or event in CHANGES) and os.fsdecode(str(args[0])).startswith(
            self.root
        )


def main() -> None:
    moments = Moments(int(sys.argv.pop(1)), os.environ["KOMMUNEREGNSKAP_ROOT"])
    sys.argv[0] = "kommuneregnskap"
    from kommuneregnskap.__main__ import main as run

    sys.addaudithook(moments)
    try:
        run()
    finally:
        if not moments.last:
            sys.stderr.write(f"{moments.seen}\n")


if __name__ == "__main__":
    main()
