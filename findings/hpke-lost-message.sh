#!/usr/bin/env bash
# Surprise: pyhpke and hpke (Python) count a message that they could not open. One that comes twice or too early, and
#   the stream is over: every later message fails, also when sent again in the right order.
# Expected: that a message which fails changes nothing (RFC 9180, 5.2: the sequence number grows after a message was
#   opened). @hpke/core does so: it refuses message 2 before 1, then opens 1 and 2; a second copy of 0 it refuses, and
#   goes on.
# Who meets it: who sends more than one message by a context over anything that repeats or reorders (queues, UDP, radio,
#   a retry after a time-out), with ends in two languages. Keep the transport in order, or a context a message.
# Documented: no.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
pypi venv pyhpke==0.6.5 hpke==0.3.2
npmjs @hpke/core@1.9.0

cat >check.mjs <<'JS'
import * as core from '@hpke/core';

const suite = new core.CipherSuite({
  kem: new core.DhkemP256HkdfSha256(), kdf: new core.HkdfSha256(), aead: new core.Aes128Gcm(),
});
const { publicKey, privateKey } = await suite.kem.generateKeyPair();
const sender = await suite.createSenderContext({ recipientPublicKey: publicKey });
const recipient = await suite.createRecipientContext({ recipientKey: privateKey, enc: sender.enc });
const sealed = [];
for (const n of '012') sealed.push(await sender.seal(new TextEncoder().encode(n)));
const answers = [];
for (const n of process.argv[2]) answers.push(await recipient.open(sealed[n]).then(() => 'opened', () => 'refused'));
console.log('@hpke/core-1.9.0', ...answers);
JS
cat >check.py <<'PY'
import sys
from importlib.metadata import version
import hpke
import pyhpke


def answers(name, seal, open_):
    sealed = [seal(b"%d" % n) for n in range(3)]
    said = []
    for n in map(int, sys.argv[1]):
        try:
            said.append("opened" if open_(sealed[n]) == b"%d" % n else "wrong")
        except Exception:
            said.append("refused")
    print(f"{name}-{version(name)}", *said)


one = pyhpke.CipherSuite.new(pyhpke.KEMId.DHKEM_P256_HKDF_SHA256, pyhpke.KDFId.HKDF_SHA256, pyhpke.AEADId.AES128_GCM)
keys = one.kem.derive_key_pair(bytes(range(32)))
enc, sender = one.create_sender_context(keys.public_key)
answers("pyhpke", sender.seal, one.create_recipient_context(enc, keys.private_key).open)

other = hpke.Suite__DHKEM_P256_HKDF_SHA256__HKDF_SHA256__AES_128_GCM
key = other.KEM.generate_private_key()
enc, sender = other.setup_send(key.public_key(), b"")
recipient = other.setup_recv(enc, key, b"")
answers("hpke", lambda text: sender.aead.seal(b"", text), lambda text: recipient.aead.open(b"", text))
PY
for order in 0212 0012; do
    echo "messages $order:"
    { venv/bin/python check.py $order; node check.mjs $order; } | tee -a answers
done
over="opened refused refused refused"
early="$over $over opened refused opened opened" twice="$over $over opened refused opened opened"
[ "$(cut -d' ' -f2- answers | xargs)" = "$early $twice" ]
as_stated "after one message out of order two of three libraries open nothing any more"
