package org.recadero.net.sasl.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.recadero.os.PasswordHash;

/**
 * A file of {@code login:hash} lines, the hash as crypt(5) writes it; {@code #} begins a comment. Read anew for each check, so
 * that a change counts at once. Immutable.
 */
public final class PasswordFile implements PasswordCheck {
    /** Bound for the file, in bytes. */
    static final int MAX_BYTES = 1 << 20;

    /** A hash that nobody's password has: an unknown login takes as long as a known one. */
    private static final String NOBODY = "$6$recaderonobody$";

    /** Reads the file. */
    @FunctionalInterface
    public interface Source {
        byte[] read() throws IOException;
    }

    private final Source source;
    private final PasswordHash hashes;

    public PasswordFile(Source source, PasswordHash hashes) {
        this.source = Objects.requireNonNull(source);
        this.hashes = Objects.requireNonNull(hashes);
    }

    @Override
    public Answer check(String login, String password) {
        byte[] bytes;
        try {
            bytes = source.read();
        } catch (IOException e) {
            return Answer.NOT_NOW;
        }
        if (bytes.length > MAX_BYTES) {
            return Answer.NOT_NOW;
        }
        String hash = NOBODY;
        for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
            int colon = line.indexOf(':');
            if (!line.startsWith("#") && colon > 0 && line.substring(0, colon).equals(login)) {
                String rest = line.substring(colon + 1).strip();
                int next = rest.indexOf(':');
                hash = next < 0 ? rest : rest.substring(0, next);
                break;
            }
        }
        return hashes.matches(password, hash) ? Answer.RIGHT : Answer.WRONG;
    }
}
