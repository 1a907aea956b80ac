"""The line protocol of bench/peers/programs/serve.mjs for peers of `bench/tasks.mjs`: tokens of text per second."""

import json
import os
import sys
import time

# Libraries greet on standard output; the answers have it for themselves.
_answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def _answer(record):
    _answers.write(json.dumps(record) + "\n")
    _answers.flush()


def serve(version, make):
    """`make(request)` gives a function that does a part of the work and returns how many tokens it read."""
    advance = None
    _answer({"ready": version})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "prepare":
                advance = make(request)
                begin = time.perf_counter()
                advance()  # compiles, fills caches
                _answer({"first": time.perf_counter() - begin})
                continue
            begin, tokens = time.perf_counter(), 0
            while True:
                tokens += advance()
                elapsed = time.perf_counter() - begin
                if elapsed >= request["seconds"]:
                    break
            _answer({"tokens": tokens, "seconds": elapsed})
        except Exception as error:  # the bench decides what to do
            _answer({"error": f"{type(error).__name__}: {error}"})
