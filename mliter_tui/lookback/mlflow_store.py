"""A store of MLflow that the user named, opened without anything else of MLflow's being spoken to.

`mlflow` is imported here and in no other place, once it is asked for. Its own reports to its makers are switched off
before that, and where it would take a place from the environment it is given the user's. The file store (`mlruns`) is
in maintenance since MLflow 3.7, and from 3.13 on refused unless one asks for it: who names a folder has asked.
"""

from __future__ import annotations

import os
import re
import sys
import urllib.parse
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mliter_tui.errors import UsageError

_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_ALLOW_FILE_STORE": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false", "MLFLOW_LOGGING_LEVEL": "ERROR",
}  # fmt: skip
_LOCAL = ("sqlite", "file", "")
ABOUT_FOLDERS = "MLflow keeps its file store for old projects only; a new one is better --to sqlite:mlflow.db."


def is_local(uri: str) -> bool:
    """Whether a URI is of this machine's disk."""
    return urllib.parse.urlparse(uri).scheme.partition("+")[0] in _LOCAL


def is_folder(uri: str) -> bool:
    """Whether it is a file store."""
    return urllib.parse.urlparse(uri).scheme in ("file", "")


@contextmanager
def client_of(uri: str, must_exist: bool = False) -> Iterator[Any]:
    """An MlflowClient for a tracking URI. Raises UsageError where mlflow is not installed, or the store will not open.

    must_exist: a place on disk that is not there is an error, and not made.
    """
    if must_exist and is_local(uri) and not os.path.exists(_path(uri)):
        raise UsageError(f"There is no MLflow store at {_path(uri)}; name its file or folder.")
    os.environ.update(_QUIET)
    warnings.simplefilter("ignore")
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints is nobody's answer
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ImportError:
        raise UsageError("MLflow is not installed here; install it with: pip install 'mliter[mlflow]'") from None
    finally:
        sys.stdout = out
    _silence()
    try:
        yield MlflowClient(tracking_uri=uri, registry_uri=uri)
    except MlflowException as error:
        first = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise UsageError(f"MLflow refuses {shown(uri)}: {first[:300]}") from None
    except Exception as error:  # a database driver or a server may raise anything
        if type(error).__module__.partition(".")[0] not in ("sqlalchemy", "requests", "urllib3", "alembic", "mlflow"):
            raise
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UsageError(f"MLflow cannot use {shown(uri)}: {first[:300]}") from None


def shown(uri: str) -> str:
    """A URI without a password in it."""
    return re.sub(r"//([^/@:]*):[^/@]*@", r"//\1:***@", uri)


def _path(uri: str) -> str:
    """The path of a store on disk."""
    if uri.startswith("sqlite:"):
        return uri.partition("///")[2].partition("?")[0]
    return urllib.parse.unquote(urllib.parse.urlparse(uri).path)


def artifact_root(uri: str) -> str | None:
    """Where artifacts of a new experiment go: beside a database on disk; None for where the store itself puts them."""
    if not uri.startswith("sqlite:"):
        return None
    from pathlib import Path

    return (Path(os.path.abspath(_path(uri))).parent / "mlartifacts").as_uri()


def _silence() -> None:
    import logging

    for name in ("mlflow", "alembic", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.ERROR)
