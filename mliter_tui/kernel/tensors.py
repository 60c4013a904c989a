"""Tensors of torch: what they are by content, what their graphs reach, and how they are pickled and made again.

A tensor is its storage (read once, whatever tensors lie in it), how it lies in it, its gradient, hooks and attributes.
A graph behind it cannot be read: such a tensor counts as made by the node that made it (its lineage), is never stored,
and reaches the leaves that a backward pass through it would change. Where that pass is over and the graph released,
none can be reached any more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mliter_tui.kernel.plain import dumps
from mliter_tui.kernel.tensor_hooks import Hooks

if TYPE_CHECKING:
    from mliter_tui.kernel.memory import Pickler
    from mliter_tui.kernel.walk import Walk

MEMORY = 2
"""In the place of `shareable` of a piece of memory: tensors in it lie in it again after a load, arrays do not."""
_MOST = 200_000  # functions of a graph that are looked at
_ENTERED, _HOOKED = "AccumulateGrad", "BackwardHookFunctionBackward"


def of_tensor(walk: Walk, value: Any) -> Iterable[object] | None:
    """A tensor; one of a kind without plain storage, or of a class of its own, has no content to be had."""
    if walk.met(value):
        return None
    torch = sys.modules["torch"]
    try:
        how, storage = _how(torch, value)
    except Exception:  # torch's words for what a kind of tensor lacks are many
        walk.unreadable(value)
        return _leaves(walk, value)
    walk.emit(b"\1tensor" + how)
    _content(walk, torch, value, storage)
    if value.is_inference() or value.retains_grad:
        walk.unstorable()
    grad = value.grad if value.is_leaf or value.retains_grad else None
    attributes = vars(value) or None
    around = [type(value), grad, value._backward_hooks or None, getattr(value, "_post_accumulate_grad_hooks", None)]
    return [*around, attributes and walk.state(value, attributes), *_leaves(walk, value)]


def _how(torch: Any, value: Any) -> tuple[bytes, Any]:
    """(what a tensor is apart from what is in its storage, that storage). Raises for special kinds."""
    if type(value) not in (torch.Tensor, torch.nn.Parameter) or not _is_plain(torch, value):
        raise ValueError("a special kind of tensor")
    storage = value.untyped_storage()
    how = (
        str(value.dtype), tuple(value.shape), value.stride(), value.storage_offset(), storage.nbytes(),
        str(value.device), value.requires_grad, value.is_leaf, value.is_conj(), value.is_neg(), value.is_inference(),
        value.retains_grad,
    )  # fmt: skip
    return dumps(how, 2), storage


def _is_plain(torch: Any, value: Any) -> bool:
    return (
        value.layout is torch.strided and not value.is_quantized and not value.is_nested and value.device.type != "meta"
        and not any(getattr(value, "names", None) or ()) and not torch._C._functorch.is_functorch_wrapped_tensor(value)
    )  # fmt: skip


def _content(walk: Walk, torch: Any, value: Any, storage: Any) -> None:
    """The bytes of its storage where they are met first, else which of those before it is."""
    start, nbytes = storage.data_ptr(), storage.nbytes()
    walk.holds(start, start + nbytes, False, MEMORY, walk.number(value))
    known = walk.storages.get((start, nbytes))
    if known is not None and nbytes:
        walk.emit(b"\1storage" + known.to_bytes(8, "little"))
        return
    walk.storages[start, nbytes] = len(walk.storages)
    if nbytes:
        walk.emit(memoryview(_bytes(torch, storage)))


def _bytes(torch: Any, storage: Any) -> Any:
    """An array over the memory of a storage, or over a copy of it where it is not in this machine's."""
    whole = torch.empty(0, dtype=torch.uint8, device=storage.device).set_(storage, 0, (storage.nbytes(),), (1,))
    return whole.cpu().numpy()


# -- graphs ------------------------------------------------------------------------------------------------------------


def _leaves(walk: Walk, value: Any) -> list[object]:
    """What a backward pass from here would change, and functions of the user's that it would call."""
    first = value.grad_fn
    if first is None:
        return []
    walk.unstorable()
    walk.emit(f"\1graph {type(first).__name__}\0{walk.context.lineage}\0".encode())
    found: list[object] = []
    seen, todo, hooked = {first}, [first], Hooks.registered
    while todo:
        function = todo.pop()
        if type(function).__name__ == _ENTERED:
            found.append(function.variable)
        elif not _released(function):
            hooked |= type(function).__name__ == _HOOKED
            if (own := getattr(type(function), "_forward_cls", None)) is not None:
                found += [own, *vars(function).values()]
            fresh = [f for f in dict.fromkeys(f for f, _ in function.next_functions) if f is not None and f not in seen]
            seen.update(fresh)
            todo += fresh
        if len(seen) > _MOST:
            walk.unreadable(value)
            break
    walk.refs |= {"globals"} if hooked else set()  # those of the user's may reach any name
    walk.emit(len(found).to_bytes(8, "little"))
    return found


_saving: dict[type, tuple[str, ...]] = {}  # kinds of functions -> attributes that hold what was saved for them


def _released(function: Any) -> bool:
    """Whether a backward pass was here and has let go of what was saved for it, so that no other can come through."""
    kind = type(function)
    if kind not in _saving:
        _saving[kind] = tuple(name for name in dir(kind) if name.startswith("_raw_saved_"))
    names = _saving[kind]
    try:
        for name in names:
            saved = getattr(function, name)
            if any(one.data is not None for one in (saved if isinstance(saved, (tuple, list)) else (saved,))):
                return False
        for name in names:
            getattr(function, name[len("_raw") :], None)  # there is nothing that a hook of the user's would unpack
    except RuntimeError:  # torch's word for it
        return True
    return False


# -- pickles -----------------------------------------------------------------------------------------------------------


class _Storage:
    """The memory of tensors in a pickle, once for all that lie in it."""

    def __init__(self, content: Any, device: str) -> None:
        self.content, self.device = content, device

    def __reduce__(self) -> Any:
        return _storage, (self.content, self.device)


def reduce_tensor(pickler: Pickler, value: Any) -> Any:
    """A reduction that keeps the gradient, and which tensors share memory; NotImplemented for special kinds."""
    torch = sys.modules["torch"]
    if type(value) not in (torch.Tensor, torch.nn.Parameter) or not _is_plain(torch, value) or not value.is_leaf:
        return NotImplemented
    storage = value.untyped_storage()
    place = storage.data_ptr(), storage.nbytes()
    memory = pickler.storages.get(place)
    if memory is None:
        memory = _Storage(_bytes(torch, storage), str(value.device))
        if place[1]:
            pickler.storages[place] = memory
    how = value.storage_offset(), tuple(value.shape), value.stride(), value.is_conj(), value.is_neg()
    hooks = value._backward_hooks or None, getattr(value, "_post_accumulate_grad_hooks", None)
    state = value.grad, hooks, vars(value) or None
    arguments = type(value), memory, value.dtype, how, value.requires_grad
    return _tensor, arguments, state if any(part is not None for part in (state[0], *hooks, state[2])) else None, \
        None, None, _finish


def _storage(content: Any, device: str) -> Any:
    import torch

    with torch.inference_mode(False):
        memory = torch.empty(content.nbytes, dtype=torch.uint8)  # torch's own, which can be resized
        if content.nbytes:
            memory.copy_(torch.from_numpy(content if content.flags.writeable else content.copy()))
        return memory.to(device).untyped_storage()


def _tensor(kind: Any, storage: Any, dtype: Any, how: tuple[Any, ...], requires_grad: bool) -> Any:
    import torch

    offset, shape, strides, conjugate, negative = how
    with torch.inference_mode(False), torch.no_grad():
        tensor = torch.empty(0, dtype=dtype, device=storage.device).set_(storage, offset, shape, strides)
        if conjugate:
            tensor = torch._conj(tensor)
        if negative:
            tensor = torch._neg_view(tensor)
    if kind is torch.Tensor:
        return tensor.requires_grad_() if requires_grad else tensor
    return torch.Tensor._make_subclass(kind, tensor, requires_grad)


def _finish(tensor: Any, state: tuple[Any, Any, Any]) -> None:
    tensor.grad, (hooks, after), attributes = state[0], state[1], state[2]
    if hooks is not None:
        tensor._backward_hooks = hooks
    if after is not None:
        tensor._post_accumulate_grad_hooks = after
    if attributes is not None:
        vars(tensor).update(attributes)
