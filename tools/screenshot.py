"""Take the picture of the viewer that opens the README: ``python tools/screenshot.py``.

It shows the agents that come with the package, as ``python Forge.py watch`` does, in Chromium
without a display. Needs playwright and Pillow (``pip install -e '.[test]'``) and a Chromium on the
path, or where ``FORGE_BROWSER`` says. Without a graphics card a picture takes a minute.
"""

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs/viewer-page.jpg"
FLAGS = ("--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader",
         "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")  # fmt: skip
PATIENCE = 300_000  # [ms]
LARGEST = 400_000  # of the picture [bytes]


def shoot(url: str, width: int, height: int, seconds: float, keys: str) -> bytes:
    """Open a page, wait, press keys, and return what is seen as PNG."""
    from playwright.sync_api import sync_playwright

    browser_path = os.environ.get("FORGE_BROWSER") or shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path, args=list(FLAGS))
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        end = time.monotonic() + PATIENCE / 1000
        while not page.evaluate("Boolean(window.forge && window.forge.ready)"):
            if time.monotonic() > end:
                raise TimeoutError("the page drew nothing")
            page.wait_for_timeout(200)
        page.wait_for_timeout(1000 * seconds)
        for key in keys:
            page.keyboard.press(key)
            page.wait_for_timeout(3000)
        picture: bytes = page.screenshot(timeout=PATIENCE)
        browser.close()
    return picture


def write(picture: bytes, out: Path) -> None:
    """Write a PNG as a JPEG that is small enough."""
    for quality in range(90, 40, -5):
        data = io.BytesIO()
        Image.open(io.BytesIO(picture)).convert("RGB").save(data, "JPEG", quality=quality)
        if data.tell() <= LARGEST:
            break
    out.write_bytes(data.getvalue())


def main() -> int:
    """Serve a world, take its picture and end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="a JPEG, by default the README's")
    parser.add_argument("--size", default="1280x720", help="width x height in pixels")
    parser.add_argument("--wait", type=float, default=20.0, help="seconds before the picture")
    parser.add_argument(
        "--keys",
        default="[[[[[nff",
        help="pressed before the picture, see docs/viewer.md; by default the world slows down",
    )
    parser.add_argument("--fast", action="store_true", help="as a machine without a card shows it")
    parser.add_argument("watch", nargs="*", help="options of forge watch, after --")
    given = parser.parse_args()
    if given.out.suffix.lower() not in (".jpg", ".jpeg"):
        parser.error(f"--out takes a .jpg, not '{given.out}'")
    width, height = map(int, given.size.split("x"))
    command = [sys.executable, str(ROOT / "Forge.py"), "watch", "--port", "0", *given.watch]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        (url,) = re.findall(r"http://\S+", server.stdout.readline())
        url += "" if given.fast else "?quality=full"
        write(shoot(url, width, height, given.wait, given.keys), given.out)
    finally:
        server.terminate()
        server.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
