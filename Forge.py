"""Train and measure from a checkout: ``python Forge.py --help``."""

import sys
from importlib.util import find_spec

# What forge imports of others, see pyproject.toml.
NEEDED = ("PIL", "aiohttp", "click", "cloudpickle", "filelock", "multiprocessing_logging", "numba",
          "numpy", "rich", "safetensors", "threadpoolctl", "torch")  # fmt: skip

if __name__ == "__main__":
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        sys.exit(
            f"{sys.executable} lacks {', '.join(missing)}: install Forge into it "
            "(pip install -e .) or use the environment's own: .venv/bin/python Forge.py"
        )
    from forge.cli import main

    main()
