package org.recadero.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@link AccountTools} by groupadd(8) and useradd(8), for {@code recadero init}, which root calls from his shell: never from
 * the daemon (SAFETY 1). Stateless.
 */
public final class ShadowTools implements AccountTools {
    private static final List<String> FOLDERS = List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin");
    private static final String NO_SHELL = "/usr/sbin/nologin";
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int MOST_OUTPUT_BYTES = 4_096;

    @Override
    public void addGroup(String name) throws IOException {
        run("groupadd", List.of("-r", "--", name));
    }

    @Override
    public void addUser(String name, String group, Path home) throws IOException {
        run("useradd", List.of("-r", "-M", "-g", group, "-d", home.toString(), "-s", NO_SHELL, "--", name));
    }

    private static void run(String program, List<String> arguments) throws IOException {
        Path found = FOLDERS.stream()
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new NoSuchFileException(program));
        List<String> command = new ArrayList<>(List.of(found.toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().clear();
        builder.environment().put("PATH", String.join(":", FOLDERS));
        Process process = builder.start();
        try {
            // its output is short: it cannot wait for us to read it
            if (!process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException(program + " did not end within " + DEADLINE.toSeconds() + " s");
            }
            if (process.exitValue() != 0) {
                byte[] said = process.getInputStream().readNBytes(MOST_OUTPUT_BYTES);
                throw new IOException(new String(said, StandardCharsets.UTF_8).strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(program + ": interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }
}
