"""What an iteration can be for: kinds and letters of changes, and a word for each.

dpr: data preprocessing; li: learning and inference; ppr: postprocessing. Letters: S start, M model, P preprocessing, H
hyper-parameter of a model, R of preprocessing, C combined, N none of these. Where they are from stands in
`history/labels`.
"""

from __future__ import annotations

from typing import Literal

Kind = Literal["dpr", "li", "ppr"]
Letter = Literal["S", "M", "P", "H", "R", "C", "N"]
KINDS: tuple[Kind, ...] = ("dpr", "li", "ppr")
LETTERS: tuple[Letter, ...] = ("S", "M", "P", "H", "R", "C", "N")
WORDS: dict[str, str] = {
    "dpr": "preprocessing", "li": "learning", "ppr": "postprocessing", "S": "start", "M": "model", "P": "preprocessing",
    "H": "model hyper-parameter", "R": "preprocessing parameter", "C": "combined", "N": "none of these",
}  # fmt: skip
