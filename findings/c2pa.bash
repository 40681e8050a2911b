# Sourced by the findings on C2PA: `signer.py`, by which a script signs files under an authority of its own and reads
# them, offline. Wants the packages below in the environment.
c2pa_packages=(c2pa-python==0.38.1 cryptography==50.0.2)

cat >signer.py <<'PY'
import datetime
import io
import json

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

SIGNING = "1.3.6.1.4.1.62558.2.1"  # id-c2pa-kp-claimSigning
authority, key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def certificate(name, public, ca):
    called = lambda text: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(called(name)).issuer_name(called("authority"))
    builder = builder.public_key(public).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(minutes=5))
    builder = builder.not_valid_after(now + datetime.timedelta(days=1))
    usage = x509.KeyUsage(not ca, False, False, False, False, ca, False, False, False)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca, None), True).add_extension(usage, True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(authority.public_key() if ca else public), False)
    builder = builder.add_extension(issuer, False)
    if not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(SIGNING)]), False)
    return builder.sign(authority, None).public_bytes(Encoding.PEM)


ROOT = certificate("authority", authority.public_key(), True)
LEAF = certificate("signer", key.public_key(), False)
PRIVATE = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def context():
    return c2pa.Context.from_dict({
        "trust": {"trust_anchors": ROOT.decode(), "trust_config": SIGNING},
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
        "core": {"allowed_network_hosts": []},
    })


def sign(media_type, data, assertions=()):
    made = {"action": "c2pa.created", "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"}
    definition = {
        "title": "a file",
        "format": media_type,
        "claim_generator_info": [{"name": "finding", "version": "1"}],
        "assertions": [{"label": "c2pa.actions", "created": True, "data": {"actions": [made]}}, *assertions],
    }
    out = io.BytesIO()
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo("ed25519", LEAF, PRIVATE, None))
    c2pa.Builder(definition, context=context()).sign(signer, media_type, io.BytesIO(data), out)
    return out.getvalue()


def read(media_type, data):
    """State and active manifest, or the error's name."""
    try:
        reader = c2pa.Reader(media_type, io.BytesIO(data), context=context())
    except c2pa.C2paError as error:
        return type(error).__name__.lstrip("_"), None
    store = json.loads(reader.json())
    return reader.get_validation_state(), store["manifests"][store["active_manifest"]]
PY
