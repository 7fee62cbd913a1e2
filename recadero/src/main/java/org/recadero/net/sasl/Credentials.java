package org.recadero.net.sasl;

import java.util.Objects;

/**
 * What an account needs to log in.
 *
 * @param login the authentication identity (RFC 4422 §2)
 * @param kind what the secret is
 */
public record Credentials(String login, Secret secret, Kind kind) {
    /** What a secret is, and so which mechanisms may have it. */
    public enum Kind {
        PASSWORD,
        /** An OAuth access token (RFC 6750). */
        TOKEN
    }

    public Credentials {
        Objects.requireNonNull(login);
        Objects.requireNonNull(secret);
        Objects.requireNonNull(kind);
    }

    public static Credentials ofPassword(String login, String password) {
        return new Credentials(login, Secret.of(password), Kind.PASSWORD);
    }
}
