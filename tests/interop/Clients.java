import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.internal.GrpcUtil;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * grpc-java, which knows nothing of this project, over the kiosk's Unix socket and over TLS.
 *
 * <p>Clients SOCKET HOST:PORT CA, where CA is a file in PEM. Prints one JSON object: ok, and rows, each with name, ok
 * and why.
 */
public final class Clients {
    private static final int TIMEOUT = 20;
    private static final String STATUS = "wetsign.v1.Kiosk/Status";
    private static final String GET = "wetsign.v1.Requests/Get";
    private static final String LIST = "wetsign.v1.Requests/List";
    private static final String HEALTH = "grpc.health.v1.Health/Check";
    private static final String WATCH = "grpc.health.v1.Health/Watch";
    private static final String REFLECTION = "grpc.reflection.%s.ServerReflection/ServerReflectionInfo";
    /** ServerReflectionRequest { list_services: "*" }. */
    private static final byte[] LIST_SERVICES = {0x3a, 1, '*'};

    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException error) {
                throw new UncheckedIOException(error);
            }
        }
    };

    private static final NioEventLoopGroup LOOPS = new NioEventLoopGroup(1);
    private static final List<String> ROWS = new ArrayList<>();
    private static boolean ok = true;

    /** What is asked, and what it found. */
    private interface Check {
        String on(Channel channel) throws Exception;
    }

    private static MethodDescriptor<byte[], byte[]> method(MethodDescriptor.MethodType type, String name) {
        return MethodDescriptor.newBuilder(BYTES, BYTES).setType(type).setFullMethodName(name).build();
    }

    private static CallOptions soon() {
        return CallOptions.DEFAULT.withDeadlineAfter(TIMEOUT, TimeUnit.SECONDS);
    }

    private static byte[] ask(Channel channel, String name, byte[] message) {
        var unary = method(MethodDescriptor.MethodType.UNARY, name);
        return ClientCalls.blockingUnaryCall(channel, unary, soon(), message);
    }

    /** More than one call on a connection: later ones name the authority by its place in the table of fields. */
    private static String calls(Channel channel) {
        for (String name : List.of(STATUS, STATUS, HEALTH, STATUS)) {
            if (ask(channel, name, new byte[0]).length == 0) {
                throw new IllegalStateException("an empty answer to " + name);
            }
        }
        return "4 calls answered";
    }

    /** More fields than the table holds, so that the authority's entry is evicted and written again. */
    private static String many(Channel channel) {
        for (int number = 0; number < 200; number++) {
            var fields = new Metadata();
            fields.put(Metadata.Key.of("x-trace-" + number, Metadata.ASCII_STRING_MARSHALLER), "/".repeat(number % 90));
            var with = ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(fields));
            ask(with, STATUS, new byte[0]);
        }
        return "200 calls answered";
    }

    private static Check refused(Status.Code wanted, String name, byte[] message) {
        return channel -> {
            try {
                ask(channel, name, message);
            } catch (StatusRuntimeException error) {
                var status = error.getStatus();
                if (status.getCode() == wanted && status.getDescription() != null) {
                    return status.getCode() + ": " + status.getDescription();
                }
                throw error;
            }
            throw new IllegalStateException("an answer where " + wanted + " was expected");
        };
    }

    private static byte[] unknownId() {
        byte[] message = new byte[34];
        message[0] = 0x0a;
        message[1] = 32;
        return message;
    }

    private static String first(Channel channel) {
        var stream = method(MethodDescriptor.MethodType.SERVER_STREAMING, WATCH);
        var answers = ClientCalls.blockingServerStreamingCall(channel, stream, soon(), new byte[0]);
        byte[] state = answers.next();
        if (state.length != 2 || state[1] != 1) {
            throw new IllegalStateException("not serving");
        }
        return "serving";
    }

    private static Check reflection(String version) {
        return channel -> {
            var name = String.format(REFLECTION, version);
            var both = method(MethodDescriptor.MethodType.BIDI_STREAMING, name);
            var told = new CompletableFuture<String>();
            var call = channel.newCall(both, soon());
            var asking = ClientCalls.asyncBidiStreamingCall(call, new StreamObserver<byte[]>() {
                @Override
                public void onNext(byte[] answer) {
                    told.complete(new String(answer, StandardCharsets.ISO_8859_1));
                }

                @Override
                public void onError(Throwable error) {
                    told.completeExceptionally(error);
                }

                @Override
                public void onCompleted() {
                    told.completeExceptionally(new IllegalStateException("it ended without an answer"));
                }
            });
            asking.onNext(LIST_SERVICES);
            asking.onCompleted();
            if (!told.get(TIMEOUT, TimeUnit.SECONDS).contains("wetsign.v1.Requests")) {
                throw new IllegalStateException("no service of ours in the answer");
            }
            return "our services are listed";
        };
    }

    private static void row(String name, ManagedChannel channel, Check check) throws InterruptedException {
        String why;
        boolean passed = false;
        try {
            why = check.on(channel);
            passed = true;
        } catch (Exception error) {
            why = String.valueOf(error);
            ok = false;
        } finally {
            channel.shutdownNow().awaitTermination(TIMEOUT, TimeUnit.SECONDS);
        }
        ROWS.add(String.format("{\"name\":%s,\"ok\":%b,\"why\":%s}", quoted(name), passed, quoted(why)));
    }

    private static String quoted(String text) {
        var quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\' || c < ' ' || c > '~') {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 3) {
            throw new IllegalArgumentException("Clients SOCKET HOST:PORT CA");
        }
        String name = GrpcUtil.getGrpcBuildVersion().toString().replaceAll(".*userAgent=([^,}]*).*", "$1");
        var address = UnixDomainSocketAddress.of(arguments[0]);
        java.util.function.Supplier<NettyChannelBuilder> local = () -> NettyChannelBuilder.forAddress(address)
            .eventLoopGroup(LOOPS)
            .channelType(UnixChannel.class)
            .usePlaintext();
        var trusted = GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.OPENSSL)
            .trustManager(new File(arguments[2]))
            .build();
        java.util.function.Supplier<NettyChannelBuilder> remote =
            () -> NettyChannelBuilder.forTarget("dns:///" + arguments[1]).sslContext(trusted);

        row(name + ", socket: its own authority", local.get().build(), Clients::calls);
        row(name + ", socket: a usual authority", local.get().overrideAuthority("localhost").build(), Clients::calls);
        row(name + ", socket: 200 calls over one connection", local.get().build(), Clients::many);
        for (var door : List.of("socket", "TLS")) {
            var to = door.equals("TLS") ? remote : local;
            row(name + ", " + door + ": calls", to.get().build(), Clients::calls);
            row(name + ", " + door + ": a refusal is a status", to.get().build(),
                refused(Status.Code.NOT_FOUND, GET, unknownId()));
            row(name + ", " + door + ": the first of a stream", to.get().build(), Clients::first);
            for (var version : List.of("v1", "v1alpha")) {
                row(name + ", " + door + ": reflection " + version, to.get().build(), reflection(version));
            }
        }
        row(name + ", TLS: a stranger may not list", remote.get().build(),
            refused(Status.Code.PERMISSION_DENIED, LIST, new byte[0]));
        var usual = GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.OPENSSL).build();
        row(name + ", TLS: unknown authorities are not believed", remote.get().sslContext(usual).build(),
            refused(Status.Code.UNAVAILABLE, STATUS, new byte[0]));
        LOOPS.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        System.out.println("{\"ok\":" + ok + ",\"rows\":[" + String.join(",", ROWS) + "]}");
        System.exit(ok ? 0 : 2);
    }
}
