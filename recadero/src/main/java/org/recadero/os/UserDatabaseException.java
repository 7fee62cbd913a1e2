package org.recadero.os;

/** The user database could not be asked; try later. */
public final class UserDatabaseException extends Exception {
    private static final long serialVersionUID = 1L;

    public UserDatabaseException(String message) {
        super(message);
    }
}
