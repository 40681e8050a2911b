#!/usr/bin/env bash
# Surprise: eSpeak NG reads the letter A in "7 A 3" as the article, "seven uh three", and in "A 7" too. Alone or at the
#   end it is the letter. The 25 others sound between digits as they do alone; the capital does not matter.
# Expected: "seven ay three": no article stands before a digit in the middle of a code.
# Who meets it: who speaks codes, seats, plates or challenges aloud, or makes speech to test recognition with: the
#   listener, man or machine, misses one letter of 26. A comma or full stop behind it makes it the letter.
# Documented: no.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
pypi venv --no-deps espeakng-loader==0.2.4

cat >check.py <<'PY'
import ctypes, string, sys
import espeakng_loader

espeak = ctypes.CDLL(espeakng_loader.get_library_path())
espeak.espeak_Info.restype = espeak.espeak_TextToPhonemes.restype = ctypes.c_char_p
assert espeak.espeak_Initialize(1, 0, espeakng_loader.get_data_path().encode(), 0) > 0
assert espeak.espeak_SetVoiceByName(b"en-us") == 0


def phonemes(text):
    """In the alphabet of the International Phonetic Association."""
    rest, said = ctypes.c_char_p(text.encode()), []
    while rest.value is not None:
        said.append(espeak.espeak_TextToPhonemes(ctypes.byref(rest), 1, 2).decode().strip("\u02c8\u02cc"))
    return " ".join(said).split()


print("eSpeak NG", espeak.espeak_Info(None).decode())
for text in ("A", "7 A", "7 A 3", "A 7", "7 A, 3", "7 E 3"):
    print(f"{text}: {' '.join(phonemes(text))}")
bare = lambda sound: sound.strip("\u02c8\u02cc")
alone = {letter: [bare(sound) for sound in phonemes(letter)] for letter in string.ascii_uppercase}
inside = {letter: [bare(sound) for sound in phonemes(f"7 {letter} 3")][1:-1] for letter in string.ascii_uppercase}
others = [letter for letter in alone if alone[letter] != inside[letter]]
print("letters that sound otherwise between digits:", *others)
sys.exit(not (others == ["A"] and inside["A"] == ["\u0250"] and bare(phonemes("7 A, 3")[1]) == alone["A"][0]))
PY
venv/bin/python check.py
as_stated "the letter A before a digit is said as an article"
