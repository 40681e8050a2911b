"""Converts the text classifier of the package alt-profanity-check (two joblib files) into one JSON file, without scikit-learn.

    python objection_to_json.py model.joblib vectorizer.joblib OUTPUT.json

The classifier is a bag of words weighted by TF-IDF, an ensemble of linear support vector machines and a sigmoid behind each
(Platt scaling). With x the L2-normalised vector of count(term) * idf(term):

    probability = mean over the ensemble of 1 / (1 + exp(a * (coef . x + intercept) + b))

A joblib file is a pickle with raw arrays between its opcodes, and a pickle can run code. The reader below builds inert
placeholders for scikit-learn's classes, knows a handful of numpy's names and refuses every other one.
"""

import io
import json
import pickle
import sys
import zlib
from pathlib import Path

import numpy as np

TOKEN_PATTERN = r"\b\w\w+\b"
PLACEHOLDER_MODULES = ("sklearn.", "scipy.sparse")
NUMPY_NAMES = {
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy", "float64"),
    ("numpy", "int64"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("builtins", "slice"),
}


class Refused(Exception):
    """The file is not the plain classifier that is expected."""


class Placeholder:
    """Stands in for a scikit-learn object and keeps its attributes; it has no behaviour."""

    def __init__(self, *_args, **_kwargs):
        self.state = {}

    def __setstate__(self, state):
        self.state = state


class ArrayWrapper(Placeholder):
    """joblib's mark for "the raw bytes of an array follow here"."""


# Python's own unpickler is written in C and cannot be taught a new opcode behaviour; the one in Python can.
class JoblibReader(pickle._Unpickler):  # noqa: SLF001
    def __init__(self, stream):
        super().__init__(stream)
        self.stream = stream

    def find_class(self, module, name):
        if module.startswith(PLACEHOLDER_MODULES):
            return type(name, (Placeholder,), {})
        if (module, name) == ("joblib.numpy_pickle", "NumpyArrayWrapper"):
            return ArrayWrapper
        if (module, name) in NUMPY_NAMES:
            return super().find_class(module, name)
        raise Refused(f"the pickle asks for {module}.{name}")

    def load_build_with_array(self):
        pickle._Unpickler.dispatch[pickle.BUILD[0]](self)  # noqa: SLF001
        if isinstance(self.stack[-1], ArrayWrapper):
            self.stack.append(self.read_array(self.stack.pop().state))

    def read_array(self, state):
        dtype, shape = state["dtype"], state["shape"]
        if dtype.hasobject:
            raise Refused("an array holds objects")
        if state.get("numpy_array_alignment_bytes"):
            self.stream.read(self.stream.read(1)[0])
        count = int(np.prod(shape))
        return np.frombuffer(self.stream.read(count * dtype.itemsize), dtype, count).reshape(shape, order=state["order"])

    dispatch = {**pickle._Unpickler.dispatch, pickle.BUILD[0]: load_build_with_array}  # noqa: SLF001


def read(path):
    raw = path.read_bytes()
    if raw[:1] == b"\x78":  # the first byte of a zlib stream
        raw = zlib.decompress(raw)
    return JoblibReader(io.BytesIO(raw)).load().state


def member(calibrated):
    """One classifier of the ensemble: its plane and its sigmoid."""
    state = calibrated.state
    plane = (state.get("estimator") or state["base_estimator"]).state
    sigmoid = state["calibrators"][0].state
    return {
        "coef": plane["coef_"][0].tolist(),
        "intercept": float(plane["intercept_"][0]),
        "a": float(sigmoid["a_"]),
        "b": float(sigmoid["b_"]),
    }


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    model_path, vectorizer_path, target = map(Path, sys.argv[1:])
    try:
        model, vectorizer = read(model_path), read(vectorizer_path)
    except Refused as reason:
        sys.exit(f"{model_path.name} or {vectorizer_path.name} is refused: {reason}")
    vocabulary = {term: int(column) for term, column in sorted(vectorizer["vocabulary_"].items())}
    classifier = {
        "token_pattern": TOKEN_PATTERN,
        "lowercase": True,
        "norm": "l2",
        "vocabulary": vocabulary,
        "idf": vectorizer["_tfidf"].state["idf_"].tolist(),
        "ensemble": [member(part) for part in model["calibrated_classifiers_"]],
    }
    target.write_text(json.dumps(classifier, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


if __name__ == "__main__":
    main()
