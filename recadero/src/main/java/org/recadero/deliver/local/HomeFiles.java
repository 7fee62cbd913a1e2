package org.recadero.deliver.local;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What is looked for with a user's rights before his mail goes anywhere.
 *
 * @param required his home, where {@code require_home_directory} is set: without it his mail waits
 * @param forwards absolute paths of {@code forward_path}, the first that is there counts
 */
record HomeFiles(Optional<String> required, List<String> forwards) {
    static final HomeFiles NONE = new HomeFiles(Optional.empty(), List.of());

    HomeFiles {
        Objects.requireNonNull(required);
        forwards = List.copyOf(forwards);
    }
}
