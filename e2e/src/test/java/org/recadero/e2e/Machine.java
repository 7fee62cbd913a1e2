package org.recadero.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * A throw-away Debian machine made of namespaces: cliente.example.net with the mail name example.net as the chapter's
 * preliminaries say, users {@code usuario} (1001) and {@code otro} (1002), a syslog daemon that writes /var/log/mail.log, no
 * network but its own loopback. Its root is an overlay of this machine's, so that all programs are here, its /tmp, /run and /dev
 * are its own. On {@link Mta#RECADERO} there is no MTA and the product lies read-only in {@link #DIST}, first on the PATH;
 * on {@link Mta#REFERENCE} Debian's Postfix is installed.
 *
 * <p>All mounts lie in the machine's mount namespace and its first process ends with its standard input: whatever becomes of
 * the test, nothing is left. Starts in about half a second. Not for two threads but for {@link #exec}.
 */
final class Machine implements AutoCloseable {
    /** Where the product is seen in the machine. */
    static final String DIST = "/opt/recadero";

    /** The mail log in the machine. */
    static final String MAIL_LOG = "/var/log/mail.log";

    /** What {@code mailq} prints where nothing waits. */
    static final String EMPTY_QUEUE = "Mail queue is empty\n";

    /** For what takes a second where nothing else runs. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final Pattern IN_WORK = Pattern.compile("(?m)^[0-9A-F]+\\*");
    private static final Duration COMMAND_DEADLINE = Duration.ofMinutes(2);
    private static final Duration START_DEADLINE = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(10);
    private static final String SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final Mta mta;
    private final Process namespaces;
    private final long init;

    private Machine(Mta mta, Process namespaces, long init) {
        this.mta = mta;
        this.namespaces = namespaces;
        this.init = init;
    }

    /** A machine with the system that is tested ({@link Mta#subject}). */
    static Machine withSubject() {
        return with(Mta.subject());
    }

    /** A machine with Debian's Postfix, the oracle. */
    static Machine withReference() {
        return with(Mta.REFERENCE);
    }

    /** A machine for a server that is not under test, with the packages of {@link Layers} of this name. */
    static Machine server(String layer) {
        return with(Mta.REFERENCE, layer, false);
    }

    /** The product's machine, with tcpdump. */
    static Machine withCapture() {
        return with(Mta.RECADERO, "capture", false);
    }

    /** The product's machine, with mutt, git send-email and cron. */
    static Machine withSenders() {
        return with(Mta.RECADERO, "senders", false);
    }

    /** A fresh machine; skips the test, naming what is missing, where none can be made. */
    static Machine with(Mta mta) {
        return with(mta, mta.layer(), false);
    }

    /** As {@link #with(Mta)}, with Dovecot, fetchmail, getmail, procmail, mutt and programs that send ({@link Layers}). */
    static Machine withMailPrograms(Mta mta) {
        return with(mta, mta.layer(), true);
    }

    private static Machine with(Mta mta, String layer, boolean mailPrograms) {
        Needs.throwAwayMachines();
        String dist = mta == Mta.RECADERO ? dist().toString() : "";
        Path tar = Layers.tar(layer, mailPrograms);
        Path cache = Layers.cache();
        Path script = Layers.script(cache, "machine.sh");
        try {
            Process process = new ProcessBuilder(
                            "unshare",
                            "-m",
                            "-u",
                            "-i",
                            "-p",
                            "-n",
                            "--fork",
                            "--kill-child=KILL",
                            "--propagation",
                            "private",
                            "bash",
                            script.toString(),
                            cache.toString(),
                            tar.toString(),
                            dist,
                            "")
                    .redirectErrorStream(true)
                    .start();
            return new Machine(mta, process, awaitReady(process));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path dist() {
        Path dist = Path.of(System.getProperty("recadero.dist", "../recadero/target/dist"))
                .toAbsolutePath()
                .normalize();
        if (!Files.isExecutable(dist.resolve("bin/sendmail"))) {
            throw new AssertionError("no packaged product in " + dist + ": run ./build first (or set recadero.dist)");
        }
        return dist;
    }

    private static long awaitReady(Process process) throws IOException {
        FutureTask<Long> ready = new FutureTask<>(() -> {
            StringBuilder said = new StringBuilder();
            BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.endsWith(" ready")) {
                    return Long.parseLong(line.substring(0, line.length() - " ready".length()));
                }
                said.append(line).append('\n');
            }
            throw new IOException("the throw-away machine did not start: " + said);
        });
        Thread.ofVirtual().start(ready);
        try {
            return ready.get(START_DEADLINE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a machine started", e);
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            throw new IOException("no throw-away machine: " + e, e);
        }
    }

    Mta mta() {
        return mta;
    }

    /** The machine's first process, as seen from outside: names its namespaces. */
    long init() {
        return init;
    }

    /**
     * Runs a command as {@code user} in his home, with a login's few variables, and waits for its end, two minutes at most.
     * A failing command is a result, not an exception.
     */
    Result exec(String user, String stdin, String... command) {
        return exec(user, stdin.getBytes(StandardCharsets.UTF_8), command);
    }

    /** As {@link #exec(String, String, String...)}, with bytes that are not text. */
    Result exec(String user, byte[] stdin, String... command) {
        return exec(COMMAND_DEADLINE, user, stdin, command);
    }

    /** As {@link #exec(String, String, String...)}, for as long as {@code deadline}. */
    Result exec(Duration deadline, String user, byte[] stdin, String... command) {
        try {
            Process process = launcher(user, command).start();
            FutureTask<byte[]> out = reader(process.getInputStream());
            FutureTask<byte[]> err = reader(process.getErrorStream());
            Thread.ofVirtual().start(() -> feed(process, stdin));
            if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(
                        "did not end within " + deadline + ": " + String.join(" ", command) + "\n" + tail());
            }
            // a daemon that kept the caller's descriptors would hold these open for ever: that is a failure too
            return new Result(
                    process.exitValue(),
                    new String(out.get(30, TimeUnit.SECONDS), StandardCharsets.UTF_8),
                    new String(err.get(30, TimeUnit.SECONDS), StandardCharsets.UTF_8));
        } catch (TimeoutException e) {
            throw new AssertionError("something still holds the output of: " + String.join(" ", command), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Runs a line of bash as {@code user}. */
    Result shell(String user, String line) {
        return exec(user, "", "bash", "-c", line);
    }

    /** Runs a line of bash as root. */
    Result shell(String line) {
        return shell("root", line);
    }

    /** Starts a command that goes on beside the test; it ends with the machine at the latest. */
    Process start(String user, String... command) {
        try {
            return launcher(user, command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ProcessBuilder launcher(String user, String... command) {
        String home = user.equals("root") ? "/root" : "/home/" + user;
        String path = mta == Mta.RECADERO ? DIST + "/bin:" + SYSTEM_PATH : SYSTEM_PATH;
        List<String> all = new ArrayList<>(List.of(
                "nsenter",
                "-t",
                Long.toString(init),
                "-m",
                "-u",
                "-i",
                "-n",
                "-p",
                "-r",
                "--wd=/proc/" + init + "/root" + home));
        if (!user.equals("root")) {
            all.addAll(List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--init-groups", "--"));
        }
        all.addAll(
                List.of("env", "-i", "HOME=" + home, "USER=" + user, "LOGNAME=" + user, "LANG=C.UTF-8", "TERM=dumb"));
        all.add("PATH=" + path);
        all.addAll(List.of(command));
        return new ProcessBuilder(all);
    }

    private static FutureTask<byte[]> reader(InputStream in) {
        FutureTask<byte[]> task = new FutureTask<>(in::readAllBytes);
        Thread.ofVirtual().start(task);
        return task;
    }

    private static void feed(Process process, byte[] stdin) {
        try (OutputStream to = process.getOutputStream()) {
            to.write(stdin);
        } catch (IOException e) {
            // the command did not read it all: its status says whether that was right
            process.toHandle();
        }
    }

    /** A file of the machine, seen from here. */
    Path file(String path) {
        return Path.of("/proc/" + init + "/root" + path);
    }

    /** The text of a file, each byte one character; empty where there is none. */
    String read(String path) {
        try {
            return Files.readString(file(path), StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** «uid:gid:mode» of a path itself, as {@code 1001:8:600}; {@code none} where there is none. */
    String ownerAndMode(String path) {
        try {
            Path file = file(path);
            return "%s:%s:%o"
                    .formatted(
                            Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS),
                            Files.getAttribute(file, "unix:gid", LinkOption.NOFOLLOW_LINKS),
                            (int) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777);
        } catch (NoSuchFileException e) {
            return "none";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The mail log so far. */
    List<LogLine> mailLog() {
        return LogLine.parse(read(MAIL_LOG));
    }

    /** Process id, as the machine counts, of the running mail system; from the log line of its last start. */
    long daemonPid() {
        return mailLog().stream()
                .filter(line ->
                        line.program().equals("postfix/master") && line.text().startsWith("daemon started"))
                .reduce((first, second) -> second)
                .map(LogLine::pid)
                .orElseThrow(() -> new AssertionError("no «daemon started» in the log\n" + tail()));
    }

    /** A file of a process of the machine below /proc, as {@code status}; empty where the process is gone. */
    Optional<String> proc(long pid, String name) {
        try {
            return Optional.of(Files.readString(file("/proc/" + pid + "/" + name), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Polls until {@code condition} holds; past the deadline the test fails with the end of the mail log. */
    void awaitUntil(String what, BooleanSupplier condition, Duration deadline) {
        long end = System.nanoTime() + deadline.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("not within " + deadline + ": " + what + "\n" + tail());
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    /** {@link #awaitUntil(String, BooleanSupplier, Duration)} within 90 seconds: the machine may be busy. */
    void awaitUntil(String what, BooleanSupplier condition) {
        awaitUntil(what, condition, PATIENCE);
    }

    /** Waits until nothing is in the queue: a message leaves it a moment after its outcome is logged and it lies where it should. */
    void awaitEmptyQueue(Duration deadline) {
        awaitUntil("the queue is empty", () -> exec("root", "", "mailq").out().equals(EMPTY_QUEUE), deadline);
    }

    /** {@link #awaitEmptyQueue(Duration)} within 90 seconds. */
    void awaitEmptyQueue() {
        awaitEmptyQueue(PATIENCE);
    }

    /**
     * Waits until no message is in work ({@code *} in the list): it stays so for a moment after its outcome is in the log, and a flush
     * passes over it.
     */
    void awaitRest() {
        awaitUntil(
                "no message is in work",
                () -> !IN_WORK.matcher(exec("root", "", "mailq").out()).find());
    }

    /** The end of the mail log, for a failing test. */
    String tail() {
        List<String> lines = read(MAIL_LOG).lines().toList();
        return "--- end of the mail log (" + mta + ")\n"
                + String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
    }

    /** Ends the machine with all its processes and waits until it is gone. */
    @Override
    public void close() {
        try {
            namespaces.getOutputStream().close();
            if (!namespaces.waitFor(10, TimeUnit.SECONDS)) {
                namespaces.destroyForcibly();
                namespaces.waitFor(10, TimeUnit.SECONDS);
            }
        } catch (IOException e) {
            namespaces.destroyForcibly();
        } catch (InterruptedException e) {
            namespaces.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
