#!/usr/bin/env python3
"""Makes reference.json: what numpy, OpenCV-Python and onnxruntime's own binding measure on the same picture and sound.

Run with a virtual environment that holds onnxruntime==1.28.0 opencv-python-headless numpy scipy soundfile, and the cache
filled by `cargo xtask models`:  python make.py > reference.json
The figures are compared by tests/agreement.rs. It shares no code with the Rust it checks.
"""
import hashlib, json, math, os, sys
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import cv2, numpy as np, onnxruntime as ort, soundfile
from scipy.signal import resample_poly

ort.set_default_logger_severity(3)
CACHE = os.environ.get("WETSIGN_CACHE") or os.path.expanduser("~/.cache/wetsign")
PICTURE, SOUND = "photos/obama.jpg", "speech-clip/obama_speech.wav"
TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])


def session(name, level=ort.GraphOptimizationLevel.ORT_ENABLE_ALL, ext="onnx"):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = level
    return ort.InferenceSession(f"{CACHE}/models/{name}.{ext}", options, providers=["CPUExecutionProvider"])


def run(network, array):
    return network.run(None, {network.get_inputs()[0].name: np.ascontiguousarray(array, np.float32)})


def sigmoid(x):
    return 1 / (1 + np.exp(-np.clip(x, -80, 80)))


# ---------------------------------------------------------------- faces


def detect(picture):
    side = 256
    height, width = picture.shape[:2]
    ratio = side / max(height, width)
    w, h = round(width * ratio), round(height * ratio)
    square = np.zeros((side, side, 3), np.uint8)
    left, top = (side - w) // 2, (side - h) // 2
    square[top : top + h, left : left + w] = cv2.resize(
        picture, (w, h), interpolation=cv2.INTER_AREA if ratio < 1 else cv2.INTER_LINEAR
    )
    out = run(session("blazeface"), square[:, :, ::-1].astype(np.float32)[None] / 127.5 - 1)
    boxes = next(o for o in out if o.shape[-1] == 16)[0]
    scores = sigmoid(next(o for o in out if o.shape[-1] == 1)[0, :, 0])
    anchors = np.array(
        [
            ((x + 0.5) / (side // s), (y + 0.5) / (side // s))
            for s, n in ((16, 2), (32, 6))
            for y in range(side // s)
            for x in range(side // s)
            for _ in range(n)
        ]
    )
    best = int(scores.argmax())  # one person in the picture: the best row survives suppression
    row = boxes[best].reshape(8, 2)
    offset = np.array([left, top])
    centre = row[0] + anchors[best] * side
    box = np.r_[centre - row[1] / 2 - offset, centre + row[1] / 2 - offset] / ratio
    return box, float(scores[best]), (row[2:] + anchors[best] * side - offset) / ratio


def mesh(picture, box, keypoints):
    right, left = keypoints[:2]
    degrees = math.degrees(math.atan2(left[1] - right[1], left[0] - right[0]))
    cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    side = max(box[2] - box[0], box[3] - box[1]) * 1.5
    matrix = cv2.getRotationMatrix2D((cx, cy), degrees, 192 / side)
    matrix[:, 2] += (96 - cx, 96 - cy)
    out = run(session("facemesh"), cv2.warpAffine(picture, matrix, (192, 192))[:, :, ::-1][None] / 255)
    points = out[0].reshape(468, 3).astype(np.float64)
    back = cv2.invertAffineTransform(matrix)
    flat = points[:, :2] @ back[:, :2].T + back[:, 2]
    return np.c_[flat, points[:, 2] * side / 192], float(sigmoid(out[1].reshape(-1)[0]))


def align(picture, points):
    source, target = points - points.mean(0), TEMPLATE - TEMPLATE.mean(0)
    u, d, v = np.linalg.svd(target.T @ source / 5)
    rotation = u @ v
    scale = d.sum() / source.var(0).sum()
    matrix = np.c_[scale * rotation, TEMPLATE.mean(0) - scale * rotation @ points.mean(0)]
    return cv2.warpAffine(picture, matrix, (112, 112))


def unit(v):
    return v / np.linalg.norm(v)


def crop(picture, box, scale, side):
    length = max(box[2] - box[0], box[3] - box[1]) * scale
    cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    pad = int(length)
    wide = cv2.copyMakeBorder(picture, pad, pad, pad, pad, cv2.BORDER_REFLECT_101)
    x, y = int(cx - length / 2) + pad, int(cy - length / 2) + pad
    return cv2.resize(wide[y : y + pad, x : x + pad], (side, side), interpolation=cv2.INTER_AREA)


# ---------------------------------------------------------------- voice


def mel_filters():
    step = math.log(6.4) / 27
    hertz = lambda m: m * 200 / 3 if m < 15 else 1000 * math.exp(step * (m - 15))
    edges = np.array([hertz(m) for m in np.linspace(0, 15 + math.log(8) / step, 42)])
    bins = np.linspace(0, 8000, 201)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]


def mels(x):
    x = np.pad(x, 200)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    frames = np.stack([x[i : i + 400] * window for i in range(0, len(x) - 399, 160)])
    return (np.abs(np.fft.rfft(frames, axis=1)) ** 2 @ mel_filters().T).astype(np.float32)


def speaker(x):
    gain = -30 - 10 * np.log10(np.mean(x.astype(np.float64) ** 2) + 1e-12)
    x = x * 10 ** (max(gain, 0) / 20)
    step = round(16000 / 1.3 / 160)
    starts = list(range(0, max(1, math.ceil((len(x) + 1) / 160) - 160 + step + 1), step))
    if (len(x) - starts[-1] * 160) / 25600 < 0.75 and len(starts) > 1:
        starts.pop()
    x = np.pad(x, (0, max(0, (starts[-1] + 160) * 160 - len(x))))
    m = mels(x)
    return unit(run(session("ge2e"), np.stack([m[s : s + 160] for s in starts]))[0].mean(0)), m


def activity(x):
    network, state, context, out = session("silero-vad"), np.zeros((2, 1, 128), np.float32), np.zeros(64, np.float32), []
    for i in range(0, len(x) - 511, 512):
        feed = {"input": np.r_[context, x[i : i + 512]][None], "state": state, "sr": np.array(16000, np.int64)}
        p, state = network.run(None, feed)
        context = x[i + 448 : i + 512]
        out.append(float(p[0, 0]))
    return np.array(out)


def tokens():
    data, out, at = open(f"{CACHE}/models/moonshine-tokenizer.bin", "rb").read(), [], 0
    while at < len(data):
        n, at = data[at], at + 1
        if n >= 128:
            n, at = n - 128 + 128 * data[at], at + 1
        out.append(data[at : at + n])
        at += n
    return out


def transcribe(x):
    encoder, decoder = session("moonshine-encoder", ext="ort"), session("moonshine-decoder", ext="ort")
    feed = {encoder.get_inputs()[0].name: x[None].astype(np.float32)}
    for extra in encoder.get_inputs()[1:]:
        feed[extra.name] = np.ones((1, len(x)), np.int64)
    hidden = encoder.run(None, feed)[0]
    inputs, outputs = decoder.get_inputs(), [o.name for o in decoder.get_outputs()]
    past = {
        i.name: np.zeros([d if isinstance(d, int) else int(k == 0) for k, d in enumerate(i.shape)], np.float32)
        for i in inputs
        if i.name.startswith("past")
    }
    ids = [1]
    for step in range(int(len(x) / 16000 * 6.5) + 2):
        feed = {
            "input_ids": np.array([[ids[-1]]], np.int64),
            "encoder_hidden_states": hidden,
            "use_cache_branch": np.array([step > 0]),
            "encoder_attention_mask": np.ones((1, len(x)), np.int64),
        }
        feed = {k: v for k, v in feed.items() if k in [i.name for i in inputs]} | past
        result = dict(zip(outputs, decoder.run(None, feed)))
        for name, value in result.items():
            if name.startswith("present") and (step == 0 or ".decoder." in name):
                past[name.replace("present", "past_key_values")] = value
        best = int(result[outputs[0]][0, -1].argmax())
        if best == 2:
            break
        ids.append(best)
    table = tokens()
    return b"".join(table[i] for i in ids[1:]).decode().replace("\u2581", " ").strip()


def numbers(values, digits):
    return [round(float(v), digits) for v in np.ravel(values)]


def main():
    read = lambda name: open(f"{CACHE}/data/{name}", "rb").read()
    picture = cv2.imdecode(np.frombuffer(read(PICTURE), np.uint8), cv2.IMREAD_COLOR)
    box, score, keypoints = detect(picture)
    points, presence = mesh(picture, box, keypoints)
    flat = points[:, :2]
    five = np.stack([(flat[33] + flat[133]) / 2, (flat[362] + flat[263]) / 2, flat[4], flat[61], flat[291]])
    chip = align(picture, five)[:, :, ::-1].astype(np.float32)
    answers, weights = [o.reshape(-1) for o in run(session("pad-fas"), crop(picture, box, 1.0, 256)[:, :, ::-1][None] / 255)]
    logits = run(session("pad-fr"), crop(picture, box, 1.5, 128).transpose(2, 0, 1)[None])[0].reshape(-1)
    raw = session("fr-feature", ort.GraphOptimizationLevel.ORT_DISABLE_ALL)

    samples, rate = soundfile.read(f"{CACHE}/data/{SOUND}", dtype="float32")
    samples = samples if samples.ndim == 1 else samples.mean(1)
    g = math.gcd(rate, 16000)
    sound = resample_poly(samples, 16000 // g, rate // g).astype(np.float32)
    voice, spectrum = speaker(sound)
    json.dump(
        {
            "picture": {"file": PICTURE, "sha256": hashlib.sha256(read(PICTURE)).hexdigest()},
            "sound": {"file": SOUND, "sha256": hashlib.sha256(read(SOUND)).hexdigest()},
            "box": numbers(box, 2),
            "score": round(score, 5),
            "keypoints": numbers(keypoints, 2),
            "mesh": numbers(points, 2),
            "presence": round(presence, 5),
            "mobilefacenet": numbers(unit(run(session("mobilefacenet"), ((chip - 127.5) / 128)[None].repeat(2, 0))[0][0]), 5),
            "fr_feature": numbers(unit(run(raw, ((chip - 127) / 128).transpose(2, 0, 1)[None])[0].reshape(-1)), 5),
            "pad_fas": round(1 - float((np.abs(answers) * weights).sum()), 5),
            "pad_fr": round(float(np.exp(logits[0]) / np.exp(logits).sum()), 5),
            "resampled_length": len(sound),
            "activity": numbers(activity(sound), 4),
            "mel_mean": [float(f"{v:.6g}") for v in spectrum.mean(0)],
            "mel_frame_200": [float(f"{v:.6g}") for v in spectrum[200]],
            "ge2e": numbers(voice, 5),
            "transcript": transcribe(sound),
        },
        sys.stdout,
    )
    print()


if __name__ == "__main__":
    main()
