"""Who earns more than 50K a year? A random forest on the Adult census data."""

from pathlib import Path

import flow
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from hamilton import driver
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

HERE = Path(__file__).parent
SEED = 7

wanted = ["y", "scores", "proba", "y_test"]
made = driver.Builder().with_modules(flow).with_cache().build().execute(wanted, inputs={"seed": SEED})
y, scores, proba, y_test = made["y"], made["scores"], made["proba"], made["y_test"]
print(f"{len(y)} people, {y.mean():.1%} earn more than 50K")
print(f"logistic regression, 3-fold AUC: {scores.mean():.4f} +- {scores.std():.4f}")

# --- report
threshold = 0.5
pred = (proba >= threshold).astype(int)
print(f"random forest, held out: AUC {roc_auc_score(y_test, proba):.4f}  "
      f"accuracy {accuracy_score(y_test, pred):.4f}  F1 {f1_score(y_test, pred):.4f}")

share, predicted = calibration_curve(y_test, proba, n_bins=10)
fig, ax = plt.subplots(figsize=(5, 4))
ax.plot([0, 1], [0, 1], color="grey", linestyle=":")
ax.plot(predicted, share, marker="o")
ax.set(xlabel="predicted probability", ylabel="share above 50K", title="Calibration on held-out people")
fig.savefig(HERE / "calibration.png", dpi=100)
print("wrote calibration.png")
