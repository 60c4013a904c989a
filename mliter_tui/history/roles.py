"""What a call does in a machine-learning script, by its full name: read data, transform it, train, measure, show.

Names are those of the well-known libraries, by module where a module is of one kind. A name that is in no list has no
role; then it is its place in the flow of values that tells (see `flow`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

Role = Literal["read", "transform", "split", "model", "search", "train", "fit", "evaluate", "metric", "plot", "output"]
Stage = Literal["dpr", "li", "ppr"]
STAGES: dict[Role, Stage] = {
    "read": "dpr", "transform": "dpr", "split": "dpr", "model": "li", "search": "li", "train": "li", "fit": "li",
    "evaluate": "ppr", "metric": "ppr", "plot": "ppr", "output": "ppr",
}  # fmt: skip
"""The stage a call belongs to where its place does not say otherwise. train: optimizers, losses, schedules."""

_KERAS: tuple[tuple[str, Role], ...] = (
    ("layers", "model"), ("models", "model"), ("applications", "model"), ("optimizers", "train"), ("losses", "train"),
    ("callbacks", "train"), ("metrics", "metric"), ("preprocessing", "transform"), ("datasets", "read"),
    ("regularizers", "model"), ("Sequential", "model"), ("Model", "model"),
)  # fmt: skip


def _of_keras(package: str) -> Iterator[tuple[str, Role]]:
    return ((f"{package}.{part}", role) for part, role in _KERAS)


_MODELS = (
    "linear_model", "ensemble", "svm", "tree", "neighbors", "naive_bayes", "neural_network", "cluster", "mixture",
    "gaussian_process", "discriminant_analysis", "decomposition", "manifold", "kernel_approximation",
    "random_projection", "cross_decomposition", "isotonic", "semi_supervised", "multiclass", "multioutput", "dummy",
    "calibration", "covariance", "kernel_ridge", "frozen",
)  # fmt: skip


def _of_sklearn() -> Iterator[tuple[str, Role]]:
    return ((f"sklearn.{name}.", "model") for name in _MODELS)


_MODULES: tuple[tuple[str, Role], ...] = (
    ("sklearn.model_selection.train_test_split", "split"),
    ("sklearn.model_selection.cross_", "evaluate"),
    ("sklearn.model_selection.learning_curve", "evaluate"),
    ("sklearn.model_selection.validation_curve", "evaluate"),
    ("sklearn.model_selection.permutation_test_score", "evaluate"),
    ("sklearn.model_selection.*Search", "search"),
    ("sklearn.model_selection.Parameter", "search"),
    ("sklearn.model_selection.", "evaluate"),
    ("sklearn.datasets.", "read"),
    ("sklearn.metrics.pairwise", "transform"),
    ("sklearn.metrics.*Display", "plot"),
    ("sklearn.metrics.", "metric"),
    ("sklearn.inspection.", "metric"),
    ("sklearn.calibration.calibration_curve", "metric"),
    ("sklearn.calibration.*Display", "plot"),
    ("sklearn.preprocessing.", "transform"),
    ("sklearn.impute.", "transform"),
    ("sklearn.compose.TransformedTarget", "model"),
    ("sklearn.compose.", "transform"),
    ("sklearn.feature_extraction.", "transform"),
    ("sklearn.feature_selection.", "transform"),
    ("sklearn.utils.resample", "transform"),
    ("sklearn.utils.shuffle", "transform"),
    ("sklearn.pipeline.FeatureUnion", "transform"),
    ("sklearn.tree.plot_tree", "plot"),
    ("sklearn.tree.export_", "output"),
    *_of_sklearn(),
    ("imblearn.", "transform"), ("category_encoders.", "transform"), ("umap.", "model"), ("hdbscan.", "model"),
    ("xgboost.DMatrix", "transform"), ("lightgbm.Dataset", "transform"), ("catboost.Pool", "transform"),
    ("xgboost.plot", "plot"), ("lightgbm.plot", "plot"), ("xgboost.train", "fit"), ("lightgbm.train", "fit"),
    ("xgboost.cv", "evaluate"), ("lightgbm.cv", "evaluate"), ("catboost.train", "fit"), ("xgboost.", "model"),
    ("lightgbm.log_evaluation", "output"), ("lightgbm.", "model"), ("catboost.", "model"),
    ("torch.optim.", "train"), ("torch.nn.utils.", "train"), ("torch.nn.*Loss", "train"),
    ("torch.nn.functional.*loss", "train"), ("torch.nn.functional.*entropy", "train"),
    ("torch.nn.functional.", "model"), ("torch.nn.", "model"), ("torch.save", "output"), ("torch.load", "read"),
    ("torch.utils.data.random_split", "split"), ("torchvision.transforms.", "transform"),
    ("torchvision.datasets.", "read"), ("torchvision.models.", "model"), ("torchvision.utils.", "plot"),
    ("torchmetrics.", "metric"), ("torchaudio.transforms.", "transform"), ("torch.utils.data.", "transform"),
    ("timm.create_model", "model"), ("albumentations.", "transform"),
    *_of_keras("keras"), *_of_keras("tensorflow.keras"),
    ("transformers.*Tokenizer", "transform"), ("transformers.TrainingArguments", "train"),
    ("transformers.Trainer", "model"), ("transformers.Auto", "model"), ("datasets.load", "read"),
    ("sentence_transformers.", "model"), ("statsmodels.*datasets", "read"), ("statsmodels.*stats", "metric"),
    ("statsmodels.", "model"), ("prophet.", "model"), ("gensim.models.", "model"), ("gensim.", "transform"),
    ("nltk.", "transform"), ("spacy.load", "transform"), ("optuna.", "search"), ("hyperopt.", "search"),
    ("skopt.", "search"), ("surprise.", "model"), ("shap.*plot", "plot"), ("shap.", "metric"),
    ("pandas.read_", "read"), ("polars.read_", "read"), ("polars.scan_", "read"), ("pandas.plotting.", "plot"),
    ("pandas.set_option", "output"), ("pandas.cut", "transform"), ("pandas.qcut", "transform"),
    ("pandas.get_dummies", "transform"), ("pandas.merge", "transform"), ("numpy.load", "read"),
    ("numpy.genfromtxt", "read"), ("numpy.fromfile", "read"), ("numpy.save", "output"),
    ("numpy.set_printoptions", "output"), ("scipy.io.load", "read"), ("scipy.stats.ttest", "metric"),
    ("scipy.stats.wilcoxon", "metric"), ("joblib.dump", "output"), ("joblib.load", "read"),
    ("pickle.dump", "output"), ("pickle.load", "read"), ("json.dump", "output"), ("json.load", "read"),
    ("yaml.dump", "output"), ("csv.writer", "output"), ("csv.reader", "read"), ("csv.DictReader", "read"),
    ("gzip.open", "read"), ("zipfile.", "read"), ("glob.", "read"), ("PIL.Image.open", "read"),
    ("cv2.imread", "read"), ("cv2.", "transform"), ("sqlite3.connect", "read"), ("requests.get", "read"),
    ("urllib.request.", "read"), ("kagglehub.", "read"), ("tarfile.", "read"), ("matplotlib.", "plot"),
    ("pylab.", "plot"), ("seaborn.load_dataset", "read"), ("seaborn.", "plot"), ("plotly.", "plot"),
    ("altair.", "plot"), ("bokeh.", "plot"), ("wandb.", "output"), ("mlflow.", "output"),
    ("mliter.metric", "output"), ("tensorboard", "output"), ("torch.utils.tensorboard.", "output"),
    ("tabulate.", "output"), ("rich.", "output"), ("pprint.", "output"), ("logging.", "output"),
    ("warnings.", "output"), ("print", "output"), ("display", "output"), ("sys.stdout.write", "output"),
    ("open", "read"),
)  # fmt: skip
_METHODS: tuple[tuple[str, Role], ...] = (
    (r"(partial_)?fit(_predict|_generator)?|backward|train_on_batch|fit_resample_model|minimize", "fit"),
    (r"fit_transform|transform|inverse_transform|fit_resample", "transform"),
    (r"fillna|dropna|drop_duplicates|get_dummies|interpolate|merge|one_hot|resample|rename|astype", "transform"),
    (r"zero_grad|step|clip_grad_norm_", "train"),
    (r"savefig|plot|hist|barh?|scatter|imshow|set_title|set_xlabel|set_ylabel|set_xlim|set_ylim|legend|tight_layout"
     r"|boxplot|axhline|axvline|suptitle|axis|tick_params|set_xticks|set_yticks|set_xticklabels|set_yticklabels|errorbar|text"
     r"|annotate|fill_between|colorbar|subplots_adjust|figure|show|grid|pie|heatmap|contourf?|matshow|step_plot",
     "plot"),
    (r"to_csv|to_json|to_parquet|to_pickle|to_excel|to_markdown|save|save_model|save_pretrained|write_text|writerow"
     r"|writerows|dump|info|debug|warning|error|exception|log|log_metric|log_metrics|add_scalar|write", "output"),
    (r"score|evaluate|classification_report|value_counts|describe", "metric"),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern), role) for pattern, role in _METHODS)
_LOGGERS = re.compile(
    r"(?:^|[._])(?:log|logger|logging|writer|run|mlflow|wandb|console|f|file|fh|out)\b", re.IGNORECASE
)
_MODEL_BASES = re.compile(
    r"(?:^|\.)(?:Module|LightningModule|Model|BaseEstimator|ClassifierMixin|RegressorMixin|ClusterMixin|Layer"
    r"|Sequential)$"
)
_MODEL_NAMES = re.compile(
    r"(?:Net|Network|Model|Classifier|Regressor|Regression|Encoder|Decoder|Autoencoder|Perceptron|MLP|CNN|RNN|LSTM|GRU"
    r"|VAE|GAN|Generator|Discriminator|Agent|Policy|Layer|Attention|Transformer|Tree|Forest|KNN|SVM|KMeans|GPT)$"
)
_TRANSFORMER_BASES = re.compile(r"(?:^|\.)TransformerMixin$")
_TRAINING = re.compile(
    r"^_?(?:train|fit|learn|optimi[sz]e|gradient_descent|run_epoch|sgd|step|update_weights|backprop)", re.IGNORECASE
)
HYPER_PARAMETERS = re.compile(
    r"^(?:lr|learning_?rate|rate|batch(?:_?size)?|(?:n_|num_|max_)?epochs?|dropout|momentum|weight_decay|hidden(?:_?\w+)?"
    r"|patience|warmup\w*|optimizer|n_estimators|n_layers|num_layers|alpha|gamma|beta|lambda_?|reg\w*|max_depth"
    r"|num_leaves|n_heads)$",
    re.IGNORECASE,
)
"""Names that hyper-parameters of models have, whatever they are given to."""
SEEDS = re.compile(r"^(?:\w*_)?(?:random_?state|seed)$|^(?:manual_seed|seed)$", re.IGNORECASE)


@cache
def role_of(name: str) -> Role | None:
    """The role of a call: a full name ("sklearn.svm.SVC") or, with a dot before it, a method (".fit")."""
    if name.startswith("."):
        return _method(name[1:])
    for pattern, role in _MODULES:
        head, star, tail = pattern.partition("*")
        if name.startswith(head) and (not star or tail.lower() in name[len(head) :].lower()):
            if "." in pattern or name == pattern:
                return role
    return None


def _method(name: str) -> Role | None:
    for pattern, role in _COMPILED:
        if pattern.fullmatch(name):
            return role
    return None


def logs(receiver: str) -> bool:
    """Whether an object of this name is one that is written to: `logger.info`, `file.write`."""
    return _LOGGERS.search(receiver) is not None


def is_model(name: str, bases: tuple[str, ...]) -> bool:
    """Whether a class of the user's is a model."""
    if any(_TRANSFORMER_BASES.search(base) for base in bases):
        return False
    return any(_MODEL_BASES.search(base) for base in bases) or _MODEL_NAMES.search(name) is not None


def trains(function: str) -> bool:
    """Whether a function of the user's is called as if it trains."""
    return _TRAINING.match(function) is not None
