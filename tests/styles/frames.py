"""Frames, views and copies of them, changed in place under several names."""
# ruff: noqa - as people write them
import pandas as pd, numpy as np, copy, json, pathlib, pickle, io, contextlib
from sklearn.datasets import load_iris, load_digits
from sklearn.preprocessing import LabelEncoder, MinMaxScaler
from sklearn.cluster import KMeans
from sklearn.neighbors import NearestNeighbors
from sklearn.metrics import silhouette_score

iris = load_iris(as_frame=True)
df = iris.frame
df.columns = [c.replace(" (cm)", "").replace(" ", "_") for c in df.columns]
arr = df.to_numpy()
sub = df.iloc[10:60]
col = df["sepal_length"]
wide = df.set_index(pd.Index(range(100, 250), name="key"))
g = df.groupby("target")
df["z"] = g["petal_width"].transform("mean")
df.loc[df["z"] > 1, "z"] *= 2
sub = sub.assign(k=1)
lookup = dict(tuple(g))
big = np.arange(60.0).reshape(10, 6)
halves = np.split(big, 2)
halves[0][:] = 0
even = big[::2]
big[1::2] += even.mean()
obj = {"df": df, "col": df["z"], "nested": [{"df": df}]}
deep = copy.deepcopy(obj)
shallow = copy.copy(obj)
obj["nested"][0]["df"].insert(0, "const", 1)
print(list(df.columns)[:2], list(deep["df"].columns)[:2], shallow["df"] is df)


def standardize(d, cols, inplace=False):
    if not inplace:
        d = d.copy()
    for c in cols:
        d[c] = (d[c] - d[c].mean()) / d[c].std()
    return d


num = ["sepal_length", "petal_length"]
s1 = standardize(df, num)
s2 = standardize(df, num, inplace=True)
print(s2 is df, s1.equals(df), round(float(col.mean()), 4), round(float(arr[0, 0]), 2))
enc = LabelEncoder()
df["species"] = pd.Categorical.from_codes(df["target"], iris.target_names)
df["code"] = enc.fit_transform(df["species"].astype(str))
piv = df.pivot_table(index="species", columns=pd.cut(df["sepal_width"], 3), values="petal_width", aggfunc="mean", observed=False)
print(piv.round(2).to_string())
melted = df.melt(id_vars=["species"], value_vars=num).sample(5, random_state=0)
print(melted.to_csv(index=False).strip())
df.sort_values("petal_length", inplace=True, ignore_index=True)
df.drop_duplicates(subset=num, inplace=True)
df.reset_index(drop=True, inplace=True)
df.query("petal_width > 0.2 and species != 'virginica'", inplace=True)
df.eval("area = petal_length * petal_width", inplace=True)
df.index.name = "row"
mi = df.set_index(["species", "code"]).sort_index()
mi.loc[("setosa",), "area"] = 0
print(mi["area"].groupby(level=0, observed=True).sum().round(3).to_dict())
it = iter(df.itertuples())
first = next(it)
second = next(it)
print(first.Index, second.species, sum(1 for _ in it))
store = {}
for name, part in df.groupby("species", observed=True):
    part = part[num]
    km = KMeans(2, n_init=2, random_state=0).fit(part)
    store[name] = km
    df.loc[part.index, "cluster"] = km.labels_
    print(name, round(silhouette_score(part, km.labels_), 3))
nn = NearestNeighbors(n_neighbors=3).fit(df[num])
dist, idx = nn.kneighbors(df[num].head(4))
tree = nn._tree
print(idx.tolist(), type(tree).__name__)
df["cluster"] = df["cluster"].astype(int)
df.attrs["source"] = "iris"
blob = pickle.dumps(df)
back = pd.read_pickle(io.BytesIO(blob))
back.at[back.index[0], "area"] = 99.0
print(back.equals(df), back.attrs, df["area"].iloc[0])
ts = pd.Series(np.arange(48), index=pd.date_range("2024-01-01", periods=48, freq="h"))
print(ts.resample("12h").sum().tolist(), ts.ewm(span=3).mean().iloc[-1].round(3), ts.diff().dropna().unique().tolist())
mask = np.zeros(10, bool)
mask[[1, 3]] = True
big[mask] = -1
flat = big.reshape(-1)
flat[0] = 42
rec = np.rec.fromarrays([big[:, 0], big[:, 1]], names="a,b")
rec.a[2] = 7
masked = np.ma.masked_less(big, 0)
print(big[0, 0], even[0, 0], halves[0][0, 0], rec.a[:3], masked.mean().round(3))
report = pathlib.Path("report.md")
with report.open("w") as f, contextlib.redirect_stdout(f):
    print("# report")
    print(df.describe(include="number").round(2).to_string())
print(len(report.read_text().splitlines()), df.memory_usage().sum() > 0)
out = df.style if False else df
out = out.astype({"code": "int8"}).convert_dtypes()
out.to_json("out.json", orient="records", lines=True)
print(out.dtypes.astype(str).value_counts().to_dict())
del obj, shallow
print(deep["nested"][0]["df"] is deep["df"], "const" in deep["df"])
