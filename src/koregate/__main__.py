"""`python -m koregate` is the command `koregate`."""

from koregate.cli import main

if __name__ == "__main__":
    main()
