package org.recadero.net.sasl.server;

/** Whether somebody has a password. */
@FunctionalInterface
public interface PasswordCheck {
    /** What came of it. */
    enum Answer {
        RIGHT,
        WRONG,
        /** It could not be checked. */
        NOT_NOW
    }

    Answer check(String login, String password);
}
