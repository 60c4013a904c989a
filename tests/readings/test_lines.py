"""Numbers in lines as scripts of all styles print them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mliter_tui.readings.text import read_text


def read(text: str) -> dict[str, float]:
    return {reading.title: reading.value for reading in read_text(text)}


@pytest.mark.parametrize(("line", "found"), [
    ("accuracy: 0.87", {"accuracy": 0.87}),
    ("Test RMSE = 3.2", {"Test RMSE": 3.2}),
    ("AUC 0.9123  accuracy 0.8543  F1 0.6", {"AUC": 0.9123, "accuracy": 0.8543, "F1": 0.6}),
    ("forest, held out: AUC 0.91  F1 0.6", {"forest, held out: AUC": 0.91, "forest, held out: F1": 0.6}),
    ("forest     accuracy=0.9012 f1=0.8811", {"forest: accuracy": 0.9012, "forest: f1": 0.8811}),
    ("ROC AUC: 0.95 | PR AUC: 0.8", {"ROC AUC": 0.95, "PR AUC": 0.8}),
    ("Accuracy: 91.2%", {"Accuracy": 0.912}),
    ("Test set: Average loss: 0.0265, Accuracy: 9912/10000 (99%)",
     {"Test set: Average loss": 0.0265, "Test set: Accuracy": 0.9912}),
    ("best {'model__alpha': 1.0} 0.85123", {"best": 0.85123}),
    ("The model reached an accuracy of 0.87 on the test set.", {"accuracy": 0.87}),
    ("f1 score = 0.8 precision@10 = 0.7", {"f1 score": 0.8, "precision@10": 0.7}),
    ("R^2: 0.78", {"R^2": 0.78}),
    ("48842 people, 23.9% earn more than 50K", {"people": 48842.0}),
    ("train: (54, 3) test: (5, 3) mean pixel: 0.13", {"mean pixel": 0.13}),
    ("loss: tensor(0.1234, grad_fn=<NllLossBackward0>)", {"loss": 0.1234}),
    ("score np.float64(0.91)", {"score": 0.91}),
    ("INFO:train:accuracy 0.9", {"accuracy": 0.9}),
    ("2024-01-02 10:11:12,123 - root - INFO - rmse 0.1234", {"rmse": 0.1234}),
    ("\x1b[32maccuracy\x1b[0m: 0.87", {"accuracy": 0.87}),
    ("10%|#         | 1/10 [00:01<00:09,  1.00s/it, loss=0.31]", {"loss": 0.31}),
    ("loss 0.5\rloss 0.4\rloss 0.3", {"loss": 0.3}),
])  # fmt: skip
def test_named_numbers(line: str, found: dict[str, float]) -> None:
    assert read(line) == pytest.approx(found)


@pytest.mark.parametrize("line", [
    "LogisticRegression(C=0.5, max_iter=200)",
    "training took 3.2s",
    "elapsed: 12.5",
    "wrote model_2024-01-01.pkl",
    "   0 taken for 6 : 12",
    "numpy 2.4.6",
    "p53, 3-fold, log2",
    "done",
    "[5 rows x 3 columns]",
    "",
])  # fmt: skip
def test_what_is_no_reading(line: str) -> None:
    assert read(line) == {}


@pytest.mark.parametrize(("line", "at"), [
    ("epoch 3/10 loss=0.2 val_loss 0.3", (("epoch", "3"),)),
    ("[100]\ttrain-auc:0.91\tvalidation-auc:0.9", (("step", "100"),)),
    ("{'loss': 0.3, 'learning_rate': 1e-05, 'epoch': 1.0}", (("epoch", "1"),)),
    ("k = 10  inertia: 123.4  silhouette: 0.1234", (("k", "10"),)),
    ("  C = 0.03  cv accuracy: 0.85", (("C", "0.03"),)),
    ("[CV 2/5] END ......................C=1;, score=0.912 total time=   0.1s", (("fold", "2"), ("C", "1"))),
])  # fmt: skip
def test_what_stands_before_a_measure_tells_it_from_others(line: str, at: tuple[tuple[str, str], ...]) -> None:
    assert next(reading.at for reading in read_text(line) if reading.measures) == at


@pytest.mark.parametrize("line", [
    "accuracy: 0.91 +- 0.02", "accuracy: 0.91 (+/- 0.02)", "accuracy: 0.91 ± 0.02", "accuracy: 0.91 (0.02)",
    "accuracy 0.91 std 0.02", "accuracy: 0.91, std: 0.02", "accuracy: 91% ± 2%",
])  # fmt: skip
def test_spreads(line: str) -> None:
    (reading,) = read_text(line)
    assert (reading.value, reading.spread) == pytest.approx((0.91, 0.02))


@pytest.mark.parametrize("line", [
    "scores: [0.91 0.92 0.9 ]", "scores: [0.91, 0.92, 0.9]",
    "scores: [np.float64(0.91), np.float64(0.92), np.float64(0.9)]",
    "scores: [0.91 0.92 0.9] mean: 0.91", "scores array([0.91, 0.92, 0.9])",
])  # fmt: skip
def test_lists_are_folds(line: str) -> None:
    (reading,) = read_text(line)
    assert reading.folds == (0.91, 0.92, 0.9)
    assert reading.value == pytest.approx(0.91)


def test_a_share_knows_of_how_many_and_what_its_last_digit_is_worth() -> None:
    share, plain = read_text("Accuracy: 950/1000 (95%)\nloss: 0.250")
    assert (share.value, share.count) == (0.95, 1000)
    assert plain.step == pytest.approx(0.001)


def test_a_warning_is_not_read() -> None:
    text = "/x/_logistic.py:469: ConvergenceWarning: lbfgs failed (status=1):\n    n_iter: 100\naccuracy: 0.9"
    assert read(text) == {"accuracy": 0.9}


def test_not_a_number_is_a_value_too() -> None:
    (reading,) = read_text("loss nan")
    assert reading.value != reading.value


@pytest.mark.parametrize("text", [
    "{" * 3000, "[[" * 500, "(" * 4000 + "1", "=" * 5000 + "0.5", "\x00\x1b[1:", "a" * 10_000 + ": 3",
])  # fmt: skip
def test_anything_at_all_can_be_printed(text: str) -> None:
    read_text(text)


PIECES = st.sampled_from([
    "accuracy", "loss", "epoch", "f1", ":", "=", " ", "  ", ",", "(", ")", "[", "]", "[[", "]]", "{", "}", "'", "|",
    "\n", "\t", "\r", "\x1b[1m", "0.5", "12", "-3", "1e400", "nan", "inf", "%", "+-", "±", "std", "/", "np.float64(",
    "dtype: int64",
    "precision    recall  f1-score   support", "é", "\ud800", "\x00", "Epoch 1/2", "x" * 60,
])  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200))
def test_whatever_is_printed_readings_have_names_and_numbers(text: str) -> None:
    for reading in read_text(text):
        assert reading.name and reading.name.isprintable()
        assert len(reading.name) <= 60
        assert reading.step >= 0
        assert 0 <= reading.line <= text.count("\n")
