"""Files are replaced as a whole, and stay what they were otherwise."""

import os
import stat

import pytest

from kswitch import files


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    return path


def test_a_file_is_replaced(path):
    files.replace(path, "näw\r\n")
    assert path.read_bytes() == "näw\r\n".encode()


def test_a_file_is_made(tmp_path):
    files.replace(tmp_path / "b.txt", "new")
    assert (tmp_path / "b.txt").read_text() == "new"


@pytest.mark.parametrize("name", ["replace", "fsync"])
def test_what_fails_leaves_the_old_file_alone(name, path, monkeypatch):
    def fail(*arguments):
        raise OSError("disk")

    monkeypatch.setattr(files.os, name, fail)
    with pytest.raises(OSError, match="disk"):
        files.replace(path, "new")
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]


def test_the_new_text_is_elsewhere_until_it_is_whole(path, monkeypatch):
    seen = []
    sync = os.fsync
    monkeypatch.setattr(files.os, "fsync", lambda n: (sync(n), seen.append(path.read_text())))
    files.replace(path, "new")
    assert seen == ["old"]


def test_permissions_stay(path):
    path.chmod(0o750)
    files.replace(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o750


def test_a_link_stays_one(path):
    link = path.with_name("link.txt")
    link.symlink_to(path.name)
    files.replace(link, "new")
    assert link.is_symlink()
    assert path.read_text() == "new"
