"""Pictures, films and pages of a world, made without a display, of the ticks asked for."""

import base64
import io
import re
import shutil
import stat
import struct
import subprocess
import sys
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from forge.blade.recording.replay import Recording
from forge.blade.recording.tape import Tape
from forge.blade.recording.taping import Taping
from forge.embyr import exports, notebook, page
from forge.embyr.exports import ExportError
from forge.embyr.packets import LAND, TICK
from forge.embyr.server import PageError
from forge.embyr.worlds import ReplayedWorld, Scripted, World
from tests.blade.recording.films import CONFIG

SIDE = (CONFIG.map_size - 2 * (CONFIG.border - exports.RIM)) * exports.FILM
HTML = '<link rel="stylesheet" href="app.css">\n<script type="module" src="app.js"></script>'


def scripted() -> World:
    return Scripted(CONFIG, 0, (0,), "greedy").build(0)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    path = tmp_path_factory.mktemp("films") / "film"
    world = scripted()
    with Taping(Tape(path)) as taping:
        world.after.append(taping.begin(world.recorder(0)))
        for _ in range(10):
            world.play()
    return Recording.read(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A viewer's page, in few words."""
    (tmp_path / "index.html").write_text(HTML, encoding="utf-8")
    (tmp_path / "app.css").write_text("p { color: red }", encoding="utf-8")
    (tmp_path / "app.js").write_text('say("</script><!-- <script>")', encoding="utf-8")
    return tmp_path


def test_a_picture_shows_the_land_with_a_rim_of_lava(tmp_path: Path) -> None:
    exports.write_png(scripted(), 0, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        pixels = np.asarray(image).astype(int)
    tiles = CONFIG.map_size - 2 * (CONFIG.border - exports.RIM)
    assert len(pixels) == tiles * exports.LARGEST
    rim = pixels[: exports.RIM * exports.LARGEST - 6]
    assert (rim[..., 0] > rim[..., 2]).all()


def test_a_film_has_a_picture_for_every_tick(tmp_path: Path, recording: Recording) -> None:
    exports.write_films(ReplayedWorld(recording), 0, {"gif": tmp_path / "a.gif"}, 99)
    with Image.open(tmp_path / "a.gif") as film:
        frames = []
        for k in range(film.n_frames):
            film.seek(k)
            frames.append(np.asarray(film.convert("RGB")))
    assert frames[0].shape == (SIDE, SIDE, 3)
    assert len(frames) == 11
    assert all((a != b).any() for a, b in pairwise(frames))


def test_a_film_that_would_not_fit_into_memory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="too many for a GIF: give fewer --ticks"):
        exports.write_films(scripted(), 0, {"gif": tmp_path / "a.gif"}, 10**7)


def test_ticks_that_never_come_are_refused(recording: Recording) -> None:
    world = ReplayedWorld(recording)
    exports.go(world, 0, 4)
    for tick in (3, 11):
        with pytest.raises(ExportError, match=f"no tick {tick}: there are the ticks 4 … 10"):
            exports.go(world, 0, tick)


def encoder(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program on the path in the place of ffmpeg."""
    program = folder / "ffmpeg"
    program.write_text(f"#!{sys.executable}\nimport sys\n{code}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands for ffmpeg")
def test_an_encoder_is_given_every_picture(
    tmp_path: Path, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder(tmp_path, "open(sys.argv[-1], 'wb').write(sys.stdin.buffer.read())", monkeypatch)
    exports.write_films(ReplayedWorld(recording), 0, {"mp4": tmp_path / "a.mp4"}, 3)
    assert (tmp_path / "a.mp4").stat().st_size == 4 * SIDE * SIDE * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "ffmpeg"]


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands for ffmpeg")
def test_what_an_encoder_complains_of_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder(tmp_path, "sys.exit('there is no codec')", monkeypatch)
    with pytest.raises(ExportError, match=r"ffmpeg cannot write .*a\.mp4: there is no codec"):
        exports.write_films(scripted(), 0, {"mp4": tmp_path / "a.mp4"}, 30)
    assert not (tmp_path / "a.mp4").exists()


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="there is no ffmpeg")
def test_ffmpeg_makes_a_film_that_players_show(tmp_path: Path, recording: Recording) -> None:
    path = tmp_path / "a.mp4"
    exports.write_films(ReplayedWorld(recording), 0, {"mp4": path}, 10)
    command = ["ffmpeg", "-hide_banner", "-i", str(path), "-f", "null", "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    even = SIDE - SIDE % 2
    assert re.search(rf"Video: h264.* yuv420p.* {even}x{even}.* 8 fps", told)
    assert re.search(r"frame= *11\b", told)
    assert path.read_bytes().find(b"moov") < path.read_bytes().find(b"mdat")


def test_without_an_encoder_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ExportError, match="made by ffmpeg, which is not on the path"):
        exports.check_film()


# -- Pages ----------------------------------------------------------------------------------


def messages(text: str) -> list[str | bytes]:
    """Read what a page holds."""
    (packed,) = re.findall(r'id="recording">([^<]*)<', text)
    raw, found = io.BytesIO(zlib.decompress(base64.b64decode(packed))), []
    while front := raw.read(5):
        binary, length = struct.unpack("<BI", front)
        content = raw.read(length)
        found.append(content if binary else content.decode())
    return found


def test_a_page_holds_what_a_server_would_send(folder: Path, recording: Recording) -> None:
    world = ReplayedWorld(recording)
    scribe = page.Scribe(world, 0)
    while not world.ended:
        world.play()
        scribe.add()
    found = messages(page.page(scribe, folder))
    assert found == scribe.messages
    kinds = [message[0] for message in found if isinstance(message, bytes)]
    assert kinds == [LAND] + [TICK] * 11
    assert "There is no network in a recording." in found[0]
    assert "The end of the recording (tick 10)" in found[-1]


def test_nothing_in_a_script_ends_it(folder: Path) -> None:
    text = page.page(page.Scribe(scripted(), 0), folder)
    assert text.count("</script>") == 2
    assert "<!--" not in text
    assert "<style>p { color: red }</style>" in text


def test_another_page_is_refused(folder: Path) -> None:
    (folder / "index.html").write_text("<p>", encoding="utf-8")
    with pytest.raises(PageError, match="not the one of this version"):
        page.page(page.Scribe(scripted(), 0), folder)


def test_a_cell_shows_a_recording_or_a_realm(
    folder: Path, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    import forge.embyr

    monkeypatch.setattr("forge.embyr.server.PAGE", folder)
    realms = scripted().realms
    before = realms.digest()
    for what, ticks in ((recording, 11), (recording.path, 11), (realms, 1)):
        cell = forge.embyr.show(what, height=300)
        assert cell._repr_html_().startswith('<iframe srcdoc="&lt;style')
        cell.save(folder / "cell.html")
        found = messages((folder / "cell.html").read_text(encoding="utf-8"))
        assert sum(isinstance(one, bytes) and one[0] == TICK for one in found) == ticks
    assert realms.digest() == before


def test_a_cell_shows_nothing_else() -> None:
    with pytest.raises(TypeError, match="show takes a recording, its file or realms, not 5"):
        notebook.show(5)  # type: ignore[arg-type]
