"""What lies on the way to a file: folders replaced, parents that come to be, links pointed elsewhere; and listings."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from watched import Watched, folders_heard


def make(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_folder_replaced_by_another(watched: Watched, tmp_path: Path) -> None:
    data = make(tmp_path / "data" / "a.csv", "1")
    make(tmp_path / "other" / "a.csv", "2")
    watched.watch(data)

    def act() -> None:
        os.rename(tmp_path / "data", tmp_path / "away")
        os.rename(tmp_path / "other", tmp_path / "data")

    assert watched.after(act) == [{str(data): b"2"}]
    assert watched.after(lambda: data.write_text("3")) == [{str(data): b"3"}], "the new folder is watched"
    assert watched.after(lambda: (tmp_path / "away" / "a.csv").write_text("4")) == [], "the old one no longer"


def test_folder_deleted_and_made_again(watched: Watched, tmp_path: Path) -> None:
    """The new one mostly has the inode of the old one."""
    data = make(tmp_path / "data" / "a.csv", "1")
    watched.watch(data)

    def act() -> None:
        shutil.rmtree(tmp_path / "data")
        make(data, "2")

    assert watched.after(act) == [{str(data): b"2"}]
    assert watched.after(lambda: data.write_text("3")) == [{str(data): b"3"}]


def test_folder_far_above_replaced(watched: Watched, tmp_path: Path) -> None:
    data = make(tmp_path / "a" / "b" / "c" / "x", "1")
    make(tmp_path / "z" / "b" / "c" / "x", "2")
    watched.watch(data)

    def act() -> None:
        os.rename(tmp_path / "a", tmp_path / "away")
        os.rename(tmp_path / "z", tmp_path / "a")

    assert watched.after(act) == [{str(data): b"2"}]
    assert watched.after(lambda: data.write_text("3")) == [{str(data): b"3"}]


def test_file_deleted_and_later_made_again(watched: Watched, tmp_path: Path) -> None:
    file = make(tmp_path / "data" / "a", "1")
    watched.watch(file)
    assert watched.after(file.unlink) == [{str(file): None}]
    assert watched.after(lambda: file.write_text("1")) == [{str(file): b"1"}]


def test_parents_that_do_not_exist_yet(watched: Watched, tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "c" / "x"
    watched.watch(file)
    assert watched.after(lambda: make(file, "1")) == [{str(file): b"1"}]
    assert watched.after(lambda: file.write_text("2")) == [{str(file): b"2"}]


def test_parents_made_one_by_one(watched: Watched, tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "x"
    watched.watch(file)
    assert watched.after((tmp_path / "a").mkdir) == []
    assert watched.after((tmp_path / "a" / "b").mkdir) == []
    assert watched.after(lambda: file.write_text("1")) == [{str(file): b"1"}]


def test_empty_file_that_comes_to_be(watched: Watched, tmp_path: Path) -> None:
    file = tmp_path / "x"
    watched.watch(file)
    assert watched.after(file.touch) == [{str(file): b""}]


def test_saved_through_a_link(watched: Watched, tmp_path: Path) -> None:
    real = make(tmp_path / "real" / "train.py", "1")
    link = tmp_path / "links" / "train.py"
    link.parent.mkdir()
    link.symlink_to("../real/train.py")
    watched.watch(link)
    assert watched.after(lambda: link.write_text("2")) == [{str(link): b"2"}]
    assert watched.after(lambda: real.write_text("3")) == [{str(link): b"3"}]


def test_link_pointed_elsewhere(watched: Watched, tmp_path: Path) -> None:
    make(tmp_path / "one" / "x", "1")
    other = make(tmp_path / "two" / "x", "2")
    link = tmp_path / "links" / "x"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "one" / "x")
    watched.watch(link)

    def act() -> None:
        new = link.with_name("new")
        new.symlink_to(other)
        os.replace(new, link)

    assert watched.after(act) == [{str(link): b"2"}]
    assert watched.after(lambda: other.write_text("3")) == [{str(link): b"3"}]


def test_folder_that_is_a_link_pointed_elsewhere(watched: Watched, tmp_path: Path) -> None:
    """data/current -> v1, then v2."""
    for name in ("v1", "v2"):
        make(tmp_path / "data" / name / "x", name)
    current = tmp_path / "data" / "current"
    current.symlink_to("v1")
    watched.watch(current / "x")

    def act() -> None:
        current.unlink()
        current.symlink_to("v2")

    assert watched.after(act) == [{str(current / "x"): b"v2"}]
    assert watched.after(lambda: (tmp_path / "data" / "v2" / "x").write_text("3")) == [{str(current / "x"): b"3"}]
    assert watched.after(lambda: (tmp_path / "data" / "v1" / "x").write_text("4")) == []


def test_dangling_link_and_links_in_a_circle(watched: Watched, tmp_path: Path) -> None:
    dangling, circle = tmp_path / "d", tmp_path / "c"
    dangling.symlink_to("target/x")
    circle.symlink_to("c")
    watched.watch(dangling, circle)
    assert watched.after(lambda: make(tmp_path / "target" / "x", "1")) == [{str(dangling): b"1"}]


@pytest.mark.slow
def test_listing_of_a_folder(watched: Watched, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    file = make(folder / "a.png", "1")
    watched.watch(folder)
    assert watched.after(lambda: file.write_text("2")) == [], "the names are as before"
    assert watched.after(lambda: make(folder / "b.png", "1")) == [{str(folder): None}]
    assert watched.after(lambda: os.replace(folder / "b.png", folder / "c.png")) == [{str(folder): None}]
    assert watched.after(lambda: (os.rename(file, folder / "t"), os.rename(folder / "t", file))) == []
    assert watched.after((folder / "c.png").unlink) == [{str(folder): None}]
    assert watched.after((folder / "sub").mkdir) == [{str(folder): None}]
    assert watched.after(lambda: make(folder / "sub" / "deep.png", "1")) == [], "not recursive"


def test_folder_replaced_by_a_file_and_back(watched: Watched, tmp_path: Path) -> None:
    path = make(tmp_path / "data" / "x", "1").parent
    watched.watch(path, path / "x")

    def to_file() -> None:
        shutil.rmtree(path)
        path.write_text("file")

    def to_folder() -> None:
        path.unlink()
        make(path / "x", "2")

    assert watched.after(to_file) == [{str(path): b"file", str(path / "x"): None}]
    assert watched.after(to_folder) == [{str(path): None, str(path / "x"): b"2"}]


@pytest.mark.parametrize("path", ["data/../data/x", "./data/x", "data//x"])
def test_paths_are_told_as_they_were_given(heard: Watched, tmp_path: Path, path: str) -> None:
    file = make(tmp_path / "data" / "x", "1")
    heard.watch(f"{tmp_path}/{path}")
    assert heard.after(lambda: file.write_text("2")) == [{f"{tmp_path}/{path}": b"2"}]


def test_names_of_any_bytes(watched: Watched, tmp_path: Path) -> None:
    names = [os.fsdecode(b"\xff\xfe"), "a b\n", "ä", "[x]*"]
    files = [make(tmp_path / "data" / name, "1") for name in names]
    watched.watch(*files)
    for file in files:
        assert watched.after(lambda file=file: file.write_text("2")) == [{str(file): b"2"}]  # type: ignore[misc]


def test_many_files_of_a_folder_cost_one_watch(heard: Watched, tmp_path: Path) -> None:
    files = [make(tmp_path / "data" / f"{i}", "1") for i in range(300)]
    heard.watch(*files)
    below = [folder for folder in folders_heard(heard) if folder.startswith(f"{tmp_path}/data")]
    assert below == [f"{tmp_path}/data"]
    assert watched_by_kernel() == len(folders_heard(heard))
    assert heard.after(lambda: [file.write_text("2") for file in files]) == [{str(file): b"2" for file in files}]


def watched_by_kernel() -> int:
    """Watches of this process, from /proc."""
    found = 0
    for number in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{number}") == "anon_inode:inotify":
                found += Path(f"/proc/self/fdinfo/{number}").read_text().count("inotify wd:")
        except OSError:
            pass
    return found


def test_the_set_is_replaced(watched: Watched, tmp_path: Path) -> None:
    one, two = make(tmp_path / "one" / "x", "1"), make(tmp_path / "two" / "x", "1")
    watched.watch(one)
    watched.watch(two)
    assert watched.after(lambda: one.write_text("2")) == []
    assert watched.after(lambda: two.write_text("2")) == [{str(two): b"2"}]
    assert not any(folder.startswith(f"{tmp_path}/one") for folder in folders_heard(watched))
    watched.watch(one, two)
    assert watched.after(lambda: two.write_text("3")) == [{str(two): b"3"}]


def test_a_change_before_the_same_path_is_watched_again_is_told(heard: Watched, tmp_path: Path) -> None:
    """The new set is given while a change of a path that stays in it is not yet told."""
    file = make(tmp_path / "data" / "x", "1")
    heard.watch(file)

    def act() -> None:
        file.write_text("2")
        heard.watcher.watch([str(file), str(heard.sentinel / "file"), str(tmp_path / "new")])

    assert heard.after(act) == [{str(file): b"2"}]


def test_a_folder_that_cannot_be_listed_is_polled(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may list every folder")
    file = make(tmp_path / "data" / "x", "1")
    file.parent.chmod(0o311)
    watched = Watched(tmp_path, None)
    watched.watch(file)
    assert watched.watcher.polling
    assert "cannot be listened to" in watched.watcher.why
    assert watched.after(lambda: file.write_text("2")) == [{str(file): b"2"}]
    watched.watcher.stop()
