package org.recadero.os;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/**
 * {@link Commands} by the program {@code recadero-exec}, which ProcessBuilder starts with the daemon's own ids from ordinary
 * platform threads (SAFETY 1); {@code recadero-exec.c} tells its header and its report.
 *
 * <p>A command may leave processes behind that work on until its time limit; of each user at most {@value #MOST_LEFT} guards
 * with such processes are kept, then the oldest is told to end its own.
 */
public final class ExecCommands implements Commands, AutoCloseable {
    /** Guards that a user may have behind commands that have ended. */
    static final int MOST_LEFT = 8;

    /** How long after a command's limit its guard may still be busy with ending what it started. */
    private static final Duration GRACE = Duration.ofSeconds(75);

    private static final int MOST_REPORT_LINE = 1_024;
    private static final int BUFFER_BYTES = 64 << 10;

    private final Path program;
    private final ReentrantLock lock = new ReentrantLock();

    /** By uid, the oldest first; guarded by {@link #lock}. */
    private final Map<Integer, Deque<Process>> left = new HashMap<>();

    /** @param program {@code recadero-exec} */
    public ExecCommands(Path program) {
        this.program = Objects.requireNonNull(program);
    }

    /** The one that lies beside this program's jar, the first on the class path: classes of an AOT cache do not say whence they are. */
    public static Path besideProgram() {
        String jar = System.getProperty("java.class.path", "").split(File.pathSeparator, 2)[0];
        return Path.of(jar).resolveSibling("recadero-exec");
    }

    @Override
    public End run(Command command, Input input) {
        byte[] header;
        try {
            header = header(command);
        } catch (IllegalArgumentException e) {
            return new End.Failed(String.valueOf(e.getMessage()));
        }
        if (!Files.isExecutable(program)) {
            return new End.Failed(program + " is not there, and nothing else may run users' commands");
        }
        Run run = new Run(command, header, input);
        FutureTask<End> task = new FutureTask<>(run::run);
        Thread.ofPlatform().daemon().name("command").start(task);
        try {
            return task.get(command.limit().plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            run.end();
            Thread.currentThread().interrupt();
            return new End.Failed("the mail system stops");
        } catch (TimeoutException e) {
            run.abandon();
            return new End.TimedOut("");
        } catch (ExecutionException | CancellationException e) {
            run.end();
            return new End.Failed("internal error: " + e.getCause());
        }
    }

    // ---- the header

    private static byte[] header(Command command) {
        List<String> strings = new ArrayList<>();
        Identity identity = command.identity();
        strings.add(Integer.toUnsignedString(identity.uid()));
        strings.add(Integer.toUnsignedString(identity.gid()));
        strings.add(identity.groups().stream().map(Integer::toUnsignedString).collect(Collectors.joining(",")));
        strings.add(Long.toString(Math.clamp(command.limit().toMillis(), 1, Integer.MAX_VALUE)));
        strings.add(Integer.toString(command.outputBytes()));
        strings.add(Long.toString(command.fileBytes()));
        strings.add(command.folder());
        strings.add(Integer.toString((command.folderAsUser() ? 1 : 0) + (command.shellKnows() ? 2 : 0)));
        strings.add(Integer.toString(command.arguments().size()));
        strings.addAll(command.arguments());
        strings.add(Integer.toString(command.environment().size()));
        command.environment().forEach((name, value) -> strings.add(name + "=" + value));
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (String string : strings) {
            if (string.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("a NUL in a command's arguments or variables");
            }
            byte[] bytes = NativeText.bytes(string);
            body.write(bytes, 0, bytes.length);
            body.write(0);
        }
        if (body.size() > MOST_CHARS) {
            throw new IllegalArgumentException("arguments and variables of over " + MOST_CHARS + " bytes");
        }
        byte[] bytes = body.toByteArray();
        byte[] all = new byte[8 + bytes.length];
        all[0] = 'R';
        all[1] = 'X';
        all[2] = '1';
        all[3] = '\n';
        for (int i = 0; i < 4; i++) {
            all[4 + i] = (byte) (bytes.length >>> (24 - 8 * i));
        }
        System.arraycopy(bytes, 0, all, 8, bytes.length);
        return all;
    }

    // ---- one command

    /** Its threads: one that starts the guard and reads its report, one that writes the input. */
    private final class Run {
        private final Command command;
        private final byte[] header;
        private final Input input;
        private final ReentrantLock guardLock = new ReentrantLock();
        /** Guarded by {@link #guardLock}; so is {@link #ended}. */
        private @org.jspecify.annotations.Nullable Process guard;

        private boolean ended;

        private volatile @org.jspecify.annotations.Nullable String inputTrouble;

        private Run(Command command, byte[] header, Input input) {
            this.command = command;
            this.header = header;
            this.input = input;
        }

        private End run() {
            Process process;
            try {
                ProcessBuilder builder = new ProcessBuilder(program.toString());
                builder.environment().clear();
                builder.redirectError(ProcessBuilder.Redirect.DISCARD);
                process = builder.start();
            } catch (IOException e) {
                return new End.Failed("cannot start a command: " + e.getMessage());
            }
            guardLock.lock();
            try {
                guard = process;
                if (ended) {
                    terminate(process);
                }
            } finally {
                guardLock.unlock();
            }
            Thread.ofPlatform().daemon().name("command-input").start(() -> write(process.getOutputStream()));
            End end;
            try (InputStream report = process.getInputStream()) {
                end = read(report);
            } catch (IOException e) {
                process.destroy();
                end = new End.Failed("a command's guard does not answer: " + e.getMessage());
            }
            leave(command.identity().uid(), process);
            String trouble = inputTrouble;
            return trouble == null ? end : new End.Failed("error reading message: " + trouble);
        }

        private void write(OutputStream pipe) {
            Sink sink = new Sink(pipe);
            try (BufferedOutputStream out = new BufferedOutputStream(sink, BUFFER_BYTES)) {
                out.write(header);
                out.flush();
                sink.headerWritten = true;
                input.writeTo(out);
                out.flush();
            } catch (IOException | RuntimeException e) {
                // half a message must not look like a whole one: the command is ended before its input is
                inputTrouble = String.valueOf(e.getMessage());
                end();
                waitForGuard();
            } finally {
                sink.closePipe();
            }
        }

        private void waitForGuard() {
            Process process = guard;
            try {
                if (process != null && !process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private End read(InputStream report) throws IOException {
            byte[] all = report.readNBytes(MOST_REPORT_LINE + command.outputBytes());
            String text = new String(all, StandardCharsets.ISO_8859_1);
            int newline = text.indexOf('\n');
            if (newline < 0) {
                return new End.Failed("a command's guard ended without a report");
            }
            String line = text.substring(0, newline);
            String output = text.substring(newline + 1);
            int blank = line.indexOf(' ');
            String word = blank < 0 ? line : line.substring(0, blank);
            String rest = blank < 0 ? "" : line.substring(blank + 1);
            return switch (word) {
                case "exit" -> new End.Exited(Integer.parseInt(rest), output);
                case "signal" -> new End.Killed(Integer.parseInt(rest), output);
                case "timeout" -> new End.TimedOut(output);
                case "noexec", "nofolder" -> new End.NotRun(rest);
                case "stopped" -> new End.Failed("the command was stopped");
                default -> new End.Failed(rest);
            };
        }

        /** SIGTERM: the guard ends the command and all that it started. */
        void end() {
            guardLock.lock();
            try {
                ended = true;
                Process process = guard;
                if (process != null) {
                    terminate(process);
                }
            } finally {
                guardLock.unlock();
            }
        }

        void abandon() {
            end();
            Process process = guard;
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }

    /** SIGTERM and nothing else: {@link Process#destroy} would close the command's input too, and half a message would have its end. */
    private static void terminate(Process process) {
        process.toHandle().destroy();
    }

    /** Takes everything, also when nobody reads any more. */
    private static final class Sink extends OutputStream {
        private final OutputStream pipe;
        private boolean headerWritten;
        private volatile boolean broken;

        private Sink(OutputStream pipe) {
            this.pipe = pipe;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            if (broken) {
                return;
            }
            try {
                pipe.write(bytes, from, length);
                pipe.flush();
            } catch (IOException e) {
                broken = true;
                if (!headerWritten) {
                    throw e;
                }
            }
        }

        private void closePipe() {
            try {
                pipe.close();
            } catch (IOException e) {
                broken = true;
            }
        }
    }

    // ---- guards that stay

    private void leave(int uid, Process process) {
        if (!process.isAlive()) {
            return;
        }
        lock.lock();
        try {
            left.values().forEach(d -> d.removeIf(p -> !p.isAlive()));
            left.values().removeIf(Deque::isEmpty);
            Deque<Process> own = left.computeIfAbsent(uid, u -> new ArrayDeque<>());
            own.addLast(process);
            if (own.size() > MOST_LEFT) {
                own.removeFirst().destroy();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends what commands have left behind. */
    @Override
    public void close() {
        lock.lock();
        try {
            left.values().forEach(d -> d.forEach(Process::destroy));
            left.clear();
        } finally {
            lock.unlock();
        }
    }
}
