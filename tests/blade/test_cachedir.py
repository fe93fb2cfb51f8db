import os

import numba
import pytest

from forge.blade import cachedir

owned = pytest.mark.skipif(not hasattr(os, "getuid"), reason="folders have no owners")
as_root = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give folders away"
)


@pytest.fixture
def chosen(tmp_path, monkeypatch, caplog):
    """A folder of one's own, named in the environment; nothing has been said yet."""
    monkeypatch.delenv("FORGE_SAID", raising=False)
    folder = tmp_path / "chosen"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("FORGE_CACHE_DIR", str(folder))
    return folder


def choose():
    return cachedir.cache_directory.__wrapped__()


def name():
    return f"kernels-{cachedir.source_hash()}"


def test_an_edit_of_any_kernel_changes_the_hash(tmp_path, monkeypatch):
    (tmp_path / "blade" / "systems").mkdir(parents=True)
    (tmp_path / "blade" / "systems" / "rule.py").write_text("a = 1")
    monkeypatch.setattr(cachedir, "PACKAGE", tmp_path)
    before = cachedir.source_hash()
    (tmp_path / "blade" / "systems" / "rule.py").write_text("a = 2")
    assert cachedir.source_hash() != before


def test_another_version_of_numba_changes_the_hash(monkeypatch):
    before = cachedir.source_hash()
    monkeypatch.setattr(numba, "__version__", "0")
    assert cachedir.source_hash() != before


def test_another_processor_changes_the_hash(monkeypatch):
    before = cachedir.source_hash()
    monkeypatch.setattr(cachedir.binding, "get_host_cpu_name", lambda: "abacus")
    assert cachedir.source_hash() != before


@pytest.mark.parametrize("variable", cachedir.CHOICES)
def test_the_cache_goes_where_the_environment_says(tmp_path, monkeypatch, variable):
    monkeypatch.delenv("FORGE_CACHE_DIR", raising=False)
    monkeypatch.setenv(variable, str(tmp_path / "new" / "one"))
    assert choose() == tmp_path / "new" / "one" / name()


@owned
def test_folders_are_made_for_this_user_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("FORGE_CACHE_DIR", str(tmp_path / "new" / "one"))
    made = choose()
    assert [path.stat().st_mode & 0o777 for path in (made, *made.parents[:2])] == [0o700] * 3


@owned
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o775, 0o722])
def test_a_folder_that_others_can_write_to_is_not_used(chosen, caplog, mode):
    chosen.chmod(mode)
    assert chosen not in choose().parents
    assert caplog.messages == [
        f"FORGE_CACHE_DIR={chosen} is not used for compiled kernels: others can write to {chosen} "
        f"(mode {mode:04o}), and loading it runs code; chmod go-w {chosen}, or name a folder that "
        "you own"
    ]


@owned
def test_the_folder_within_it_is_judged_too(chosen, caplog):
    (chosen / name()).mkdir()
    (chosen / name()).chmod(0o777)
    assert chosen not in choose().parents
    assert f"chmod go-w {chosen / name()}," in caplog.text


@owned
def test_a_folder_that_others_could_replace_is_not_used(chosen, tmp_path):
    tmp_path.chmod(0o777)
    assert chosen not in choose().parents
    tmp_path.chmod(0o1777)  # like /tmp: only what is one's own can be replaced
    assert chosen in choose().parents


@owned
def test_a_link_is_followed_to_where_others_can_write(chosen, tmp_path, monkeypatch):
    monkeypatch.setenv("FORGE_CACHE_DIR", str(tmp_path / "link"))
    (tmp_path / "link").symlink_to(chosen)
    assert tmp_path / "link" in choose().parents
    chosen.chmod(0o777)
    assert tmp_path / "link" not in choose().parents


@as_root
@pytest.mark.parametrize("which", ["chosen", "parent", "kernels"])
def test_a_folder_that_belongs_to_another_user_is_not_used(chosen, tmp_path, caplog, which):
    choose()
    folder = {"chosen": chosen, "parent": tmp_path, "kernels": chosen / name()}[which]
    os.chown(folder, 12345, -1)
    assert chosen not in choose().parents
    assert f"{folder} belongs to user 12345, and loading it runs code" in caplog.text


@as_root
def test_a_link_of_another_user_is_not_followed(chosen, tmp_path, monkeypatch):
    link = tmp_path / "link"
    link.symlink_to(chosen)
    os.chown(link, 12345, -1, follow_symlinks=False)
    monkeypatch.setenv("FORGE_CACHE_DIR", str(link))
    assert link not in choose().parents


@as_root
def test_what_belongs_to_root_is_trusted_by_all(chosen, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert cachedir.distrusted(chosen) is None
    assert cachedir.is_ours(os.stat(__file__)) == (os.stat(__file__).st_uid in (0, 12345))


def test_a_file_in_its_place_is_said(chosen, monkeypatch, caplog):
    (chosen / "file").write_text("")
    monkeypatch.setenv("FORGE_CACHE_DIR", str(chosen / "file"))
    assert chosen not in choose().parents
    assert "is not used for compiled kernels: it cannot be written (" in caplog.text


def test_a_refusal_is_said_once_also_by_processes_that_this_one_starts(chosen, caplog):
    for _ in range(2):
        cachedir.say("a refusal")
    assert caplog.messages == ["a refusal"]
    assert len(os.environ["FORGE_SAID"]) == 8  # which they inherit


@owned
def test_a_place_that_nobody_chose_is_passed_over_without_a_word(tmp_path, monkeypatch, caplog):
    for variable in cachedir.CHOICES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(cachedir, "PACKAGE", tmp_path / "package")
    (tmp_path / "package").mkdir()
    (tmp_path / "package").chmod(0o775)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert choose() == tmp_path / "cache" / "forge" / name()
    assert caplog.messages == []


def test_without_a_place_that_can_be_used_kernels_are_not_cached(chosen, monkeypatch, caplog):
    refused = cachedir.Untrusted("it is wet", "dry it")
    monkeypatch.setattr(cachedir, "_refusal", lambda folder: refused)
    assert choose() is None
    assert caplog.messages[0].endswith("it is wet; dry it")
    assert "compiled anew in every process" in caplog.messages[1]


def test_where_folders_have_no_owner_none_is_distrusted(chosen, monkeypatch):
    chosen.chmod(0o777)
    monkeypatch.delattr(os, "getuid", raising=False)
    assert choose() == chosen / name()


def test_only_the_caches_used_last_are_kept(chosen):
    for age in range(10):
        old = chosen / f"kernels-{age:016x}"
        old.mkdir()
        os.utime(old, (1000 - age, 1000 - age))
    directory = choose()
    kept = {path.name for path in chosen.iterdir()}
    newest = {f"kernels-{age:016x}" for age in range(cachedir.KEPT_CACHES - 1)}
    assert kept == {directory.name} | newest
