"""PyTorch as a peer of `npm run bench`. THREADS [--amp]; speaks the line protocol of bench/peers/programs/serve.mjs.

Layers are nn.Embedding, nn.LSTM or nn.RNN, nn.Linear; sequences are time-major, as PyTorch likes them best. Denormals are
flushed. --amp runs the forward pass under bf16 autocast.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional

threads = int(sys.argv[1])
amp = "--amp" in sys.argv
torch.set_num_threads(threads)
torch.set_flush_denormal(True)
torch.manual_seed(0)

LONG_WARM_UP = 8000  # ms; a first step this long is itself the sample


class Unsupported(Exception):
    """A workload this peer is not measured on."""


class Network(nn.Module):
    """One-hot or embedded tokens [T, N] -> logits [T, N, classes], or [N] from the last step when there is one class."""

    def __init__(self, sizes):
        super().__init__()
        self.vocabulary, self.classes = sizes["vocabulary"], sizes["classes"]
        width = sizes["embedding"] or self.vocabulary
        self.embedding = nn.Embedding(self.vocabulary, width) if sizes["embedding"] else None
        recurrent = {"lstm": nn.LSTM, "simple": nn.RNN}[sizes["cell"]]
        self.recurrent = recurrent(width, sizes["units"], sizes["layers"])
        self.output = nn.Linear(sizes["units"], self.classes)

    def forward(self, tokens, state=None):
        if self.embedding is None:
            inputs = functional.one_hot(tokens, self.vocabulary).float()
        else:
            inputs = self.embedding(tokens)
        outputs, state = self.recurrent(inputs, state)
        if self.classes == 1:
            return self.output(outputs[-1]).squeeze(1), state
        return self.output(outputs), state


def autocast():
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=amp)


def training(sizes):
    model = Network(sizes)
    steps, batch, classes = sizes["time"], sizes["batch"], sizes["classes"]
    rate, clip = sizes["optimizer"]["learningRate"], sizes["optimizer"].get("clip")
    makers = {"adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop, "sgd": torch.optim.SGD}
    parameters = list(model.parameters())
    optimizer = makers[sizes["optimizer"]["name"]](parameters, rate)
    tokens = torch.randint(0, sizes["vocabulary"], (steps, batch))
    if classes == 1:
        targets = torch.randint(0, 2, (batch,)).float()
    else:
        targets = torch.randint(0, classes, (steps, batch))

    def advance():
        optimizer.zero_grad(set_to_none=True)
        with autocast():
            logits, _ = model(tokens)
        if classes == 1:
            loss = functional.binary_cross_entropy_with_logits(logits.float(), targets)
        else:
            loss = functional.cross_entropy(logits.float().view(-1, classes), targets.view(-1))
        loss.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(parameters, clip)
        optimizer.step()
        return 1

    return advance


def generation(sizes):
    model = Network(sizes).eval()
    total = sizes["characters"]
    chunk = min(100, total)
    held = {"state": None, "symbol": torch.zeros(1, 1, dtype=torch.long)}

    def advance():
        state, symbol = held["state"], held["symbol"]
        with torch.inference_mode():
            for _ in range(chunk):
                logits, state = model(symbol, state)
                symbol = torch.multinomial(functional.softmax(logits.float().view(1, -1), 1), 1)
        held["state"], held["symbol"] = state, symbol
        return chunk / total

    return advance


def classification(sizes):
    model = Network(sizes).eval()
    batch, sequences = sizes["batch"], sizes["sequences"]
    tokens = torch.randint(0, sizes["vocabulary"], (sizes["time"], sequences))

    def advance():
        with torch.inference_mode():
            for begin in range(0, sequences, batch):
                torch.sigmoid(model(tokens[:, begin : begin + batch])[0])
        return 1

    return advance


MAKERS = {"training": training, "generation": generation, "classification": classification}


def prepare(request):
    global advance, sample
    advance = None  # what was prepared before goes first
    task = request["sizes"]["task"]
    if amp and task != "training":
        raise Unsupported("autocast converts the weights in every call: measured in training alone")
    advance = MAKERS[task](request["sizes"])
    begin = time.perf_counter()
    share = advance()
    first = (time.perf_counter() - begin) * 1e3
    sample = {"ms": first / share, "steps": share, "cold": True} if first >= LONG_WARM_UP else None
    if sample is None:
        for _ in range(1 if first > 1000 else 2):
            advance()
    return {"first": first}


def measure(request):
    if sample is not None:
        return sample
    begin = time.perf_counter()
    units = 0
    while True:
        units += advance()
        elapsed = time.perf_counter() - begin
        if elapsed >= request["seconds"]:
            return {"ms": elapsed * 1e3 / units, "steps": units}


advance, sample = None, None
ACTIONS = {"prepare": prepare, "measure": measure}


def answer(record):
    print(json.dumps(record), flush=True)


answer({"ready": torch.__version__})
for line in sys.stdin:
    request = json.loads(line)
    try:
        answer(ACTIONS[request["do"]](request))
    except Unsupported as error:
        answer({"unsupported": str(error)})
    except Exception as error:  # the bench decides what to do
        answer({"error": f"{type(error).__name__}: {error}"})
