#!/usr/bin/env python3
"""Times the networks under onnxruntime's own Python binding, and the same paths written with numpy and OpenCV-Python.

Prints one JSON list like `wetsign-lab bench`: name, threads, min_ms, median_ms. The steps are those of
models/infer/tests/reference/make.py, with every session made once.
"""
import argparse, functools, json, math, os, sys, time
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import cv2, numpy as np, onnxruntime as ort, soundfile
from scipy.signal import resample_poly

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../../models/infer/tests/reference"))
import make

arguments = argparse.ArgumentParser()
arguments.add_argument("--threads", type=int, default=1)
arguments.add_argument("--runs", type=int, default=20)
arguments = arguments.parse_args()
cv2.setNumThreads(arguments.threads)


@functools.cache
def session(name, level=ort.GraphOptimizationLevel.ORT_ENABLE_ALL, ext="onnx"):
    options = ort.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = level
    return ort.InferenceSession(f"{make.CACHE}/models/{name}.{ext}", options, providers=["CPUExecutionProvider"])


make.session = session
make.mel_filters = functools.cache(make.mel_filters)
make.tokens = functools.cache(make.tokens)
rows = []


def timed(name, call):
    call()
    taken = []
    for _ in range(arguments.runs):
        begun = time.perf_counter()
        call()
        taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    rows.append({"name": name, "threads": arguments.threads, "min_ms": taken[0], "median_ms": taken[len(taken) // 2]})


def network(name, varying, ext="onnx"):
    net = session(name, ext=ext)
    feed = {}
    for given in net.get_inputs():
        shape = [axis if isinstance(axis, int) and axis > 0 else varying for axis in given.shape]
        # What a file leaves open and the manifest does not: one picture, one stretch of sound.
        if name == "moonshine-encoder":
            shape = [1, varying]
        if name == "silero-vad":
            shape = {"input": [1, 576], "state": [2, 1, 128], "sr": []}[given.name]
        whole = "int64" in given.type
        feed[given.name] = np.full(shape, 1 if whole else 0.5, np.int64 if whole else np.float32)
    timed(f"network {name}", lambda: net.run(None, feed))


for name in ("blazeface", "facemesh", "mobilefacenet", "pad-fas", "pad-fr", "silero-vad"):
    network(name, 1)
network("ge2e", 2)
network("moonshine-encoder", 51_200, "ort")

picture = cv2.imread(f"{make.CACHE}/data/photos/obama2.jpg")
samples, rate = soundfile.read(f"{make.CACHE}/data/speech-clip/obama_speech.wav", dtype="float32")
samples = samples if samples.ndim == 1 else samples.mean(1)
divisor = math.gcd(rate, 16000)
sound = resample_poly(samples, 16000 // divisor, rate // divisor).astype(np.float32)[:51_200]


def embed(points):
    flat = points[:, :2]
    five = np.stack([(flat[33] + flat[133]) / 2, (flat[362] + flat[263]) / 2, flat[4], flat[61], flat[291]])
    chip = make.align(picture, five)[:, :, ::-1].astype(np.float32)
    return make.unit(make.run(session("mobilefacenet"), ((chip - 127.5) / 128)[None].repeat(2, 0))[0][0])


def pad_fas(box):
    return make.run(session("pad-fas"), make.crop(picture, box, 1.0, 256)[:, :, ::-1][None] / 255)


def pad_fr(box):
    return make.run(session("pad-fr"), make.crop(picture, box, 1.5, 128).transpose(2, 0, 1)[None])


def frame_path():
    box, _, keypoints = make.detect(picture)
    points, _ = make.mesh(picture, box, keypoints)
    pad_fas(box), pad_fr(box), embed(points)


def speech_path():
    make.activity(sound), make.speaker(sound), make.transcribe(sound)


box, _, keypoints = make.detect(picture)
points, _ = make.mesh(picture, box, keypoints)
timed("detect", lambda: make.detect(picture))
timed("mesh", lambda: make.mesh(picture, box, keypoints))
timed("embed face", lambda: embed(points))
timed("pad_fas", lambda: pad_fas(box))
timed("pad_fr", lambda: pad_fr(box))
timed("frame path", frame_path)
timed("voice activity, 3.2 s", lambda: make.activity(sound))
timed("embed voice, 3.2 s", lambda: make.speaker(sound))
timed("transcribe, 3.2 s", lambda: make.transcribe(sound))
timed("speech path, 3.2 s", speech_path)
json.dump(rows, sys.stdout)
