"""Train and measure from a checkout: ``python Forge.py --help``."""

from forge.cli import main

if __name__ == "__main__":
    main()
