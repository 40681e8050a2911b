#!/usr/bin/env bash
# Surprise: a program that asks ALSA for 16 kHz from a microphone of 48 kHz gets what lies above 8 kHz mirrored into the
#   speech: a tone of 10 kHz comes as one of 6 kHz, only 3 dB weaker. It depends on a package that nothing requires:
#   libasound2-plugins brings the converter speexrate; without it ALSA takes linear interpolation and says nothing.
# Expected: a low-pass before every third sample is taken, or an error.
# Who meets it: kiosks, containers and boards with a small Debian and no sound server. Hiss and s become tones that no
#   model of speech, liveness or deep fakes has learnt; on the developer's desktop, which has the package, all is well.
#   Ask for the microphone's own rate and convert, or install the package.
# Documented: how to choose a `rate_converter`, in the plugins' texts; not what is taken where none of them is.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
need apt-get dpkg
pypi venv numpy==2.4.6
packages=(alsa-utils=1.2.8-1 libasound2=1.2.8-1+b1 libasound2-data=1.2.8-1 libasound2-plugins=1.2.7.1-1
    libspeexdsp1=1.2.1-1)
apt-get -qq -o APT::Sandbox::User=root download "${packages[@]}" || missing "from Debian 12: ${packages[*]}"
for package in *.deb; do dpkg -x "$package" root; done

# A microphone of 48 kHz that hears one tone: ALSA's file plugin, with its plug before it, as for real hardware.
cat >configuration <<CONF
<$work/root/usr/share/alsa/alsa.conf>
pcm.silence { type null }
pcm.microphone { type file slave.pcm silence file /dev/null infile $work/tone.raw format raw }
pcm.converted { type plug slave { pcm microphone rate 48000 format S16_LE channels 1 } }
CONF
cat >tone.py <<'PY'
import numpy
times = numpy.arange(4 * 48000) / 48000
(16000 * numpy.sin(2 * numpy.pi * 10000 * times)).round().astype("<i2").tofile("tone.raw")
PY
cat >check.py <<'PY'
import sys
import numpy

loudest = {}
for name in ("without", "with"):
    heard = numpy.fromfile(f"{name}.raw", "<i2")[4000:12000] / 16000
    spectrum = abs(numpy.fft.rfft(heard * numpy.hanning(8000))) * 4 / 8000
    loudest[name] = 2 * spectrum.argmax(), 20 * numpy.log10(spectrum.max())
    hertz, level = loudest[name]
    print(f"{name} libasound2-plugins: loudest at {hertz} Hz, {level:.1f} dB of the tone at 10000 Hz")
(hertz, level), (_, filtered) = loudest["without"], loudest["with"]
sys.exit(not (abs(hertz - 6000) < 20 and level > -5 and filtered < -50))
PY
venv/bin/python tone.py
library=$(dirname "$(find root -name libasound.so.2)")
mkdir empty
export LD_LIBRARY_PATH=$work/$library ALSA_CONFIG_PATH=$work/configuration
record() { # NAME FOLDER-OF-PLUGINS
    ALSA_PLUGIN_DIR=$2 root/usr/bin/arecord -q -D converted -r 16000 -f S16_LE -c 1 -s 16000 -t raw "$1.raw" ||
        missing "arecord does not run here"
}
record without "$work/empty"
record with "$work/$library/alsa-lib"
unset LD_LIBRARY_PATH
echo "alsa-lib 1.2.8, alsa-plugins 1.2.7.1, 48 kHz to 16 kHz:"
venv/bin/python check.py
as_stated "ALSA's own conversion to 16 kHz mirrors 10 kHz to 6 kHz"
