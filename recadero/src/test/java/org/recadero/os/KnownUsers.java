package org.recadero.os;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The users and groups that a test knows. What it puts into the maps later counts too. */
public class KnownUsers implements UserDatabase {
    private final Map<String, User> users;
    private final Map<String, Integer> groups;

    public KnownUsers(Map<String, User> users, Map<String, Integer> groups) {
        this.users = users;
        this.groups = groups;
    }

    public static KnownUsers of(User... users) {
        Map<String, User> byName = new LinkedHashMap<>();
        for (User user : users) {
            byName.put(user.name(), user);
        }
        return new KnownUsers(byName, Map.of());
    }

    /** With a group of the same number, and a home of that name. */
    public static User user(String name, int uid) {
        return user(name, uid, "");
    }

    public static User user(String name, int uid, String fullName) {
        return new User(name, uid, uid, fullName, uid == 0 ? "/root" : "/home/" + name, "/bin/sh");
    }

    @Override
    public Optional<User> byName(String name) throws UserDatabaseException {
        return Optional.ofNullable(users.get(name));
    }

    @Override
    public Optional<User> byUid(int uid) {
        return users.values().stream().filter(u -> u.uid() == uid).findFirst();
    }

    @Override
    public Optional<Integer> groupByName(String name) {
        return Optional.ofNullable(groups.get(name));
    }

    @Override
    public Identity identity(User user) {
        return new Identity(user.uid(), user.gid(), List.of());
    }
}
