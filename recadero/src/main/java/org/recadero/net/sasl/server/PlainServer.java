package org.recadero.net.sasl.server;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** PLAIN (RFC 4616) and LOGIN over a {@link PasswordCheck}. Immutable. */
public final class PlainServer implements SaslServer {
    private final PasswordCheck passwords;

    public PlainServer(PasswordCheck passwords) {
        this.passwords = Objects.requireNonNull(passwords);
    }

    @Override
    public List<Mechanism> mechanisms() {
        return List.of(new Mechanism("PLAIN", true, false), new Mechanism("LOGIN", true, false));
    }

    @Override
    public Exchange begin(String mechanism, Situation situation) {
        return mechanism.equals("PLAIN") ? new Plain() : new Login();
    }

    private Turn check(String login, String password) {
        if (login.isEmpty() || !login.chars().allMatch(c -> c > ' ' && c != 0x7f)) {
            return new Turn.Failure("authentication failure", false);
        }
        return switch (passwords.check(login, password)) {
            case RIGHT -> new Turn.Success(login);
            case WRONG -> new Turn.Failure("authentication failure", false);
            case NOT_NOW -> new Turn.Failure("password check unavailable", true);
        };
    }

    /** {@code [authzid] NUL authcid NUL password}. */
    private final class Plain implements Exchange {
        private boolean asked;

        @Override
        public Turn respond(Optional<byte[]> response) {
            if (response.isEmpty()) {
                if (asked) {
                    return new Turn.Failure("no response", false);
                }
                asked = true;
                return new Turn.Challenge("");
            }
            String[] parts = new String(response.get(), StandardCharsets.UTF_8).split("\0", -1);
            if (parts.length != 3) {
                return new Turn.Failure("malformed response", false);
            }
            // nobody may act for another
            if (!parts[0].isEmpty() && !parts[0].equals(parts[1])) {
                return new Turn.Failure("not authorized", false);
            }
            return check(parts[1], parts[2]);
        }

        @Override
        public void close() {}
    }

    /** Two questions: login, password. An initial response is the login. */
    private final class Login implements Exchange {
        private Optional<String> login = Optional.empty();
        private boolean asked;

        @Override
        public Turn respond(Optional<byte[]> response) {
            if (response.isEmpty()) {
                if (asked) {
                    return new Turn.Failure("no response", false);
                }
                asked = true;
                return challenge("Username:");
            }
            String text = new String(response.get(), StandardCharsets.UTF_8);
            if (login.isEmpty()) {
                login = Optional.of(text);
                asked = true;
                return challenge("Password:");
            }
            return check(login.get(), text);
        }

        private static Turn challenge(String text) {
            return new Turn.Challenge(Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII)));
        }

        @Override
        public void close() {}
    }
}
