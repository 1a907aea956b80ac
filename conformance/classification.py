"""What scikit-learn says of classifications, TF-IDF and logistic regression: golden/classification.jsonl.

First line {"sklearn"}; then one case a line:
  {"kind": "scores", "name", "labels", "multiLabel", "truth": [[label numbers]], "probabilities": [[...]], "expected": {...}}
  {"kind": "tfidf", "texts", "sublinear", "minimum", "expected": [{feature: value}]}
  {"kind": "regression", "x", "y", "c", "classes", "weights", "expected": {"coef", "intercept"}}
Needs scikit-learn (1.9.1 made the golden file): python classification.py [--out DIR]
"""

import warnings

import numpy as np
import sklearn
from sklearn import metrics
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from common import output_folder, write_lines

warnings.filterwarnings("ignore")


def numbers(array, digits=9):
    return np.asarray(array, np.float64).round(digits).tolist()


def calibration_error(confidence, right, bins=15):
    """Guo et al. 2017, equation 3, bins (l, h]."""
    total = 0.0
    for bin in range(bins):
        inside = (confidence > bin / bins) & (confidence <= (bin + 1) / bins)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return total


def means(truth, given, multi):
    out = {}
    for name, average in [("macro", "macro"), ("weighted", "weighted"), ("micro", "micro")]:
        p, r, f, _ = metrics.precision_recall_fscore_support(truth, given, average=average, zero_division=0)
        out[name] = [p, r, f]
    return {
        "accuracy": metrics.accuracy_score(truth, given),
        "macroPrecision": out["macro"][0],
        "macroRecall": out["macro"][1],
        "macroF1": out["macro"][2],
        "weightedF1": out["weighted"][2],
        "microF1": out["micro"][2],
    }


def single(name, rng, count, size, absent=()):
    """`absent`: labels no example has and none is given."""
    p = rng.dirichlet(np.full(size, 0.4), count)
    p[:, list(absent)] *= 1e-6
    p = (p / p.sum(1, keepdims=True)).astype(np.float32)
    allowed = [k for k in range(size) if k not in absent]
    truth = np.where(rng.random(count) < 0.6, p.argmax(1), rng.choice(allowed, count))
    given = p.argmax(1)
    every = list(range(size))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, given, labels=every, zero_division=0
    )
    expected = means(truth, given, False)
    expected |= {
        "logLoss": metrics.log_loss(truth, p, labels=every),
        "confusion": metrics.confusion_matrix(truth, given, labels=every).tolist(),
        "perLabel": [numbers(precision), numbers(recall), numbers(f1), support.tolist()],
        "expectedCalibrationError": calibration_error(p.max(1).astype(np.float64), (given == truth).astype(float)),
    }
    return {
        "kind": "scores", "name": name, "labels": [f"label {k}" for k in every], "multiLabel": False,
        "truth": [[int(k)] for k in truth], "probabilities": [[float(v) for v in row] for row in p],
        "expected": expected,
    }  # fmt: skip


def multi(name, rng, count, size):
    p = rng.random((count, size)).astype(np.float32)
    truth = (rng.random((count, size)) < 0.3 + 0.4 * (p > 0.5)).astype(int)
    truth[:, -1] = 0
    truth[0] = 0
    given = (p >= 0.5).astype(int)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(truth, given, zero_division=0)
    expected = means(truth, given, True)
    expected |= {
        "logLoss": float(np.mean([metrics.log_loss(truth[:, k], p[:, k], labels=[0, 1]) for k in range(size)])),
        "confusion": metrics.multilabel_confusion_matrix(truth, given).tolist(),
        "perLabel": [numbers(precision), numbers(recall), numbers(f1), support.tolist()],
        "expectedCalibrationError": calibration_error(p.ravel().astype(np.float64), truth.ravel().astype(float)),
    }
    return {
        "kind": "scores", "name": name, "labels": [f"label {k}" for k in range(size)], "multiLabel": True,
        "truth": [[int(k) for k in np.flatnonzero(row)] for row in truth],
        "probabilities": [[float(v) for v in row] for row in p], "expected": expected,
    }  # fmt: skip


def tfidf(sublinear, minimum):
    texts = [
        "the cat sat on the mat the cat", "the dog sat on the log", "cats and dogs", "the cat and the dog",
        "mat log mat log mat", "nothing else here",
    ]  # fmt: skip
    v = TfidfVectorizer(sublinear_tf=sublinear, ngram_range=(1, 2), min_df=minimum)
    x = v.fit_transform(texts).toarray()
    names = v.get_feature_names_out()
    rows = [{names[d]: round(float(row[d]), 9) for d in np.flatnonzero(row)} for row in x]
    return {"kind": "tfidf", "texts": texts, "sublinear": sublinear, "minimum": minimum, "expected": rows}


def regression(rng, classes, c, weighted):
    x = (rng.normal(size=(40, 5)) * (rng.random((40, 5)) < 0.6)).astype(np.float32)
    y = (x[:, :classes] + 0.8 * rng.normal(size=(40, classes))).argmax(1)
    weights = rng.uniform(0.2, 3, 40) if weighted else np.ones(40)
    m = LogisticRegression(C=c, tol=1e-10, max_iter=10000).fit(x.astype(np.float64), y, sample_weight=weights)
    return {
        "kind": "regression", "classes": classes, "c": c, "x": [[float(v) for v in row] for row in x],
        "y": y.tolist(), "weights": weights.tolist(),
        "expected": {"coef": numbers(m.coef_), "intercept": numbers(m.intercept_)},
    }  # fmt: skip


if __name__ == "__main__":
    rng = np.random.default_rng(5)
    cases = [
        single("two labels", rng, 60, 2),
        single("five labels", rng, 80, 5),
        single("labels that never occur", rng, 50, 6, absent=(1, 4)),
        multi("several labels a text", rng, 60, 4),
        tfidf(True, 1), tfidf(True, 2), tfidf(False, 1),
        regression(rng, 2, 1.0, False), regression(rng, 2, 30.0, True),
        regression(rng, 4, 0.3, False), regression(rng, 3, 10.0, True),
    ]  # fmt: skip
    path = output_folder(__doc__) / "classification.jsonl"
    write_lines(path, [{"sklearn": sklearn.__version__}, *cases])
    print(f"{path.name}: {len(cases)} cases")
