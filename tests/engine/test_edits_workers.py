"""Worker processes: what they read, find and write, and what they share with the script."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

POOLS = {
    "pool": "import multiprocessing as mp\nwith mp.get_context('fork').Pool(2) as pool:\n    xs = pool.map(work, names)\n",
    "lasting pool": "import multiprocessing as mp\npool = mp.get_context('fork').Pool(2)\nxs = pool.map(work, names)\npool.terminate()\n",
    "executor": "from concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor(2) as pool:\n    xs = list(pool.map(work, names))\n",
    "joblib": "from joblib import Parallel, delayed\nxs = Parallel(n_jobs=2)(delayed(work)(name) for name in names)\n",
    "joblib's multiprocessing": "from joblib import Parallel, delayed\nxs = Parallel(n_jobs=2, backend='multiprocessing')(delayed(work)(name) for name in names)\n",
    "spawn": "import multiprocessing as mp\nif __name__ == '__main__':\n    with mp.get_context('spawn').Pool(2) as pool:\n        xs = pool.map(work, names)\n    print(xs)\n",
}
WORK = "import os\nnames = ['a.txt', 'b.txt']\ndef work(name):\n    return open(name).read() if os.path.exists(name) else os.environ.get('APP_NAME')\n"


LONG = ("joblib", "joblib's multiprocessing", "lasting pool")


@pytest.mark.slow
@pytest.mark.parametrize("case", [pytest.param(c, marks=pytest.mark.slow) if c in LONG else c for c in POOLS])
def test_what_workers_read(project: Project, case: str) -> None:
    project.write("a.txt", "one")
    text = WORK + POOLS[case] + ("" if case == "spawn" else "print(xs)\n")
    project.script(text)
    project.run()
    if case not in ("spawn", "lasting pool"):
        project.unchanged()
    project.write("a.txt", "two")
    project.run()
    project.run(env={"APP_NAME": "x"})
    project.write("b.txt", "three")
    project.run(env={"APP_NAME": "x"})
    project.script(text.replace("open(name).read()", "open(name).read().upper()"))
    project.run(env={"APP_NAME": "x"})


@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=pytest.mark.slow) if c in LONG else c for c in POOLS if c != "spawn"]
)
def test_what_workers_write(project: Project, case: str) -> None:
    text = WORK.replace("return", "open(name + '.out', 'w').write(name * 2)\n    return") + POOLS[case] + "print(xs)\nprint(open('a.txt.out').read())\n"
    project.write("a.txt", "one")
    project.script(text)
    project.run()
    (project.folder / "b.txt.out").unlink()
    project.run()
    project.script(text.replace("name * 2", "name * 3"))
    project.run()


def test_workers_find_the_random_stream_as_it_is(project: Project) -> None:
    text = """
    import multiprocessing as mp
    import numpy as np
    np.random.seed(0)
    def draw(n):
        return np.random.rand(n).tolist()
    with mp.get_context("fork").Pool(1) as pool:
        xs = pool.map(draw, [1, 2])
    print(xs)
    """
    project.script(text)
    project.run()
    project.unchanged()
    project.script(text.replace("seed(0)", "seed(1)"))
    project.run()


@pytest.mark.slow
def test_a_worker_reads_what_the_node_wrote(project: Project) -> None:
    text = """
    from concurrent.futures import ProcessPoolExecutor
    def load(name):
        return open(name).read()
    def go(word):
        with open("t.txt", "w") as f:
            f.write(word)
        with ProcessPoolExecutor(1) as pool:
            return list(pool.map(load, ["t.txt", "d.txt"]))
    print(go("first"))
    print("end")
    """
    project.write("d.txt", "data")
    project.script(text)
    project.run()
    project.unchanged()
    project.write("d.txt", "other")
    project.run()
    project.script(text.replace("first", "second"))
    project.run()


SHARED = {
    "value": "v = mp.Value('i', 0)\ndef work(i):\n    with v.get_lock():\n        v.value += i * 1\np = [ctx.Process(target=work, args=(i,)) for i in range(3)]\nfor each in p:\n    each.start()\nfor each in p:\n    each.join()\nprint(v.value)\n",
    "array": "v = mp.Array('d', 3)\ndef work(i):\n    v[i] = i * 1\np = ctx.Process(target=work, args=(1,))\np.start()\np.join()\nprint(list(v))\n",
    "queue": "q = ctx.Queue()\ndef work(i):\n    q.put(i * 1)\np = ctx.Process(target=work, args=(5,))\np.start()\nx = q.get()\np.join()\nprint(x)\n",
    "pipe": "a, b = ctx.Pipe()\ndef work(c):\n    c.send(3 * 1)\np = ctx.Process(target=work, args=(b,))\np.start()\nx = a.recv()\np.join()\nprint(x)\n",
    "manager": "m = ctx.Manager()\nd = m.dict()\nd['x'] = 5 * 1\ndef work(e):\n    e['y'] = 6\np = ctx.Process(target=work, args=(d,))\np.start()\np.join()\nprint(sorted(d.items()))\nm.shutdown()\n",
    "memory": "from multiprocessing import shared_memory\ns = shared_memory.SharedMemory(create=True, size=16)\ns.buf[0] = 5 * 1\ndef work(name):\n    t = shared_memory.SharedMemory(name=name)\n    t.buf[1] = 6\n    t.close()\np = ctx.Process(target=work, args=(s.name,))\np.start()\np.join()\nprint(bytes(s.buf[:2]))\ns.close()\ns.unlink()\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("case", SHARED)
def test_what_is_shared_with_workers(project: Project, case: str) -> None:
    text = "import multiprocessing as mp\nctx = mp.get_context('fork')\n" + SHARED[case]
    project.script(text)
    project.run()
    project.run()
    project.script(text.replace("* 1", "* 2"))
    project.run()
    project.script(text.replace("* 1", "* 2") + "print('end')\n")
    project.run()
    project.script(text + "print('end')\n")
    project.run()


PIPES = {
    "pipe": "import os\nr, w = os.pipe()\nos.write(w, b'x1')\nprint(os.read(r, 9))\nos.write(w, b'more')\ny = os.read(r, 2)\nprint(y)\n",
    "sockets": "import socket\na, b = socket.socketpair()\na.sendall(b'x1')\nprint(b.recv(9))\n",
    "connection": "import multiprocessing as mp\na, b = mp.Pipe()\na.send('x1')\ny = b.recv()\nprint(y)\n",
    "mapped memory": "import mmap\nm = mmap.mmap(-1, 10)\nm[0:2] = b'x1'\nprint(m[:4])\n",
}


@pytest.mark.parametrize("case", PIPES)
def test_what_goes_through_a_pipe_comes_out(project: Project, case: str) -> None:
    text = PIPES[case]
    project.script(text)
    project.run()
    project.run()
    project.script(text.replace("x1", "x2"))
    project.run()
    project.script(text.replace("x1", "x2") + "print('end')\n")
    project.run()


def test_a_child_that_closes_all_it_has(project: Project) -> None:
    project.write("d.txt", "data")
    project.script("""
    import os
    pid = os.fork()
    if pid == 0:
        os.closerange(3, 200)
        files = [open(f"f{i}.txt", "w") for i in range(30)]
        text = open("d.txt").read()
        for f in files:
            f.write(text)
            f.close()
        os._exit(0)
    os.waitpid(pid, 0)
    print(sorted(open(f"f{i}.txt").read() for i in range(30)))
    """)
    project.run()
    project.write("d.txt", "other")
    project.run()


FORKS = {
    "module": "import os\nprint('a', flush=True)\npid = os.fork()\nif pid == 0:\n    print('child', flush=True)\n    raise SystemExit(3)\nprint(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\nprint('end')\n",
    "function": "import os\nimport atexit\natexit.register(print, 'bye', flush=True)\ndef start():\n    return os.fork()\npid = start()\nif pid:\n    os.waitpid(pid, 0)\nprint('both', flush=True)\n",
    "main": "import os\ndef main():\n    x = 3\n    pid = os.fork()\n    if not pid:\n        print('child', x, flush=True)\n        1 / 0\n    os.waitpid(pid, 0)\n    print('parent', x)\nif __name__ == '__main__':\n    main()\n",
}


@pytest.mark.parametrize("case", FORKS)
def test_a_script_that_forks_itself(project: Project, case: str) -> None:
    project.script(FORKS[case])
    project.run(stderr=True)
    project.run(stderr=True)
    project.script(FORKS[case].replace("print('", "print(1, '"))
    project.run(stderr=True)


ASYNCHRONOUS = {
    "executor": "from concurrent.futures import ProcessPoolExecutor\nex = ProcessPoolExecutor(1)\nr = ex.submit(load, 'a.txt')\n{}print(r.result())\nex.shutdown()\n",
    "pool": "import multiprocessing as mp\npool = mp.get_context('fork').Pool(1)\nr = pool.apply_async(load, ('a.txt',))\n{}print(r.get())\npool.terminate()\n",
    "process": "import multiprocessing as mp\nctx = mp.get_context('fork')\nq = ctx.Queue()\np = ctx.Process(target=lambda: q.put(load('a.txt')))\np.start()\n{}print(q.get())\np.join()\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("case", ["executor", *(pytest.param(c, marks=pytest.mark.slow) for c in ("pool", "process"))])
def test_work_that_goes_on_behind_another_statement(project: Project, case: str) -> None:
    """The file is read while a statement runs that has nothing to do with it."""
    work = "import time\ndef load(name):\n    time.sleep(0.2)\n    open('seen.txt', 'w').write('x')\n    return open(name).read()\n"
    text = work + ASYNCHRONOUS[case]
    meanwhile = "time.sleep(0.5)\n"
    project.write("a.txt", "one")
    project.script(text.format(meanwhile))
    project.run()
    project.run()
    project.write("a.txt", "two")
    project.run()
    (project.folder / "seen.txt").unlink()
    project.script(text.format("time.sleep(0.4)\n"))
    project.run()
    (project.folder / "seen.txt").unlink()
    project.script(text.format(""))
    project.run()


def test_ends_of_connections_in_lists(project: Project) -> None:
    text = """
    import multiprocessing as mp
    pairs = [mp.Pipe() for _ in range(2)]
    send = [a for a, b in pairs]
    recv = [b for a, b in pairs]
    del pairs
    send[0].send("x1")
    y = recv[0].recv()
    print(y)
    """
    project.script(text)
    project.run()
    project.run()
    project.script(text.replace("x1", "x2"))
    project.run()
