"""Writes golden/torch/*.safetensors, state dicts of small PyTorch modules, and golden/torch.jsonl: what they compute.

A line: {"file", "modules": [{"prefix", "type", …options}] in the order they run, "inputs", "outputs", "states"}. `outputs`
is the last module's; `states` are h_n (and c_n), [layers · directions, N, H], of the recurrent modules in order.
"""

import torch
from common import Draws, array, output_folder, write_lines
from safetensors.torch import save_file
from torch import nn

draws = Draws(51)


class Network(nn.Module):
    """Modules in a row; of a recurrent one the sequence goes on."""

    def __init__(self, **modules):
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)

    def forward(self, x):
        states = []
        for module in self.children():
            x = module(x)
            if isinstance(x, tuple):
                x, state = x
                states.extend(state if isinstance(state, tuple) else (state,))
        return x, states


def described(prefix, module):
    record = {"prefix": prefix, "type": type(module).__name__}
    if isinstance(module, nn.Embedding):
        return record | {"numEmbeddings": module.num_embeddings, "embeddingDim": module.embedding_dim}
    if isinstance(module, nn.Linear):
        features = {"inFeatures": module.in_features, "outFeatures": module.out_features}
        return record | features | {"bias": module.bias is not None}
    options = {"inputSize": module.input_size, "hiddenSize": module.hidden_size, "layers": module.num_layers}
    options |= {"bidirectional": module.bidirectional, "bias": module.bias, "batchFirst": module.batch_first}
    if isinstance(module, nn.RNN):
        options["nonlinearity"] = module.nonlinearity
    return record | options


def networks():
    first = {"batch_first": True}
    yield "lstm", Network(lstm=nn.LSTM(2, 3, **first)), draws.values(2, 4, 2)
    yield "lstm-no-bias", Network(lstm=nn.LSTM(2, 3, bias=False, **first)), draws.values(2, 4, 2)
    yield "lstm-two-layers", Network(rnn=nn.LSTM(2, 3, num_layers=2, **first)), draws.values(2, 4, 2)
    yield "lstm-bidirectional", Network(rnn=nn.LSTM(2, 3, bidirectional=True, **first)), draws.values(2, 4, 2)
    both = {"num_layers": 2, "bidirectional": True}
    yield "lstm-two-layers-bidirectional", Network(rnn=nn.LSTM(3, 2, **both, **first)), draws.values(2, 3, 3)
    yield "lstm-time-first", Network(lstm=nn.LSTM(2, 3)), draws.values(4, 2, 2)
    yield "gru", Network(gru=nn.GRU(2, 3, **first)), draws.values(2, 4, 2)
    yield "gru-no-bias", Network(gru=nn.GRU(2, 3, bias=False, **first)), draws.values(2, 4, 2)
    yield "gru-two-layers-bidirectional", Network(gru=nn.GRU(2, 3, **both, **first)), draws.values(2, 4, 2)
    yield "rnn-tanh", Network(rnn=nn.RNN(2, 3, **first)), draws.values(2, 4, 2)
    yield "rnn-relu", Network(rnn=nn.RNN(2, 3, nonlinearity="relu", **first)), draws.values(2, 4, 2)
    yield "rnn-two-layers-no-bias", Network(rnn=nn.RNN(2, 3, num_layers=2, bias=False, **first)), draws.values(2, 4, 2)
    yield "rnn-bidirectional", Network(rnn=nn.RNN(2, 3, bidirectional=True, **first)), draws.values(2, 4, 2)
    tagger = Network(embedding=nn.Embedding(7, 3), lstm=nn.LSTM(3, 2, bidirectional=True, **first), out=nn.Linear(4, 5))
    yield "tagger", tagger, draws.ids(2, 4, below=7)
    modules = {"encoder": nn.Embedding(6, 4), "rnn": nn.GRU(4, 3, num_layers=2, **first)}
    yield "language-model", Network(**modules, decoder=nn.Linear(3, 6)), draws.ids(2, 5, below=6)
    forecaster = Network(rnn=nn.RNN(2, 4, **first), head=nn.Linear(4, 1, bias=False))
    yield "forecaster", forecaster, draws.values(2, 5, 2)


def write(folder):
    (folder / "torch").mkdir(exist_ok=True)
    for name, network, x in networks():
        values = {key: torch.tensor(draws.values(*v.shape)) for key, v in network.state_dict().items()}
        network.load_state_dict(values)
        file = f"torch/{name}.safetensors"
        save_file(network.state_dict(), folder / file, metadata={"format": "pt"})
        with torch.no_grad():
            output, states = network(torch.tensor(x))
        yield {
            "file": file,
            "modules": [described(prefix, module) for prefix, module in network.named_children()],
            "inputs": [array(x)],
            "outputs": [array(output.numpy())],
            "states": [array(state.numpy()) for state in states],
        }


if __name__ == "__main__":
    folder = output_folder(__doc__.splitlines()[0])
    write_lines(folder / "torch.jsonl", list(write(folder)))
