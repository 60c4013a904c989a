"""Mocks: whatever is asked of one, it makes another; so nothing is asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.conftest import Project

SCRIPT = """
import time
from unittest import mock
from unittest.mock import Mock, create_autospec, patch

class Api:
    def get(self, key):
        return key

m = mock.MagicMock(name="m")
m.foo(3)
f = m.foo
f(1)
print(m.foo.call_count, m.mock_calls)
g = Mock(return_value=5)
def slow(x):
    time.sleep(0.05)
    return g(x) + 1
a = slow(2)
g.return_value = 7
b = slow(3)
print(a, b, g.call_args_list)
api = create_autospec(Api)()
api.get.return_value = "x"
rows = [api.get(i) for i in range(2)]
print(rows, api.get.call_count)
with patch.object(Api, "get", return_value="patched") as p:
    c = Api().get(1)
print(c, p.called, Api().get(2))
"""


def test_mocks_are_what_they_are_under_python(project: Project) -> None:
    project.script(SCRIPT)
    project.run()
    for before, after in (("slow(3)", "slow(4)"), ("f(1)", "f(2)"), ("= 7", "= 8"), ("range(2)", "range(3)")):
        project.script(SCRIPT.replace(before, after))
        project.run()
    project.script(SCRIPT)
    project.run()
