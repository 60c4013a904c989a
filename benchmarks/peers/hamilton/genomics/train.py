"""Which genes belong together? Words of MEDLINE sentences, embedded by what stands near them, and clustered."""

from pathlib import Path

import flow
import pandas as pd
from hamilton import driver

HERE = Path(__file__).parent
PARTS = ["train", "test"]
WINDOW = 8

graph = driver.Builder().with_modules(flow).with_cache().build()
wanted = ["documents", "counts", "vocabulary", "genes", "near", "positive", "explained", "vectors"]
made = graph.execute(wanted, inputs={"parts": PARTS, "window": WINDOW})
counts, genes, vectors = made["counts"], made["genes"], made["vectors"]
print(f"{len(made['documents'])} sentences, {sum(counts.values())} words")
print(f"{len(made['vocabulary'])} in the vocabulary, {len(genes)} of them genes")
print(f"{made['near'].nnz} pairs of words, {made['positive'].nnz} more often together than by chance")
print(f"explained variance: {made['explained']:.4f}")

# --- groups
scores, labels = {}, {}
for k in [10, 20, 30]:
    grouped = graph.execute(["labels", "silhouette"], inputs={"k": k}, overrides={"vectors": vectors})
    labels[k], scores[k] = grouped["labels"], grouped["silhouette"]
    print(f"k = {k}: silhouette {scores[k]:.4f}")
best = labels[max(scores, key=scores.get)]

# --- report
table = pd.DataFrame({"gene": genes, "group": best, "mentions": [counts[gene] for gene in genes]})
table.to_csv(HERE / "groups.csv", index=False)
ranked = table.sort_values(["mentions", "gene"], ascending=[False, True])
for group, members in ranked.groupby("group"):
    print(f"{group:3} {len(members):5}  " + ", ".join(name[1:] for name in members["gene"].head(6)))
