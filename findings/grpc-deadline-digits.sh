#!/usr/bin/env bash
# Surprise: grpcio sends deadlines with three digits, rounded up. The server is told of more time than the client waits:
#   101 s for 100.1, 1010 s for 1001, 86500 s for a day.
# Expected: what was asked for; the header has room for eight digits. @grpc/grpc-js sends milliseconds to the same
#   server.
# Who meets it: who ties a thing's life to `time_remaining()` (a session, a lease, a consent): the server goes on
#   working, and may release, up to 1 % longer than anybody waits. Send an end of one's own in the message.
# Documented: no; in a comment of the change that made it so (grpc pull request 19383).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
pypi venv grpcio==1.85.3
npmjs @grpc/grpc-js@1.14.7

cat >client.cjs <<'JS'
const grpc = require('@grpc/grpc-js');
const client = new grpc.Client(`127.0.0.1:${process.argv[2]}`, grpc.credentials.createInsecure());
const bytes = (value) => value;
const call = (seconds) => new Promise((resolve, reject) => {
  const deadline = Date.now() + 1000 * seconds;
  client.makeUnaryRequest('/a/b', bytes, bytes, Buffer.alloc(0), new grpc.Metadata(), { deadline },
    (error) => (error ? reject(error) : resolve()));
});
(async () => {
  for (const seconds of process.argv.slice(3)) await call(Number(seconds));
  client.close();
})();
JS
cat >check.py <<'PY'
import subprocess, sys
from concurrent.futures import ThreadPoolExecutor
import grpc

ASKED = [100.1, 1001, 3601, 86400]
TOLD = [101, 1010, 3610, 86500]
seen = []


class Handler(grpc.GenericRpcHandler):
    def service(self, _details):
        def answer(_request, context):
            seen.append(context.time_remaining())
            return b""

        return grpc.unary_unary_rpc_method_handler(answer)


server = grpc.server(ThreadPoolExecutor(1))
server.add_generic_rpc_handlers((Handler(),))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
    call = channel.unary_unary("/a/b")
    call(b"", wait_for_ready=True)
    for seconds in ASKED:
        call(b"", timeout=seconds)
subprocess.run(["node", "client.cjs", str(port), *map(str, ASKED)], check=True)
own, other = seen[1:len(ASKED) + 1], seen[len(ASKED) + 1:]
server.stop(None)
print("grpcio", grpc.__version__, "| asked for: told by grpcio, told by @grpc/grpc-js 1.14.7 (seconds remaining)")
for row in zip(ASKED, own, other):
    print("{}: {:.3f}, {:.3f}".format(*row))
more = all(asked < remaining <= told for asked, remaining, told in zip(ASKED, own, TOLD))
exact = all(asked - 20 < remaining <= asked for asked, remaining in zip(ASKED, other))
sys.exit(not (more and exact and len(other) == len(ASKED)))
PY
venv/bin/python check.py
as_stated "the server is told of up to 1 % more time than the client waits"
