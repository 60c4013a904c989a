"""What the script, a function or a module of it sets in a library counts for all that reaches the library."""

# ruff: noqa: E501 - short programs, each on one line
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engine.conftest import Project

PATCHES = {
    "in a function that prints": "import numpy as np\nK = 1\ndef patch():\n    np.my_own = K\n    print('patched')\npatch()\nv = np.my_own * 2\nprint(v)\n",
    "in a function that returns": "import numpy as np\nK = 1\ndef patch():\n    np.my_own = K\n    return 0\nr = patch()\nv = np.my_own * 2\nprint(v)\n",
    "by setattr": "import numpy as np\nK = 1\ndef patch():\n    setattr(np, 'my_own', K)\n    return 0\nr = patch()\nv = np.my_own * 2\nprint(v)\n",
    "an item": "import numpy as np\nnp.table = {}\nK = 1\ndef patch():\n    np.table['a'] = K\n    return 0\nr = patch()\nv = np.table['a'] * 2\nprint(v)\n",
    "in a class of a library": "from numpy.polynomial import Polynomial\nK = 1\nPolynomial.my_own = K\nv = Polynomial([1]).my_own * 2\nprint(v)\n",
    "in a class by a function": "from numpy.polynomial import Polynomial\nK = 1\ndef patch():\n    Polynomial.my_own = K\n    print('patched')\npatch()\nv = Polynomial([1]).my_own * 2\nprint(v)\n",
    "in a stepped-into function": "import numpy as np\nK = 1\ndef patch(k):\n    a = abs(k)\n    np.my_own = a\n    print('patched')\n    return a\nr = patch(K)\nv = np.my_own * 2\nprint(v)\n",
    "in a method": "import numpy as np\nK = 1\nclass Patch:\n    def __call__(self):\n        np.my_own = K\n        return 0\nr = Patch()()\nv = np.my_own * 2\nprint(v)\n",
    "in main": "import numpy as np\nK = 1\ndef main():\n    np.my_own = K\n    print('patched')\n    v = np.my_own * 2\n    print(v)\nmain()\n",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", PATCHES)
def test_what_is_set_in_a_library(project: Project, name: str) -> None:
    text = PATCHES[name]
    project.script(text)
    project.run()
    project.script(text.replace("K = 1", "K = 5"))
    project.run()
    project.script(text.replace("K = 1", "K = 5").replace("print(v)", "print(v, 'again')"))
    project.run()
    project.unchanged()


MODULES = {
    "as it is imported": "import numpy as np\nK = 1\nnp.my_own = K\n",
    "by a call as it is imported": "import numpy as np\nK = 1\ndef patch():\n    np.my_own = K\npatch()\n",
    "in a function of it": "import numpy as np\nK = 1\ndef patch():\n    np.my_own = K\n    return 0\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MODULES)
def test_what_a_local_module_sets_in_a_library(project: Project, name: str) -> None:
    called = "r = compat.patch()\n" if name == "in a function of it" else ""
    text = f"import compat\nimport numpy as np\n{called}v = np.my_own * 2\nprint(v)\n"
    project.write("compat.py", MODULES[name])
    project.script(text)
    project.run()
    project.write("compat.py", MODULES[name].replace("K = 1", "K = 5"))
    project.run()
    project.script(text.replace("print(v)", "print(v, 'again')"))
    project.run()
    project.unchanged()


def test_a_module_that_sets_only_what_is_its_own_holds_up_nothing(project: Project) -> None:
    text = "import compat\nimport numpy as np\nv = np.arange(3).sum()\nprint(v)\nprint(compat.f())\n"
    module = "import numpy as np\nTABLE = {}\nTABLE['a'] = 1\ndef f():\n    return 2\n"
    project.write("compat.py", module)
    project.script(text)
    project.run()
    project.write("compat.py", module.replace("return 2", "return 3"))
    assert "v" not in project.run().computed


def test_a_module_of_the_users_with_the_name_of_a_harmless_one(project: Project) -> None:
    project.write("waits.py", "import numpy as np\ndef sleep(n):\n    np.slept = n\n")
    text = "import waits as time\nimport numpy as np\ntime.sleep(3)\nprint(np.slept)\n"
    project.script(text)
    project.run()
    project.script(text.replace("sleep(3)", "sleep(4)"))
    project.run()


REBINDS = {
    "an import of __main__": "import __main__\ndef go(k):\n    __main__.f = lambda x: x * k\n",
    "sys.modules": "import sys\ndef go(k):\n    setattr(sys.modules['__main__'], 'f', lambda x: x * k)\n",
    "a mock": "from unittest import mock\ndef go(k):\n    mock.patch('__main__.f', lambda x: x * k).start()\n",
}


@pytest.mark.parametrize("name", REBINDS)
def test_a_function_that_a_module_rebinds_is_not_stepped_into(project: Project, name: str) -> None:
    text = "import other\ndef f(x):\n    y = abs(x)\n    z = y + 1\n    return z\nother.go(10)\nv = f(3)\nprint(v)\n"
    project.write("other.py", "def go(k):\n    pass\n")
    project.script(text)
    project.run()
    project.write("other.py", REBINDS[name])
    project.run()
    project.script(text.replace("go(10)", "go(20)"))
    project.run()


@pytest.mark.slow
def test_functions_left_behind_at_the_end(project: Project) -> None:
    text = """
    import atexit
    K = 1
    def setup(n):
        x = [n, K]
        y = abs(n)
        atexit.register(lambda: print("bye", x, y))
        print("set up", y)
        return y
    def other(n):
        z = n * 2
        w = abs(z)
        return w
    r = setup(3)
    q = other(4)
    print(r + q)
    """
    project.script(text)
    project.run(stderr=True)
    project.run(stderr=True)
    for before, after in (("r + q", "r - q"), ("K = 1", "K = 2"), ("other(4)", "setup(4)"), ("abs(n)", "-abs(n)")):
        project.script(text.replace(before, after))
        project.run(stderr=True)
