"""File systems that do not report changes, from tables as Linux writes them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from watched import Watched

from mliter_tui.watching import mounts
from mliter_tui.watching.mounts import Mounts

TABLE = r"""22 27 0:21 / /proc rw,relatime shared:1 - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 0:50 / /home/u/server rw,nosuid shared:3 master:1 - fuse.sshfs u@h:/ rw
41 27 0:51 / /data rw - nfs4 h:/data rw
42 41 0:52 / /data/local rw - ext4 /dev/vdb rw
43 27 0:53 / /mnt/my\040disk rw - cifs //h/x rw
44 27 0:54 / /mnt/c rw - 9p C:\134 rw
45 27 0:55 / /mnt/usb rw - fuseblk /dev/sdb1 rw
46 27 0:56 / /mnt/over rw - nfs h:/x rw
47 27 0:57 / /mnt/over rw - tmpfs x rw
"""


@pytest.mark.parametrize(
    ("folder", "found"),
    [
        ("/home/u", None),
        ("/home/u/server", ("/home/u/server", "fuse.sshfs")),
        ("/home/u/server/a/b", ("/home/u/server", "fuse.sshfs")),
        ("/home/u/server2", None),
        ("/data/x", ("/data", "nfs4")),
        ("/data/local/x", None),
        ("/mnt/my disk/x", ("/mnt/my disk", "cifs")),
        ("/mnt/c", ("/mnt/c", "9p")),
        ("/mnt/usb/x", None),
        ("/mnt/over", None),
        ("/", None),
    ],
)
def test_the_mount_of_a_folder_decides(folder: str, found: tuple[str, str] | None) -> None:
    assert Mounts(TABLE).silent_at(folder) == found


def test_the_real_table_can_be_read() -> None:
    assert Mounts().silent_at("/proc") is None


def test_only_paths_on_such_mounts_are_polled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table says that a folder is on nfs; the file itself is a real one."""
    remote, near = tmp_path / "remote" / "x", tmp_path / "near" / "y"
    for file in (remote, near):
        file.parent.mkdir()
        file.write_text("1")
    table = f"27 1 254:0 / / rw - ext4 /dev/vda rw\n41 27 0:51 / {tmp_path}/remote rw - nfs4 h:/data rw\n"
    monkeypatch.setattr(mounts, "_table", lambda: table)
    watched = Watched(tmp_path, None)
    watched.watch(near)
    assert (watched.watcher.polling, watched.watcher.why) == (False, "")
    link = tmp_path / "near" / "link"
    link.symlink_to(remote)
    watched.watch(link, near)
    assert watched.watcher.polling
    assert watched.watcher.why == f"{tmp_path}/remote is on nfs4, which does not report all changes"
    assert watched.watcher._hearing._slow.paths() == [str(link)]
    assert watched.after(lambda: remote.write_text("2")) == [{str(link): b"2"}]
    assert watched.after(lambda: near.write_text("2")) == [{str(near): b"2"}]
    watched.watcher.stop()


PROBE = """
import os, sys, threading
from mliter_tui.watching.watcher import Watcher
told = threading.Event()
watcher = Watcher(lambda paths: (print(*paths), told.set()))
watcher.watch(["{file}"])
print(watcher.polling, watcher.why)
open("{file}", "w").write("2")
assert told.wait(20)
watcher.stop()
"""


@pytest.mark.parametrize(
    ("limit", "most", "reason"),
    [
        ("max_inotify_watches", 0, "the system's limit of watched folders is reached (fs.inotify.max_user_watches)"),
        ("max_inotify_watches", 1, ""),
        ("max_inotify_instances", 0, "the system's limit of watchers is reached (fs.inotify.max_user_instances)"),
    ],
)
def test_limits_of_the_system(root: Path, tmp_path: Path, limit: str, most: int, reason: str) -> None:
    """Real limits, of a user namespace. One watch is enough for the folder of the file: those above it come later."""
    setting = f"/proc/sys/user/{limit}"
    unshare = shutil.which("unshare") or ""
    trial = [unshare, "-Ur", "sh", "-c", f"echo {most} > {setting}"]
    if not unshare or subprocess.run(trial, capture_output=True).returncode:
        pytest.skip("needs user namespaces")
    file, probe = tmp_path / "x", tmp_path / "probe.py"
    file.write_text("1")
    probe.write_text(PROBE.format(file=file))
    words = [*trial[:-1], f'{trial[-1]}; exec "$@"', "sh", sys.executable, str(probe)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, cwd=root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{bool(reason)} {reason}", str(file)]
    assert done.stderr == ""
