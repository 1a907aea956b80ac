"""Writes golden/span-scores.jsonl: how seqeval, in its default mode that agrees with conlleval, reads and counts spans.

Lines: {"name", "truth", "predicted", "spans", "total", "perType"}; truth and predicted are sentences of tags, spans those
of truth as [sentence, type, begin, end], scores [precision, recall, F1, support].

    python -m venv env && env/bin/pip install -r conformance/requirements.txt
    env/bin/python conformance/span_scores.py
"""

import random
import warnings

from common import output_folder, write_lines
from seqeval.metrics.sequence_labeling import get_entities, precision_recall_fscore_support

warnings.filterwarnings("ignore")
folder = output_folder(__doc__)
cases = []


def record(name, truth, predicted):
    spans = [
        [index, kind, begin, end + 1]
        for index, tags in enumerate(truth)
        for kind, begin, end in get_entities(tags)
    ]
    types = sorted({kind for tags in [*truth, *predicted] for kind, _, _ in get_entities(tags)})
    scores = lambda average: precision_recall_fscore_support(truth, predicted, average=average, zero_division=0)
    total = [float(value or 0) for value in scores("micro")[:3]] if types else [0.0, 0.0, 0.0]
    per_type = {}
    if types:
        columns = scores(None)
        for index, kind in enumerate(types):
            per_type[kind] = [float(column[index]) for column in columns]
    cases.append({"name": name, "truth": truth, "predicted": predicted, "spans": spans, "total": [*total, len(spans)], "perType": per_type})


# Sequences that break the rules, each against one that keeps them.
odd = {
    "inside after outside": "O I-A I-A O",
    "inside at the beginning": "I-A I-A O O",
    "another type goes on": "B-A I-B I-B O",
    "begin after begin": "B-A B-A I-A B-B",
    "end without begin": "O E-A O E-B",
    "end after end": "B-A E-A E-A O",
    "inside after end": "B-A E-A I-A O",
    "single after begin": "B-A S-A S-A O",
    "inside after single": "S-A I-A I-A O",
    "begin without end": "B-A I-A O B-B",
    "everything inside": "I-A I-B I-A I-B",
}
for name, tags in odd.items():
    record(name, [tags.split()], [["B-A", "I-A", "O", "B-B"]])
    record(f"{name}, predicted", [["B-A", "I-A", "O", "B-B"]], [tags.split()])
record("no spans", [["O", "O"]], [["O", "O"]])
record("nothing predicted", [["B-A", "I-A"]], [["O", "O"]])
record("nothing there", [["O", "O"]], [["B-A", "I-A"]])
record("letters alone", [["B", "I", "O", "B"]], [["B", "I", "O", "I"]])
record("types with dashes", [["B-a-b", "I-a-b", "O", "B-a"]], [["B-a-b", "I-a-b", "B-a", "I-a"]])
record("spans end with the sentence", [["O", "B-A"], ["I-A", "O"]], [["O", "B-A"], ["I-A", "O"]])

random.seed(5)
pools = {
    "iob": ["O", "O", "B-A", "I-A", "B-B", "I-B"],
    "bioes": ["O", "O", "B-A", "I-A", "E-A", "S-A", "B-B", "I-B", "E-B", "S-B"],
}
for name, pool in pools.items():
    for index in range(30):
        lengths = [random.randint(1, 12) for _ in range(random.randint(1, 4))]
        truth = [[random.choice(pool) for _ in range(length)] for length in lengths]
        keep = random.choice([0.3, 0.7, 0.95])
        predicted = [[tag if random.random() < keep else random.choice(pool) for tag in tags] for tags in truth]
        record(f"{name} {index}", truth, predicted)

write_lines(folder / "span-scores.jsonl", cases)
