"""`python -m nophantom` is `nophantom`."""

from nophantom.cli.main import run

if __name__ == "__main__":
    run()
