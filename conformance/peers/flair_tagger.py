"""Flair as a peer of `bench/tasks.mjs`: word vectors, letters by an LSTM, bidirectional LSTM, CRF. THREADS.

Its own loss, decoding and embeddings, in the loop its trainer runs (SGD, clipped at 5, static embeddings kept between epochs),
without the trainer's evaluation, logging and saving.
"""

import json
import os
import random
import sys

os.environ.update(USE_TF="0", USE_JAX="0", HF_HUB_OFFLINE="1")
threads = int(sys.argv[1])

import flair
import numpy as np
import torch
from flair.data import Corpus, Dictionary, Sentence
from flair.embeddings import CharacterEmbeddings, StackedEmbeddings, WordEmbeddings
from flair.models import SequenceTagger
from flair.training_utils import identify_dynamic_embeddings, store_embeddings
from line_protocol import serve

torch.set_num_threads(threads)
torch.set_flush_denormal(True)
flair.set_seed(1)


def read_vectors(path):
    """Lines of a word and its numbers, as WordEmbeddings want them without gensim."""
    words, rows = {}, []
    with open(path, encoding="utf-8") as file:
        for line in file:
            word, *numbers = line.rstrip("\n").split(" ")
            if len(numbers) > 1:
                words[word] = len(rows)
                rows.append(np.array(numbers, dtype=np.float32))
    embeddings = WordEmbeddings(None, vocab=words, embedding_length=len(rows[0]), name="vectors")
    table = np.vstack([*rows, np.zeros(len(rows[0]), dtype=np.float32)])
    embeddings.embedding = torch.nn.Embedding.from_pretrained(torch.from_numpy(table), freeze=True)
    return embeddings


def characters_of(records):
    """Every character of the texts; flair's own list would be downloaded."""
    characters = Dictionary()
    for character in sorted({c for record in records for token in record["tokens"] for c in token}):
        characters.add_item(character)
    return characters


def sentence_of(record, kind):
    sentence = Sentence(record["tokens"])
    if kind == "spans":
        for begin, end, label in record["spans"]:
            sentence[begin:end].add_label("tag", label)
    else:
        for token, label in zip(sentence, record["tags"]):
            token.add_label("tag", label)
    return sentence


def make(request):
    sizes = request["sizes"]
    with open(request["sentences"], encoding="utf-8") as file:
        records = json.load(file)
    sentences = [sentence_of(record, sizes["kind"]) for record in records]
    tokens = sum(len(sentence) for sentence in sentences)
    dictionary = Corpus(train=sentences, dev=[], test=[], sample_missing_splits=False).make_label_dictionary(
        "tag", add_unk=False
    )
    embeddings = [
        *([read_vectors(request["vectors"])] if request.get("vectors") else []),
        CharacterEmbeddings(characters_of(records), sizes["characterEmbedding"], sizes["characterUnits"]),
    ]
    tagger = SequenceTagger(
        StackedEmbeddings(embeddings),
        dictionary,
        "tag",
        hidden_size=sizes["units"],
        use_crf=sizes["crf"],
        reproject_embeddings=False,
    )
    batch = sizes["batch"]

    def predict():
        tagger.predict(sentences, mini_batch_size=batch, label_name="predicted")
        return tokens

    optimizer = torch.optim.SGD(tagger.parameters(), lr=0.1)
    held = {}

    def train():
        tagger.train()
        order = random.sample(range(len(sentences)), len(sentences))
        for begin in range(0, len(order), batch):
            part = [sentences[k] for k in order[begin : begin + batch]]
            optimizer.zero_grad()
            loss, count = tagger.forward_loss(part)
            (loss / count).backward()
            torch.nn.utils.clip_grad_norm_(tagger.parameters(), 5.0)
            optimizer.step()
            held.setdefault("dynamic", identify_dynamic_embeddings(part))
            store_embeddings(part, "cpu", held["dynamic"])
        return tokens

    return {"train": train, "predict": predict}[request["what"]]


serve(f"{flair.__version__} on torch {torch.__version__}", make)
