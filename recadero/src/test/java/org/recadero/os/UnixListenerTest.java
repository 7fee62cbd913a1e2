package org.recadero.os;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // that sockets are open, and close(), is what is tested
class UnixListenerTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private String path;

    @BeforeEach
    void setUp() {
        path = folder.resolve("s").toString();
    }

    @Test
    void namesThePeerByNumber() throws Exception { // SAFETY 20
        try (UnixListener listener = UnixListener.bind(path, 0600, 10);
                UnixConnection client = UnixConnection.connect(path, LONG);
                UnixConnection server = listener.accept()) {
            int pid = (int) ProcessHandle.current().pid();
            PeerCredentials me = new PeerCredentials(
                    pid, Credentials.uids().effective(), Credentials.gids().effective());
            assertThat(server.peer()).isEqualTo(me);
            assertThat(client.peer()).isEqualTo(me);
        }
    }

    @Test
    void namesAnotherUserByHisEffectiveUid() throws Exception { // SAFETY 19
        assumeTrue(Credentials.uids().effective() == 0, "needs root");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        LinuxIdentities identities = new LinuxIdentities(new LinuxFileSystem(), LONG);
        try (identities;
                UnixListener listener = UnixListener.bind(path, 0666, 10)) {
            // here only the connect(2) is the user's
            identities.runAs(IdentitiesChild.USER, files -> {
                int socket = UnixAddress.socket(UnixAddress.SOCK_STREAM);
                UnixAddress.connect(socket, path);
                UnixAddress.close(socket);
                return true;
            });
            try (UnixConnection server = listener.accept()) {
                assertThat(server.peer().uid()).isEqualTo(IdentitiesChild.USER.uid());
                assertThat(server.peer().gid()).isEqualTo(IdentitiesChild.USER.gid());
            }
        }
    }

    @Test
    void givesTheFileItsModeAndRemovesIt() throws Exception {
        try (UnixListener listener = UnixListener.bind(path, 0620, 10)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(path))))
                    .isEqualTo("rw--w----");
        }
        assertThat(Path.of(path)).doesNotExist();
    }

    @Test
    void replacesOnlyASocketThatNobodyAnswersOn() throws Exception {
        int stale = UnixAddress.socket(UnixAddress.SOCK_STREAM);
        try (Sys.Scratch s = Sys.scratch()) {
            int length = UnixAddress.put(s.small, path);
            Sys.call(s, "bind", Sys.NUMBERS.bind(), stale, s.small.address(), length, 0);
        }
        UnixAddress.close(stale);
        assertThat(Path.of(path)).exists();
        try (UnixListener first = UnixListener.bind(path, 0600, 10)) {
            assertThatThrownBy(() -> UnixListener.bind(path, 0600, 10))
                    .isInstanceOf(IOException.class)
                    .hasMessage(path + ": process " + ProcessHandle.current().pid() + " listens there");
            UnixConnection.connect(path, LONG).close();
        }
        Files.writeString(Path.of(path), "somebody's");
        assertThatThrownBy(() -> UnixListener.bind(path, 0600, 10))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is no socket");
        assertThat(Path.of(path)).hasContent("somebody's");
    }

    @Test
    void leavesAnotherOnesFileAlone() throws Exception {
        UnixListener first = UnixListener.bind(path, 0600, 10);
        Files.move(Path.of(path), folder.resolve("old"));
        try (UnixListener second = UnixListener.bind(path, 0600, 10)) {
            first.close();
            UnixConnection.connect(path, LONG).close();
        }
    }

    @Test
    void refusesALongPath() {
        String tooLong = folder.resolve("x".repeat(120)).toString();
        assertThatThrownBy(() -> UnixListener.bind(tooLong, 0600, 10))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("at most 107");
        assertThatThrownBy(() -> UnixConnection.connect(path, LONG))
                .isInstanceOf(ErrnoException.class)
                .hasMessageContaining("No such file or directory");
    }

    @Test
    void carriesBytesForManyThreads() throws Exception {
        int connections = 300;
        byte[] bulk = new byte[200_000];
        java.util.Arrays.fill(bulk, (byte) 'x');
        try (UnixListener listener = UnixListener.bind(path, 0600, 100);
                ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<?> server = threads.submit(() -> {
                for (int i = 0; i < connections; i++) {
                    UnixConnection accepted = listener.accept();
                    var _ = threads.submit(() -> {
                        try (accepted) {
                            accepted.input().transferTo(accepted.output());
                        }
                        return null;
                    });
                }
                return null;
            });
            List<Future<Integer>> clients = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                boolean much = i % 30 == 0;
                clients.add(threads.submit(() -> {
                    try (UnixConnection client = UnixConnection.connect(path, LONG)) {
                        byte[] sent = much ? bulk : "hello".getBytes(UTF_8);
                        Future<?> writing = threads.submit(() -> {
                            client.output().write(sent);
                            return null;
                        });
                        byte[] back = client.input().readNBytes(sent.length);
                        writing.get();
                        return java.util.Arrays.equals(back, sent) ? back.length : -1;
                    }
                }));
            }
            for (Future<Integer> one : clients) {
                assertThat(one.get()).isPositive();
            }
            server.get();
        }
    }

    @Test
    void endsAReadAtTheTimeout() throws Exception {
        try (UnixListener listener = UnixListener.bind(path, 0600, 10);
                UnixConnection client = UnixConnection.connect(path, LONG);
                UnixConnection server = listener.accept()) {
            server.readTimeout(Duration.ofMillis(30));
            assertThatThrownBy(() -> server.input().read()).isInstanceOf(SocketTimeoutException.class);
            // and goes on afterwards
            client.output().write('x');
            assertThat(server.input().read()).isEqualTo('x');
            client.close();
            assertThat(server.input().read()).isEqualTo(-1);
            assertThatThrownBy(() -> {
                        server.output().write(1);
                        server.output().write(1);
                    })
                    .isInstanceOf(ErrnoException.class)
                    .hasMessage("write: Broken pipe");
        }
    }

    @Test
    void wakesWhoWaitsWhenClosed() throws Exception {
        UnixListener listener = UnixListener.bind(path, 0600, 10);
        UnixConnection client = UnixConnection.connect(path, LONG);
        UnixConnection server = listener.accept();
        FutureTask<Object> accepting = new FutureTask<>(listener::accept);
        FutureTask<Object> reading = new FutureTask<>(() -> server.input().read());
        awaitPoll(Thread.ofPlatform().start(accepting));
        awaitPoll(Thread.ofPlatform().start(reading));
        listener.close();
        server.close();
        assertThatThrownBy(accepting::get).hasCauseInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(reading::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(ClosedChannelException.class);
        client.close();
        assertThatThrownBy(listener::accept).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void readsOnWhereTheReaderIsInterrupted() throws Exception {
        try (UnixListener listener = UnixListener.bind(path, 0600, 10);
                UnixConnection client = UnixConnection.connect(path, LONG);
                UnixConnection server = listener.accept()) {
            FutureTask<Integer> reading = new FutureTask<>(() -> server.input().read());
            Thread reader = Thread.ofPlatform().start(reading);
            awaitPoll(reader);
            reader.interrupt();
            client.output().write('y');
            assertThat(reading.get()).isEqualTo('y');
        }
    }

    /** Until the thread has come to its system call, and some time more; without its end the test's time limit ends it. */
    private static void awaitPoll(Thread thread) {
        while (Stream.of(thread.getStackTrace())
                .noneMatch(frame -> frame.getMethodName().equals("raw"))) {
            LockSupport.parkNanos(1_000_000);
        }
        LockSupport.parkNanos(50_000_000);
    }

    @Test
    void leavesNoDescriptorBehind() throws Exception {
        int before = descriptors();
        for (int i = 0; i < 20; i++) {
            try (UnixListener listener = UnixListener.bind(path, 0600, 10);
                    UnixConnection client = UnixConnection.connect(path, LONG);
                    UnixConnection server = listener.accept()) {
                client.output().write('x');
                assertThat(server.input().read()).isEqualTo('x');
            }
        }
        for (int i = 0; i < 1_000 && descriptors() > before; i++) {
            LockSupport.parkNanos(2_000_000);
        }
        assertThat(descriptors()).isLessThanOrEqualTo(before);
    }

    private static int descriptors() throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return (int) all.count();
        }
    }
}
