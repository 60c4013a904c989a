"""Which words of an abstract name a disease? A tagger for words, scored by whole names found."""

from pathlib import Path

import flow
import numpy as np
import pandas as pd
from hamilton import driver
from names import names_in

HERE = Path(__file__).parent
LEARN_FROM = ["train"]

wanted = ["train", "held_out", "X_train", "y_train", "listed", "predicted"]
made = driver.Builder().with_modules(flow).with_cache().build().execute(wanted, inputs={"learn_from": LEARN_FROM})
held_out, y_train, predicted = made["held_out"], made["y_train"], made["predicted"]
y_held = np.array([tag for _, tags in held_out for tag in tags])
print(f"{len(made['train'])} sentences to learn from, {len(held_out)} held out")
print(f"{made['X_train'].shape[0]} words, {(y_train > 0).mean():.1%} of them in a name of a disease")


# --- report
def score(name, guess):
    """Prints how many names were found exactly, and at what cost."""
    bounds = np.cumsum([0] + [len(words) for words, _ in held_out])
    true = {(i, *span) for i, (_, tags) in enumerate(held_out) for span in names_in(tags)}
    said = {(i, *span) for i in range(len(held_out)) for span in names_in(guess[bounds[i]:bounds[i + 1]])}
    hits = len(true & said)
    precision, recall = hits / max(1, len(said)), hits / len(true)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    print(f"{name}: precision {precision:.4f}  recall {recall:.4f}  F1 {f1:.4f}")


score("list of names", made["listed"])
score("tagger", predicted)

words = [word for sentence, _ in held_out for word in sentence]
table = pd.DataFrame({"word": words, "true": y_held, "predicted": predicted})
missed = table[(table["true"] > 0) & (table["predicted"] == 0)]["word"].str.lower().value_counts()
print("most missed:", ", ".join(f"{word} {n}" for word, n in missed.head(6).items()))
