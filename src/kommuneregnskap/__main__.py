"""`python -m kommuneregnskap`."""

from kommuneregnskap.cli import main

if __name__ == "__main__":
    main()
