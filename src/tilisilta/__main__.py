"""`python -m tilisilta`: the same as the command `tilisilta`."""

from tilisilta.cli import main

if __name__ == "__main__":
    main()
