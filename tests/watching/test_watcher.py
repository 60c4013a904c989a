"""The watcher as a whole: races, floods, limits, errors of the caller, its end, and what it costs at rest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from watched import Told, Watched, folders_heard

from mliter_tui.watching import looks
from mliter_tui.watching.listening import Listener
from mliter_tui.watching.watcher import Watcher


def make(path: Path, text: str = "1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("poll", [None, True])
def test_a_change_right_after_watch_is_called(tmp_path: Path, poll: bool | None) -> None:
    """Also one made while the folders are not listened to yet."""
    files = [make(tmp_path / "data" / f"{i}") for i in range(20)]
    for round_ in range(10):
        told, at = Told(), files[round_]
        watcher = Watcher(told, poll=poll)
        thread = threading.Thread(target=watcher.watch, args=([str(file) for file in files],))
        thread.start()
        while str(at) not in watcher._seen:
            pass
        at.write_text(f"new {round_}")
        thread.join()
        told.wait(lambda calls, at=at: any(str(at) in call for call in calls))  # type: ignore[misc]
        watcher.stop()


@pytest.mark.slow
def test_a_log_written_all_the_time_holds_up_nothing(heard: Watched, tmp_path: Path) -> None:
    """The script's own log in the folder of the script; the folder is not listened to while that goes on."""
    script, log = make(tmp_path / "p" / "train.py"), make(tmp_path / "p" / "run.log")
    heard.watch(script, log)
    code = f"import time\nwith open({str(log)!r}, 'a') as f:\n while True: f.write('x'); f.flush(); time.sleep(0.0005)"
    with subprocess.Popen([sys.executable, "-c", code]) as writer:
        try:
            heard.told.wait(lambda calls: sum(str(log) in call for call in calls) >= 3)
            assert str(script.parent) not in folders_heard(heard)
            script.write_text("2")
            heard.told.wait(lambda calls: any(call.get(str(script)) == b"2" for call in calls))
        finally:
            writer.kill()
    heard.settle()
    while str(script.parent) not in folders_heard(heard):
        time.sleep(0.05)
    assert heard.after(lambda: script.write_text("3")) == [{str(script): b"3"}]


def test_many_files_that_nobody_watches_are_no_news(heard: Watched, tmp_path: Path) -> None:
    script = make(tmp_path / "p" / "train.py")
    heard.watch(script)
    assert heard.after(lambda: [make(tmp_path / "p" / f"out{i}") for i in range(2000)]) == []
    assert heard.after(lambda: script.write_text("2")) == [{str(script): b"2"}]


FROZEN = """
import os, sys, time
from mliter_tui.watching.watcher import Watcher
# not by a buffer, whose lock a thread may hold as the process ends
watcher = Watcher(lambda paths: os.write(1, (" ".join(paths) + "\\n").encode()))
watcher.watch({paths!r})
while any(look.digest is None for look in watcher._seen.values()):
    time.sleep(0.01)
print("ready", flush=True)
sys.stdin.read()
"""


def test_events_lost_by_an_overflow_are_made_up_for(root: Path, tmp_path: Path) -> None:
    """The process is stopped until the kernel's queue is over-full, and the script is saved after that."""
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if most > 200_000:
        pytest.skip("the queue is too long to be filled")
    script, noise = make(tmp_path / "p" / "train.py"), [make(tmp_path / "n" / f"{i}") for i in range(2)]
    command = [sys.executable, "-c", FROZEN.format(paths=[str(script), str(noise[0])])]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=root) as child:
        assert child.stdin and child.stdout and child.stderr
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGSTOP)
        for i in range(most + 10):  # two names in turn: equal events in a row would be one
            os.utime(noise[i % 2])
        script.write_text("2")
        child.send_signal(signal.SIGCONT)
        limit = threading.Timer(30, child.kill)  # only there to fail
        limit.start()
        assert child.stdout.readline() == f"{script}\n"
        limit.cancel()
        child.stdin.close()
        assert child.stderr.read() == "", "nothing of it reaches the terminal"


def test_errors_of_the_caller_end_nothing(tmp_path: Path) -> None:
    file, told = make(tmp_path / "data" / "x"), Told()

    def changed(paths: tuple[str, ...]) -> None:
        told(paths)
        raise RuntimeError("of the caller")

    watcher = Watcher(changed)
    watcher.watch([str(file)])
    for text in "23":
        file.write_text(text)
        told.wait(lambda calls, text=text: any(call[str(file)] == text.encode() for call in calls))  # type: ignore[misc]
    watcher.stop()
    assert str(watcher.failure) == "of the caller"


@pytest.mark.parametrize("act", ["watch", "stop"])
def test_the_caller_may_use_the_watcher_in_a_call(tmp_path: Path, act: str) -> None:
    one, two, told = make(tmp_path / "one" / "x"), make(tmp_path / "two" / "x"), Told()

    def changed(paths: tuple[str, ...]) -> None:
        if act == "watch":
            watcher.watch([str(one), str(two)])
        else:
            watcher.stop()
        told(paths)

    watcher = Watcher(changed)
    watcher.watch([str(one)])
    one.write_text("2")
    told.wait(lambda calls: len(calls) == 1)
    if act == "watch":
        two.write_text("2")
        told.wait(lambda calls: len(calls) == 2)
    watcher.stop()
    assert told.calls[-1] == {str(two if act == "watch" else one): b"2"}


def test_stop_ends_all_threads_and_tells_nothing_more(tmp_path: Path) -> None:
    before, file, told = set(threading.enumerate()), make(tmp_path / "data" / "x"), Told()
    watcher = Watcher(told)
    watcher.stop()  # one that never began
    watcher = Watcher(told)
    watcher.watch([str(file)])
    threads = set(threading.enumerate()) - before
    assert all(thread.daemon for thread in threads)
    watcher.stop()
    for thread in threads:
        thread.join(10)  # one that waits for another ends a moment behind it
    assert not any(thread.is_alive() for thread in threads)
    file.write_text("2")
    watcher.watch([str(file)])
    watcher.stop()
    assert told.calls == []


def test_open_files_are_given_back(tmp_path: Path) -> None:
    file, told = make(tmp_path / "data" / "x"), Told()
    Watcher(told).stop()
    counts = []
    for _ in range(3):
        watcher = Watcher(told)
        watcher.watch([str(file)])
        watcher.stop()
        counts.append(len(os.listdir("/proc/self/fd")))
    assert counts[0] == counts[2]


@pytest.mark.parametrize("value", ["poll", "", "other"])
def test_polling_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MLITER_WATCH", value)
    watcher = Watcher(Told())
    assert (watcher.polling, watcher.why) == (False, "")
    watcher.watch([str(make(tmp_path / "x"))])
    assert watcher.polling == (value == "poll")
    assert ("MLITER_WATCH" in watcher.why) == (value == "poll")
    watcher.stop()


def test_at_rest_the_watcher_does_not_wake_up(heard: Watched, tmp_path: Path) -> None:
    """Counted by the kernel: how often its thread gave up the processor of itself."""
    heard.watch(make(tmp_path / "data" / "x"), tmp_path / "missing" / "x", tmp_path / "data")
    thread = heard.watcher._thread
    assert thread is not None

    def switches() -> list[str]:
        status = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
        return [line for line in status.splitlines() if line.startswith("voluntary")]

    time.sleep(0.2)
    before = switches()
    time.sleep(1.5)
    assert before == switches() != []
    make(tmp_path / "other" / "x")
    heard.settle()
    assert switches() != before


def test_large_files_are_not_read_before_they_change(heard: Watched, tmp_path: Path) -> None:
    """The first write to them is told, be it of the same bytes; once known by content, it no longer is."""

    def written(path: Path) -> Callable[[], object]:
        def write() -> None:
            with open(path, "r+b") as file:
                file.write(b"\0")

        return write

    large, larger = tmp_path / "data" / "large", tmp_path / "data" / "larger"
    make(large, "")
    os.truncate(large, 3 << 20)
    make(larger, "")
    os.truncate(larger, 70 << 20)
    for file in (large, larger):
        os.utime(file, (1e9, 1e9))
    heard.watch(large, larger)
    seen = heard.watcher._seen
    assert (seen[str(large)].digest, seen[str(larger)].digest) == (None, None)
    assert heard.after(lambda: large.chmod(0o600)) == [], "its time of modification is as before"
    assert [set(call) for call in heard.after(written(large))] == [{str(large)}]
    assert heard.after(written(large)) == [], "by now it is known"
    assert [set(call) for call in heard.after(written(larger))] == [{str(larger)}]
    assert [set(call) for call in heard.after(written(larger))] == [{str(larger)}], "it never is"


def test_a_large_file_changed_in_place(watched: Watched, tmp_path: Path) -> None:
    large = tmp_path / "data" / "large"
    make(large, "")
    os.truncate(large, 3 << 20)
    watched.watch(large)

    def act(text: str) -> Callable[[], object]:
        def write() -> None:
            with open(large, "r+b") as file:
                file.seek(1 << 20)
                file.write(text.encode())

        return write

    assert [set(call) for call in watched.after(act("a"))] == [{str(large)}]
    assert [set(call) for call in watched.after(act("b"))] == [{str(large)}]
    assert watched.after(act("b")) == []


def test_a_look_just_after_a_write_does_not_trust_the_time(tmp_path: Path) -> None:
    """Same size, same times, another content: only the hash can tell."""
    file = make(tmp_path / "x", "aaaa")
    before = looks.hashed(str(file), looks.glance(str(file)))
    assert before.racy
    status = file.stat()
    file.write_text("bbbb")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    now = looks.glance(str(file))
    as_before = looks.Look(before.kind, now.key, before.digest, now.taken)  # as if the clock had not advanced
    assert looks.compare(str(file), as_before)[1]


def test_nothing_heavy_is_imported_before_a_watch(root: Path) -> None:
    code = "import sys; from mliter_tui.watching.watcher import Watcher; Watcher(print)\n"
    code += "print({'watchdog', 'xxhash'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=root)
    assert done.stdout == "set()\n", done.stderr


def test_a_listener_that_died_is_replaced(heard: Watched, tmp_path: Path) -> None:
    """Its threads end as by an error; what was saved meanwhile is told, and what is saved later."""
    script = make(tmp_path / "p" / "train.py")
    heard.watch(script)
    for text in "23":
        listener = heard.watcher._hearing._listener
        assert listener is not None
        listener._observer.stop()
        script.write_text(text)
        heard.told.wait(lambda calls, text=text: any(call.get(str(script)) == text.encode() for call in calls))  # type: ignore[misc]
        assert heard.watcher._hearing._listener is not listener
    assert not heard.watcher.polling


def test_a_folder_whose_thread_died_is_heard_again(heard: Watched, tmp_path: Path) -> None:
    script = make(tmp_path / "p" / "train.py")
    heard.watch(script)
    listener = heard.watcher._hearing._listener
    assert listener is not None
    for emitter in listener._observer.emitters:
        emitter.stop()
        emitter.join(20)  # until then it is not dead
    heard.watch(script)
    assert heard.after(lambda: script.write_text("2")) == [{str(script): b"2"}]


def test_a_link_pointed_elsewhere_while_a_call_takes_long_and_events_are_many(tmp_path: Path) -> None:
    """More events than are kept for later: everything is found anew."""
    for name in ("v1", "v2"):
        make(tmp_path / "data" / name / "x", name)
    current, busy = tmp_path / "data" / "current", make(tmp_path / "other" / "busy")
    current.symlink_to("v1")
    file = current / "x"
    go, told = threading.Event(), Told()

    def changed(paths: tuple[str, ...]) -> None:
        go.wait(60)
        told(paths)

    watcher = Watcher(changed)
    watcher.watch([str(file), str(busy)])
    before = watcher._seen[str(file)]
    file.write_text("2")
    while watcher._seen[str(file)].key == before.key:
        time.sleep(0.01)
    while not watcher._hearing._lost:
        busy.unlink()
        busy.write_text("3")
    current.unlink()
    current.symlink_to("v2")
    go.set()
    told.wait(lambda calls: any(call.get(str(file)) == b"v2" for call in calls))
    file.write_text("5")
    told.wait(lambda calls: any(call.get(str(file)) == b"5" for call in calls))
    watcher.stop()


def test_parents_made_while_the_watch_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parent comes to be after the way was found to end above it, and before the folder above is listened to."""
    listen, file, told = Listener.listen, tmp_path / "a" / "b" / "x", Told()

    def late(listener: Listener, folders: Mapping[str, bool]) -> object:
        (tmp_path / "a").mkdir(exist_ok=True)
        return listen(listener, folders)

    monkeypatch.setattr(Listener, "listen", late)
    watcher = Watcher(told)
    watcher.watch([str(file)])
    time.sleep(0.2)
    make(file)
    told.wait(lambda calls: calls == [{str(file): b"1"}])
    watcher.stop()
