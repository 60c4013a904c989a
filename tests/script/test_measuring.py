"""What a script measures is found in its source, by the names of truth and predictions."""

import pytest

from mliter_tui.script.measuring import measured, names_measured, predicted_from


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("print(accuracy_score(y_test, pred))", ("labels", "y_test", "pred")),
        ("metrics.f1_score(y_true=y, y_pred=p)", ("labels", "y", "p")),
        ("f1_score(y, y_pred=p, average='macro')", ("labels", "y", "p")),
        ("mean_squared_error(y.values, p.ravel()) ** .5", ("numbers", "y", "p")),
        ("roc_auc_score(y, proba)", ("scores", "y", "proba")),
        ("accuracy_score(test['label'], test['said'])", ("labels", "test['label']", "test['said']")),
        ("(pred == y_test).mean()", ("labels", "y_test", "pred")),
        ("np.mean(y_val != guess)", ("labels", "y_val", "guess")),
        ("acc = (test.label == pred).mean()", ("labels", "test['label']", "pred")),
    ],
)
def test_one_measure(source: str, found: tuple[str, str, str]) -> None:
    assert [(each.kind, each.truth.text, each.said.text) for each in measured(source)] == [found]


@pytest.mark.parametrize(
    "source",
    ["accuracy_score(y, model.predict(X))", "a == b", "if mode == 'fast': pass", "accuracy_score(y", "score(y)"],
)
def test_none(source: str) -> None:
    assert measured(source) == ()


def test_names_to_keep() -> None:
    source = "pred = model.predict(X_test)\nscale = model.transform(Z)\nprint(accuracy_score(y_test, pred))\n"
    assert names_measured(source) == {"pred", "y_test", "X_test"} and predicted_from(source) == ("X_test",)
    assert names_measured("pred = model.predict(X_test)\n") == frozenset()
