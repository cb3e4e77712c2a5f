"""`python -m kommuneregnskap`, and the program `kommuneregnskap`."""

from __future__ import annotations

from kommuneregnskap.support.interrupts import stopped_anywhere
from kommuneregnskap.support.memory import spare
from kommuneregnskap.support.witness import witnessed


def main() -> None:
    """Run the command line, seen by a witness, to be stopped at any moment."""
    spare()
    with witnessed(), stopped_anywhere():
        from kommuneregnskap.cli import main as run  # noqa: PLC0415 (a worker process reads this file too)

        run()


if __name__ == "__main__":
    main()
