"""A person's own device, written in Python by somebody who knows nothing of this project but its documents: stock grpcio
and protobuf, with messages that the kiosk's own reflection describes, and a passkey's answer made by `cryptography`.

    companion.py SOCKET HOST:PORT CA

In the environment, of the door for devices: WETSIGN_DEVICES (HOST:PORT), WETSIGN_DEVICES_CA (a file in PEM),
WETSIGN_PASSKEY (a paired passkey's file, of `wetsign companion`), WETSIGN_REQUEST (a request that may be declined).

Prints one JSON object: `ok`, and `rows`, each with name, ok and why.
"""

import base64
import hashlib
import json
import os
import ssl
import sys
import time

import cbor2
import google.protobuf
import grpc
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

TIMEOUT = 20
# The order of P-256's points.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
OURS = "wetsign.v1."


def field(number, text):
    """A text field of fewer than 128 bytes, as protobuf writes it."""
    raw = text.encode()
    return bytes([number << 3 | 2, len(raw)]) + raw


def described(channel, symbols):
    """The services of these names, from the server's own reflection and nothing else."""
    # A reflection's answer is read by a message that is itself described here: field 4 holds files.
    outer = descriptor_pb2.FileDescriptorProto(name="answer.proto", syntax="proto3")
    files = outer.message_type.add(name="Files")
    files.field.add(name="file", number=1, type=12, label=3)
    answer = outer.message_type.add(name="Answer")
    answer.field.add(name="files", number=4, type=11, label=1, type_name=".Files")
    known = descriptor_pool.DescriptorPool()
    known.Add(outer)
    answers = message_factory.GetMessageClass(known.FindMessageTypeByName("Answer"))
    pool = descriptor_pool.DescriptorPool()
    call = channel.stream_stream(REFLECTION, request_serializer=bytes, response_deserializer=answers.FromString)
    asked = [field(4, name) for name in symbols]
    seen = {}
    for told in call(iter(asked), timeout=TIMEOUT):
        for raw in told.files.file:
            file = descriptor_pb2.FileDescriptorProto.FromString(raw)
            seen.setdefault(file.name, file)
    waiting = list(seen.values())
    while waiting:
        ready = [file for file in waiting if not any(other.name in file.dependency for other in waiting)]
        if not ready:
            raise RuntimeError("the files describe each other")
        for file in ready:
            pool.Add(file)
            waiting.remove(file)
    return [pool.FindServiceByName(name) for name in symbols]


class Caller:
    """Calls the methods of described services over a channel."""

    def __init__(self, channel, services):
        self.channel, self.services = channel, {service.name: service for service in services}

    def __call__(self, name, **fields):
        service, method = name.split("/")
        found = self.services[service].methods_by_name[method]
        asks, answers = (message_factory.GetMessageClass(kind) for kind in (found.input_type, found.output_type))
        make = self.channel.unary_stream if found.server_streaming else self.channel.unary_unary
        path = f"/{self.services[service].full_name}/{method}"
        call = make(path, request_serializer=asks.SerializeToString, response_deserializer=answers.FromString)
        return call(asks(**fields), timeout=TIMEOUT)

    def code(self, name, **fields):
        """The status of a call that is refused, with its words."""
        try:
            answer = self(name, **fields)
            if hasattr(answer, "__next__"):
                next(answer)
        except grpc.RpcError as error:
            return error.code(), error.details()
        raise RuntimeError(f"{name} is answered")


class Passkey:
    """What `wetsign companion` keeps in its file, used by another library than its own."""

    def __init__(self, path):
        with open(path) as file:
            kept = json.load(file)
        self.party, self.origin = kept["relying_party"], kept["origin"]
        self.key = ec.derive_private_key(int(kept["secret"], 16), ec.SECP256R1())
        numbers = self.key.public_key().public_numbers()
        self.public = bytes([2 + numbers.y % 2]) + numbers.x.to_bytes(32, "big")

    def signed(self, kind, fields):
        """The object in its envelope, as attest/README.md says byte by byte."""
        header = bytes.fromhex("a1013a00010000")
        payload = cbor2.dumps({0: kind, **fields}, canonical=True)
        challenge = hashlib.sha256(cbor2.dumps(["Signature1", header, kind.encode(), payload])).digest()
        client = json.dumps({
            "type": "webauthn.get", "origin": self.origin, "crossOrigin": False,
            "challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        }).encode()
        # User present, user verified; a counter that never grows.
        data = hashlib.sha256(self.party.encode()).digest() + bytes([0x05]) + bytes(4)
        der = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        r, s = utils.decode_dss_signature(der)
        pair = r.to_bytes(32, "big") + min(s, ORDER - s).to_bytes(32, "big")
        answer = cbor2.dumps([data, client, pair])
        return cbor2.dumps(cbor2.CBORTag(18, [header, {}, payload, answer]))


def pem(name, raw):
    body = base64.encodebytes(raw).decode()
    return f"-----BEGIN {name}-----\n{body}-----END {name}-----\n".encode()


def paired(passkey, authority):
    with open(f"{passkey}.paired") as file:
        kept = json.load(file)
    certificate = ssl.DER_cert_to_PEM_cert(bytes.fromhex(kept["certificate"])).encode()
    key = pem("PRIVATE KEY", bytes.fromhex(kept["key"]))
    return grpc.ssl_channel_credentials(authority, key, certificate)


def checks(socket, devices, authority, file, request):
    denied = grpc.StatusCode.PERMISSION_DENIED
    own = Passkey(file)
    local = grpc.insecure_channel(f"unix:{socket}")
    stranger = grpc.secure_channel(f"dns:{devices}", grpc.ssl_channel_credentials(authority))
    device = grpc.secure_channel(f"dns:{devices}", paired(file, authority))
    names = [f"{OURS}{name}" for name in ("Companion", "Pairings", "Keys", "Assets", "Enrolments", "Requests", "Sessions",
                                          "Kiosk", "Approvals", "Requesters")] + ["grpc.health.v1.Health"]
    services = described(local, names)
    mine, theirs, desk = Caller(device, services), Caller(stranger, services), Caller(local, services)

    def nothing_but_health():
        health, refused = theirs("Health/Check").status, []
        if health != 1:
            raise RuntimeError(f"health says {health}")
        for service in services:
            for method in service.methods:
                name = f"{service.name}/{method.name}"
                if service.name == "Health" or name == "Pairings/Exchange":
                    continue
                code, why = theirs.code(name)
                if code != denied or "pair it at the kiosk" not in why:
                    raise RuntimeError(f"{name}: {code.name}: {why}")
                refused.append(name)
        call = stranger.stream_stream(REFLECTION, request_serializer=bytes, response_deserializer=bytes)
        try:
            next(call(iter([field(7, "*")]), timeout=TIMEOUT))
        except grpc.RpcError as error:
            if error.code() != denied:
                raise
            return f"serving; {len(refused)} methods and reflection are refused"
        raise RuntimeError("reflection is answered")

    def by_reflection():
        found = described(device, [f"{OURS}Companion"])
        return f"{len(found[0].methods)} methods of Companion are described to a paired device"

    def itself():
        listed = mine("Pairings/List").pairings
        if [one.validator_key for one in listed] != [own.public]:
            raise RuntimeError(f"{len(listed)} devices are listed")
        kept = mine("Companion/Template", key=own.public)
        return f"one device, {listed[0].label!r}; a template since {kept.time}"

    def others():
        code, why = mine.code("Companion/Template", key=bytes([2]) + bytes(31) + bytes([1]))
        if code not in (denied, grpc.StatusCode.INVALID_ARGUMENT):
            raise RuntimeError(f"{code.name}: {why}")
        conducts, words = mine.code("Sessions/Start", request_id=request)
        if conducts != denied:
            raise RuntimeError(f"{conducts.name}: {words}")
        return f"{code.name}: {why}"

    def forged():
        verdict = verdict_of(desk, request)
        wrong = Passkey(file)
        wrong.origin = "https://elsewhere.example"
        code, why = mine.code("Companion/Decline", decline=decline(wrong, verdict))
        if code != grpc.StatusCode.INVALID_ARGUMENT and code != denied:
            raise RuntimeError(f"{code.name}: {why}")
        return f"{code.name}: {why}"

    def says_no():
        verdict = verdict_of(desk, request)
        mine("Companion/Decline", decline=decline(own, verdict))
        state = desk("Requests/Get", id=request)
        if state.declines != 1 or state.cosignatures:
            raise RuntimeError(f"{state.declines} declines, {state.cosignatures} co-signatures")
        return "a decline that `cryptography` signed is in the log"

    def decline(passkey, verdict):
        return passkey.signed("wetsign/decline/1", {
            1: request, 2: verdict, 3: passkey.public, 4: "said by a program in Python", 5: int(time.time()),
        })

    return [
        ("who is not paired gets health and nothing else, whatever is called", nothing_but_health),
        ("a paired device learns the interface by reflection", by_reflection),
        ("it sees its person's devices and template", itself),
        ("and nobody else's, and conducts nobody", others),
        ("an answer of another page is refused", forged),
        ("it says no with a passkey's answer of its own making", says_no),
    ]


def verdict_of(desk, request):
    tag = cbor2.loads(desk("Requests/Get", id=request).verdict)
    return hashlib.sha256(tag.value[2]).digest()


def main(socket, _address, _authority):
    setting = os.environ
    with open(setting["WETSIGN_DEVICES_CA"], "rb") as file:
        authority = file.read()
    request = bytes.fromhex(setting["WETSIGN_REQUEST"])
    rows = []
    for name, check in checks(socket, setting["WETSIGN_DEVICES"], authority, setting["WETSIGN_PASSKEY"], request):
        row = {"name": f"grpcio {grpc.__version__} and protobuf {google.protobuf.__version__}, a device: {name}", "ok": False}
        try:
            row |= {"why": check(), "ok": True}
        except grpc.RpcError as error:
            row["why"] = f"{error.code().name}: {error.details()}"
        except Exception as error:
            row["why"] = f"{type(error).__name__}: {error}"
        rows.append(row)
    ok = all(row["ok"] for row in rows)
    print(json.dumps({"ok": ok, "rows": rows}, indent=2))
    return 0 if ok else 2


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
