# %% are reviews good or bad?
import re

import joblib
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import classification_report, confusion_matrix, roc_auc_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline

# %% data
reviews = pd.read_json("reviews.jsonl", lines=True)
reviews = reviews.dropna(subset=["text"])
reviews["good"] = (reviews["stars"] >= 4).astype(int)


def clean(text):
    text = re.sub(r"<[^>]+>", " ", text.lower())
    return re.sub(r"\s+", " ", text)


reviews["text"] = reviews["text"].map(clean)
print(reviews["good"].value_counts())
train, test = train_test_split(reviews, test_size=0.2, random_state=0)

# %% model
pipe = Pipeline([
    ("words", TfidfVectorizer(ngram_range=(1, 1), min_df=5, max_features=50_000)),
    ("best", SelectKBest(chi2, k=10_000)),
    ("model", LogisticRegression(max_iter=1000)),
])
grid = {"model__C": [0.1, 1, 10]}
search = GridSearchCV(pipe, grid, cv=5, n_jobs=-1)
search.fit(train["text"], train["good"])
print("best C:", search.best_params_["model__C"], "score:", search.best_score_)

# %% evaluation
predicted = search.predict(test["text"])
proba = search.predict_proba(test["text"])[:, 1]
print(classification_report(test["good"], predicted))
print(confusion_matrix(test["good"], predicted))
print("AUC", roc_auc_score(test["good"], proba))
joblib.dump(search.best_estimator_, "reviews.joblib")
