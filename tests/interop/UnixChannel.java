import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.FileRegion;
import io.netty.channel.nio.AbstractNioByteChannel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;

/**
 * A Unix socket for netty by what the JDK has since 16. netty's own needs a library in C, which Debian leaves out; gRPC
 * above it is the same.
 */
public final class UnixChannel extends AbstractNioByteChannel {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);
    private final ChannelConfig config = new DefaultChannelConfig(this);

    public UnixChannel() {
        super(null, open());
    }

    private static SocketChannel open() {
        try {
            return SocketChannel.open(StandardProtocolFamily.UNIX);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    @Override
    protected SocketChannel javaChannel() {
        return (SocketChannel) super.javaChannel();
    }

    @Override
    protected boolean doConnect(SocketAddress remote, SocketAddress local) throws Exception {
        boolean connected = javaChannel().connect(remote);
        if (!connected) {
            selectionKey().interestOps(java.nio.channels.SelectionKey.OP_CONNECT);
        }
        return connected;
    }

    @Override
    protected void doFinishConnect() throws Exception {
        if (!javaChannel().finishConnect()) {
            throw new IOException("the connection is not finished");
        }
    }

    @Override
    protected int doReadBytes(ByteBuf into) throws Exception {
        unsafe().recvBufAllocHandle().attemptedBytesRead(into.writableBytes());
        return into.writeBytes(javaChannel(), into.writableBytes());
    }

    @Override
    protected int doWriteBytes(ByteBuf from) throws Exception {
        return from.readBytes(javaChannel(), from.readableBytes());
    }

    @Override
    protected long doWriteFileRegion(FileRegion region) throws Exception {
        return region.transferTo(javaChannel(), region.transferred());
    }

    @Override
    protected ChannelFuture shutdownInput() {
        try {
            javaChannel().shutdownInput();
            return newSucceededFuture();
        } catch (IOException error) {
            return newFailedFuture(error);
        }
    }

    @Override
    protected void doBind(SocketAddress local) {
        throw new UnsupportedOperationException("a client is bound to nothing");
    }

    @Override
    protected void doDisconnect() throws Exception {
        doClose();
    }

    @Override
    protected void doClose() throws Exception {
        javaChannel().close();
    }

    @Override
    protected SocketAddress localAddress0() {
        return null;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        try {
            return javaChannel().getRemoteAddress();
        } catch (IOException error) {
            return null;
        }
    }

    @Override
    public boolean isActive() {
        return javaChannel().isOpen() && javaChannel().isConnected();
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }
}
