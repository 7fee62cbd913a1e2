package org.recadero.os;

import java.io.IOException;
import java.nio.file.Path;

/** Makes system users and groups. */
public interface AccountTools {
    /**
     * A system group with a free number.
     *
     * @throws java.nio.file.NoSuchFileException where this machine has no program for it; its name is the program's
     * @throws IOException what the program said
     */
    void addGroup(String name) throws IOException;

    /**
     * A system user with a free number, who cannot log in.
     *
     * @param home is not made
     * @throws java.nio.file.NoSuchFileException where this machine has no program for it; its name is the program's
     * @throws IOException what the program said
     */
    void addUser(String name, String group, Path home) throws IOException;
}
