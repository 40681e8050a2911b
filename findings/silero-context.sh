#!/usr/bin/env bash
# Surprise: Silero VAD's network, given windows of 512 samples (its window at 16 kHz), hears no speech at all: .00 where
#   it should say .93. It wants the last 64 samples of the window before in front, so 576; both shapes are accepted.
# Expected: an error for a window of the wrong length (the input has free dimensions), or 512 samples to do.
# Who meets it: who runs the ONNX file by itself (Rust, C#, Java, browsers) instead of through its Python class, which
#   alone keeps the context. Silence passes every test, so the mistake looks like a quiet microphone.
# Documented: not in the package's readme; reported (silero-vad issue 771).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
pypi venv onnxruntime==1.28.0 numpy==2.4.6
pypi venv --no-deps silero-vad==6.2.3 espeakng-loader==0.2.4

cat >check.py <<'PY'
import ctypes, importlib.metadata, importlib.util, pathlib, sys
import espeakng_loader, numpy, onnxruntime


def speech():
    """A sentence, spoken by eSpeak NG, at 16 kHz."""
    espeak = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = espeak.espeak_Initialize(1, 0, espeakng_loader.get_data_path().encode(), 0)
    pieces = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    def take(samples, count, _events):
        if samples and count:
            pieces.append(numpy.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    espeak.espeak_SetSynthCallback(take)
    text = b"Seven people stood before the camera and read out the numbers on the screen."
    espeak.espeak_Synth(text, ctypes.c_size_t(len(text) + 1), 0, 0, 0, 1, None, None)
    espeak.espeak_Synchronize()
    sound = numpy.concatenate(pieces) / 32768
    times = numpy.arange(int(len(sound) / rate * 16000)) / 16000
    sound = numpy.interp(times, numpy.arange(len(sound)) / rate, sound)
    return (0.5 * sound / abs(sound).max()).astype(numpy.float32)


def mean_probability(network, sound, context):
    state, before, said = numpy.zeros((2, 1, 128), numpy.float32), numpy.zeros(64, numpy.float32), []
    for start in range(0, len(sound) - 511, 512):
        window = sound[start:start + 512]
        fed = numpy.concatenate([before, window]) if context else window
        probability, state = network.run(None, {"input": fed[None], "state": state, "sr": numpy.array(16000)})
        said.append(probability.item())
        before = window[-64:]
    return numpy.mean(said)


data = pathlib.Path(importlib.util.find_spec("silero_vad").origin).parent / "data"
network = onnxruntime.InferenceSession(data / "silero_vad.onnx", providers=["CPUExecutionProvider"])
sound = speech()
bare, whole = (mean_probability(network, sound, context) for context in (False, True))
print("silero-vad", importlib.metadata.version("silero-vad"), "onnxruntime", onnxruntime.__version__)
print("declared input shape:", network.get_inputs()[0].shape)
print(f"{len(sound) / 16000:.1f} s of speech: mean probability {bare:.3f} in windows of 512, {whole:.3f} of 64 + 512")
sys.exit(not (bare < 0.05 and whole > 0.8))
PY
ORT_DISABLE_TELEMETRY=1 venv/bin/python check.py
as_stated "without 64 samples of context there is no speech and no error"
