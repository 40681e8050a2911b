"""A client that knows nothing of this project: grpcio over the kiosk's Unix socket, in every spelling that it has, and
over TLS.

    clients.py SOCKET HOST:PORT CA

CA is a file in PEM.

Prints one JSON object: `ok`, and `rows`, each with name, ok and why.
"""

import json
import sys

import grpc

TIMEOUT = 20
STATUS = "/wetsign.v1.Kiosk/Status"
LIST = "/wetsign.v1.Requests/List"
GET = "/wetsign.v1.Requests/Get"
HEALTH = "/grpc.health.v1.Health/Check"
WATCH = "/grpc.health.v1.Health/Watch"
REFLECTION = "/grpc.reflection.{}.ServerReflection/ServerReflectionInfo"
# ServerReflectionRequest { list_services: "*" }
LIST_SERVICES = b"\x3a\x01*"
# RequestId { id: 32 bytes of zero }
UNKNOWN = b"\x0a\x20" + bytes(32)
# HealthCheckResponse { status: SERVING }
SERVING = b"\x08\x01"


def same(data):
    return data


def ask(channel, path, message=b""):
    method = channel.unary_unary(path, request_serializer=same, response_deserializer=same)
    return method(message, timeout=TIMEOUT)


def calls(channel):
    # More than one call on a connection: later ones name the authority by its place in the table of fields.
    sizes = [len(ask(channel, path)) for path in (STATUS, STATUS, HEALTH, STATUS)]
    if not all(sizes):
        raise RuntimeError(f"an empty answer: {sizes}")
    return f"{len(sizes)} calls answered"


def refused(code, path, message=b""):
    def check(channel):
        try:
            ask(channel, path, message)
        except grpc.RpcError as error:
            if error.code() == code and error.details():
                return f"{code.name}: {error.details()}"
            raise
        raise RuntimeError(f"an answer where {code.name} was expected")

    return check


def first(channel):
    stream = channel.unary_stream(WATCH, request_serializer=same, response_deserializer=same)
    state = next(stream(b"", timeout=TIMEOUT))
    if state != SERVING:
        raise RuntimeError(f"health says {state.hex()}")
    return "serving"


def reflection(version):
    def check(channel):
        path = REFLECTION.format(version)
        method = channel.stream_stream(path, request_serializer=same, response_deserializer=same)
        answer = next(method(iter([LIST_SERVICES]), timeout=TIMEOUT))
        if b"wetsign.v1.Requests" not in answer:
            raise RuntimeError(f"no service of ours in {answer!r}")
        return "our services are listed"

    return check


def many(channel):
    """More fields than the table holds, so that the authority's entry is evicted and written again."""
    call = channel.unary_unary(STATUS, request_serializer=same, response_deserializer=same)
    for number in range(200):
        call(b"", timeout=TIMEOUT, metadata=[(f"x-trace-{number}", "/" * (number % 90))])
    return "200 calls answered"


def opened(target, credentials, authority=None):
    # A connection of its own for each check.
    options = [("grpc.use_local_subchannel_pool", 1)]
    options += [("grpc.default_authority", authority)] if authority else []
    if credentials is None:
        return grpc.insecure_channel(target, options=options)
    return grpc.secure_channel(target, credentials, options=options)


def main(socket, address, authority):
    plain, three, remote = f"unix:{socket}", f"unix://{socket}", f"dns:{address}"
    with open(authority, "rb") as file:
        trusted = grpc.ssl_channel_credentials(file.read())
    code = grpc.StatusCode
    checks = [
        ("socket: its own authority", plain, None, None, calls),
        ("socket: unix:///", three, None, None, calls),
        ("socket: the path as authority, as grpc-java writes it", plain, None, socket, calls),
        ("socket: the address as authority", plain, None, three, calls),
        ("socket: a usual authority", plain, None, "localhost", calls),
        ("socket: with a port", plain, None, "localhost:7443", calls),
        ("socket: 200 calls over one connection", plain, None, None, many),
        ("socket: the list", plain, None, None, lambda channel: f"{len(ask(channel, LIST))} bytes"),
    ]
    for door, target, credentials in (("socket", plain, None), ("TLS", remote, trusted)):
        checks += [
            (f"{door}: calls", target, credentials, None, calls),
            (f"{door}: a refusal is a status", target, credentials, None, refused(code.NOT_FOUND, GET, UNKNOWN)),
            (f"{door}: the first of a stream", target, credentials, None, first),
            (f"{door}: reflection v1", target, credentials, None, reflection("v1")),
            (f"{door}: reflection v1alpha", target, credentials, None, reflection("v1alpha")),
        ]
    checks += [
        ("TLS: a stranger may not list", remote, trusted, None, refused(code.PERMISSION_DENIED, LIST)),
        ("TLS: unknown authorities are not believed", remote, grpc.ssl_channel_credentials(), None,
         refused(code.UNAVAILABLE, STATUS)),
    ]
    rows = []
    for name, target, credentials, named, check in checks:
        row = {"name": f"grpcio {grpc.__version__}, {name}", "ok": False}
        try:
            with opened(target, credentials, named) as channel:
                row |= {"why": check(channel), "ok": True}
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
