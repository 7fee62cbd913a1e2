package org.recadero.os;

import java.util.Optional;

/**
 * The system's users and groups (getpwnam_r(3), getgrnam_r(3), getgrouplist(3)).
 *
 * <p>«No such user» is an empty answer; that the database could not be asked is a {@link UserDatabaseException}, and mail
 * waits.
 */
public interface UserDatabase {
    /**
     * @param fullName the GECOS field up to its first comma, {@code &} replaced by the capitalised name; may be empty
     * @param home may be empty
     */
    record User(String name, int uid, int gid, String fullName, String home, String shell) {}

    Optional<User> byName(String name) throws UserDatabaseException;

    Optional<User> byUid(int uid) throws UserDatabaseException;

    /** The group's number. */
    Optional<Integer> groupByName(String name) throws UserDatabaseException;

    /** The user with all his groups. */
    Identity identity(User user) throws UserDatabaseException;
}
