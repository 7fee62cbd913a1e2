package org.recadero.e2e;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Sockets of this program in the network of a {@link Machine}: a socket belongs for ever to the network namespace of the thread
 * that made it (setns(2)), so a thread goes there, makes it and ends. Servers of a test are plain Java in this way.
 */
@SuppressWarnings("restricted") // setns(2) has no other door
final class Sockets {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int O_RDONLY = 0;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBC = LINKER.defaultLookup();
    private static final MethodHandle OPEN = LINKER.downcallHandle(
            LIBC.findOrThrow("open"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle SETNS = LINKER.downcallHandle(
            LIBC.findOrThrow("setns"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle CLOSE = LINKER.downcallHandle(
            LIBC.findOrThrow("close"), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private Sockets() {}

    /** A socket that listens in the machine. */
    static ServerSocket listen(Machine machine, String address, int port, int backlog) {
        return within(machine, () -> {
            ServerSocket socket = new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(address), port), backlog);
            return socket;
        });
    }

    /** A UDP socket in the machine. */
    static DatagramSocket datagrams(Machine machine, String address, int port) {
        return within(machine, () -> new DatagramSocket(new InetSocketAddress(InetAddress.getByName(address), port)));
    }

    private static <T> T within(Machine machine, Callable<T> make) {
        FutureTask<T> task = new FutureTask<>(() -> {
            enter("/proc/" + machine.init() + "/ns/net");
            return make.call();
        });
        Thread.ofPlatform().daemon().start(task);
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    private static void enter(String namespace) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            int file = (int) OPEN.invokeExact(arena.allocateFrom(namespace), O_RDONLY);
            int failed = file < 0 ? -1 : (int) SETNS.invokeExact(file, CLONE_NEWNET);
            int closed = file < 0 ? 0 : (int) CLOSE.invokeExact(file);
            if (failed < 0 || closed < 0) {
                throw new IOException("cannot enter " + namespace);
            }
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
