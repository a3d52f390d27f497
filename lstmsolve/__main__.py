"""`python -m lstmsolve` is the command line."""

from lstmsolve.cli.main import main

if __name__ == "__main__":
    main()
