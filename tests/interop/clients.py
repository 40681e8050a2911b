"""A client that knows nothing of this project: grpcio over the kiosk's Unix socket, in every spelling that it has.

    clients.py SOCKET

Prints one JSON object: `ok`, and `rows`, each with name, ok and why.
"""

import json
import sys

import grpc

TIMEOUT = 20
STATUS = "/wetsign.v1.Kiosk/Status"
LIST = "/wetsign.v1.Requests/List"
HEALTH = "/grpc.health.v1.Health/Check"
REFLECTION = "/grpc.reflection.{}.ServerReflection/ServerReflectionInfo"
# ServerReflectionRequest { list_services: "*" }
LIST_SERVICES = b"\x3a\x01*"


def same(data):
    return data


def ask(channel, path):
    return channel.unary_unary(path, request_serializer=same, response_deserializer=same)(b"", timeout=TIMEOUT)


def calls(target, authority):
    options = [("grpc.default_authority", authority)] if authority else []
    with grpc.insecure_channel(target, options=options) as channel:
        # More than one call on a connection: later ones name the authority by its place in the table of fields.
        sizes = [len(ask(channel, path)) for path in (STATUS, LIST, STATUS, HEALTH, STATUS)]
    if not sizes[0] or not sizes[3]:
        raise RuntimeError(f"an empty answer: {sizes}")
    return f"{len(sizes)} calls answered"


def reflection(target, version):
    with grpc.insecure_channel(target) as channel:
        call = channel.stream_stream(
            REFLECTION.format(version), request_serializer=same, response_deserializer=same
        )
        answer = next(call(iter([LIST_SERVICES]), timeout=TIMEOUT))
    if b"wetsign.v1.Requests" not in answer:
        raise RuntimeError(f"no service of ours in {answer!r}")
    return "our services are listed"


def many(target):
    """More fields than the table holds, so that the authority's entry is evicted and written again."""
    with grpc.insecure_channel(target) as channel:
        call = channel.unary_unary(STATUS, request_serializer=same, response_deserializer=same)
        for number in range(200):
            call(b"", timeout=TIMEOUT, metadata=[(f"x-trace-{number}", "/" * (number % 90))])
    return "200 calls answered"


def main(socket):
    plain, three = f"unix:{socket}", f"unix://{socket}"
    checks = [
        (f"grpcio {grpc.__version__}, its own authority", lambda: calls(plain, None)),
        ("unix:///", lambda: calls(three, None)),
        ("the path as authority, as grpc-java writes it", lambda: calls(plain, socket)),
        ("the address as authority", lambda: calls(plain, three)),
        ("a usual authority", lambda: calls(plain, "localhost")),
        ("with a port", lambda: calls(plain, "localhost:7443")),
        ("200 calls over one connection", lambda: many(plain)),
        ("reflection v1", lambda: reflection(plain, "v1")),
        ("reflection v1alpha", lambda: reflection(plain, "v1alpha")),
    ]
    rows = []
    for name, check in checks:
        try:
            rows.append({"name": name, "ok": True, "why": check()})
        except grpc.RpcError as error:
            rows.append({"name": name, "ok": False, "why": f"{error.code().name}: {error.details()}"})
        except Exception as error:
            rows.append({"name": name, "ok": False, "why": f"{type(error).__name__}: {error}"})
    ok = all(row["ok"] for row in rows)
    print(json.dumps({"ok": ok, "rows": rows}, indent=2))
    return 0 if ok else 2


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
