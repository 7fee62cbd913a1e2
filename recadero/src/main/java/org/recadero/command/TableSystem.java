package org.recadero.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;
import org.recadero.os.FileSystem;
import org.recadero.os.Identities;
import org.recadero.os.LibcUserDatabase;
import org.recadero.os.LinuxFileSystem;
import org.recadero.os.LinuxIdentities;
import org.recadero.os.UserDatabase;

/**
 * What the table commands need of the machine.
 *
 * @param files raw calls with this process's ids
 * @param identities for sources that are not root's
 * @param random for temporary names
 */
record TableSystem(
        UserDatabase users, FileSystem files, Identities identities, InstantSource time, RandomGenerator random) {
    TableSystem {
        Objects.requireNonNull(users);
        Objects.requireNonNull(files);
        Objects.requireNonNull(identities);
        Objects.requireNonNull(time);
        Objects.requireNonNull(random);
    }

    /** How long one write with an owner's ids may take. */
    private static final Duration DEADLINE = Duration.ofMinutes(10);

    /** Runs a command with the real machine. */
    static int with(ToIntFunction<TableSystem> command) {
        LinuxFileSystem files = new LinuxFileSystem();
        try (LinuxIdentities identities = new LinuxIdentities(files, DEADLINE)) {
            return command.applyAsInt(new TableSystem(
                    new LibcUserDatabase(), files, identities, InstantSource.system(), new SecureRandom()));
        }
    }

    /** A file as this process may read it, of limited length. */
    static byte[] readFile(String path, int limitBytes) throws IOException {
        try (InputStream in = Files.newInputStream(Path.of(path))) {
            byte[] bytes = in.readNBytes(limitBytes);
            if (in.read() >= 0) {
                throw new IOException("over " + limitBytes + " bytes");
            }
            return bytes;
        }
    }
}
