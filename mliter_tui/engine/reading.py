"""Reading the text of a script or module, as Python decodes it."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

from mliter_tui.errors import ScriptError, ScriptIsFolder, ScriptNotFound, ScriptNotText


def read_text(path: Path) -> str:
    """The script's text, decoded as Python decodes it (PEP 263). Raises ScriptError in one clear sentence."""
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
        return io.TextIOWrapper(io.BytesIO(data), encoding).read()
    except (SyntaxError, UnicodeDecodeError, LookupError) as e:
        raise ScriptNotText(str(path), encoding="UTF-8") from e
