package org.recadero.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The Debian packages of throw-away machines: each set is installed once into an overlay of this machine and kept as a tar
 * file, named by a hash of the set, of this machine's packages and of the script. About half a minute each; a lock lets
 * several test runs share the folder.
 */
final class Layers {
    private static final List<String> BARE = List.of(
            "busybox",
            "busybox-syslogd",
            "ca-certificates",
            "iproute2",
            "procps",
            "util-linux",
            "strace",
            "libcap2-bin");
    /** What a layer has besides. {@code servers} and {@code exim} are for {@link Providers}, {@code capture} for {@link FaultsTest}. */
    private static final Map<String, List<String>> MORE = Map.of(
            "bare", List.of(),
            "reference", List.of("postfix", "postfix-pcre"),
            "servers",
                    List.of(
                            "postfix",
                            "libsasl2-modules",
                            "dovecot-core",
                            "dovecot-imapd",
                            "dovecot-pop3d",
                            "dovecot-submissiond",
                            "unbound"),
            "exim", List.of("exim4-daemon-heavy"),
            // the product's machine, with what reads along
            "capture", List.of("tcpdump"),
            // the product's machine, with what sends through its sendmail (SendersTest)
            "senders", List.of("mutt", "git-email", "libmailtools-perl", "cron"));
    /** What fetches, filters, reads and sends mail beside an MTA. */
    private static final List<String> MAIL_PROGRAMS = List.of(
            "dovecot-imapd",
            "dovecot-pop3d",
            "dovecot-lmtpd",
            "fetchmail",
            "getmail6",
            "procmail",
            "mutt",
            "swaks",
            "libio-socket-ssl-perl",
            "msmtp",
            "openssl",
            "python3");

    private static final long SHORT_OF_SPACE = 500L << 20;
    private static final int BUILD_MINUTES = 10;

    private Layers() {}

    /** The folder of tar files, scripts and the mount point that each machine uses in its own mount namespace. */
    static Path cache() {
        try {
            String named = System.getProperty("recadero.e2e.cache", "");
            Path run = Path.of("/run");
            Path cache = !named.isEmpty()
                    ? Path.of(named)
                    : Files.getFileStore(run).getUsableSpace() >= SHORT_OF_SPACE
                            ? run.resolve("recadero-e2e")
                            : Path.of("/var/cache/recadero-e2e");
            Files.createDirectories(cache);
            Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwx------"));
            Files.createDirectories(cache.resolve("mnt"));
            return cache;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The tar file of a layer, built if it is not there.
     *
     * @param mailPrograms with the programs that work beside an MTA: a machine of its own, as it takes longer to start
     */
    static synchronized Path tar(String layer, boolean mailPrograms) {
        List<String> packages = new ArrayList<>(BARE);
        packages.addAll(Objects.requireNonNull(MORE.get(layer), layer));
        if (mailPrograms) {
            packages.addAll(MAIL_PROGRAMS);
        }
        Path cache = cache();
        Path script = script(cache, "layer.sh");
        Path tar = cache.resolve(layer + (mailPrograms ? "-programs-" : "-") + hash(packages, script) + ".tar");
        if (Files.exists(tar)) {
            return tar;
        }
        try (FileChannel lock =
                        FileChannel.open(cache.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var held = lock.lock()) {
            if (!Files.exists(tar) && held.isValid()) {
                build(cache, script, tar, packages);
            }
            return tar;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void build(Path cache, Path script, Path tar, List<String> packages) throws IOException {
        Path log = cache.resolve(tar.getFileName() + ".log");
        List<String> command = new ArrayList<>(
                List.of("unshare", "-m", "-u", "-i", "-p", "--fork", "--kill-child=KILL", "--propagation", "private"));
        command.addAll(List.of("bash", script.toString(), cache.toString(), tar.toString()));
        command.addAll(packages);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        process.getOutputStream().close();
        try {
            if (!process.waitFor(BUILD_MINUTES, TimeUnit.MINUTES)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        if (!Files.exists(tar)) {
            List<String> lines = Files.readAllLines(log);
            Needs.unmet("Debian packages " + packages + " could not be installed, see " + log + ":\n"
                    + String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size())));
        }
    }

    private static String hash(List<String> packages, Path script) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(packages.toString().getBytes(StandardCharsets.UTF_8));
            digest.update(Files.readAllBytes(script));
            digest.update(Files.readAllBytes(Path.of("/var/lib/dpkg/status")));
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /** A script of these tests as a file in the cache, replaced where it changed. */
    static Path script(Path cache, String name) {
        try (InputStream in = Layers.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new AssertionError("no resource " + name);
            }
            byte[] text = in.readAllBytes();
            Path file = cache.resolve(name);
            if (!Files.exists(file) || !Arrays.equals(text, Files.readAllBytes(file))) {
                Path fresh = Files.createTempFile(cache, name, ".new");
                Files.write(fresh, text);
                Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
