"""Reading the text of a script or module, as Python decodes it."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

from mliter_tui.errors import ScriptError, ScriptIsFolder, ScriptNotFound, ScriptNotText


def read_text(path: Path) -> str:
    """The script's text, decoded as Python decodes it (PEP 263). Raises ScriptError in one clear sentence."""
    return read_source(path)[1]


def read_source(path: Path) -> tuple[bytes, str]:
    """What is in the file, and the text it stands for. Raises ScriptError in one clear sentence."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ScriptNotFound(str(path)) from None
    except IsADirectoryError:
        raise ScriptIsFolder(str(path)) from None
    except OSError as e:
        raise ScriptError(f"{path} cannot be read ({e.strerror}); check its permissions.", str(path)) from None
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data, io.TextIOWrapper(io.BytesIO(data), encoding).read()
    except (SyntaxError, UnicodeDecodeError, LookupError) as e:
        raise ScriptNotText(str(path), encoding="UTF-8") from e


def content_of(path: Path, text: str) -> bytes:
    """What is in the file of a text that was read from it; the text itself where it was saved anew meanwhile."""
    try:
        data, now = read_source(path)
    except ScriptError:
        now = None
    return data if now == text else text.encode("utf-8", "surrogatepass")
