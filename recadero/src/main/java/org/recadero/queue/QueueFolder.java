package org.recadero.queue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** The folder that a queue lies in, and the folders in it; they are made by whoever opens the queue for writing. */
final class QueueFolder {
    /** Segments. */
    static final String LOG = "log";
    /** Content of large messages, a file each. */
    static final String LARGE = "large";
    /** What is damaged, or nobody's: for an administrator to look at. */
    static final String CORRUPT = "corrupt";

    private QueueFolder() {}

    /** Makes the folder itself where it is missing: the lock lies in it. */
    static void make(QueueSettings settings) throws IOException {
        if (makeFolder(settings.folder(), "rwxr-xr-x")) {
            forceParent(settings);
        }
    }

    /** Makes the folders in it where they are missing; for who has the queue's lock. */
    static void makeParts(Path folder, Disk disk) throws IOException {
        boolean made = false;
        for (String name : List.of(LOG, LARGE, CORRUPT)) {
            made |= makeFolder(folder.resolve(name), "rwx------");
        }
        if (made) {
            disk.forceFolder(".");
        }
    }

    /** Returns whether it was missing. */
    private static boolean makeFolder(Path folder, String mode) throws IOException {
        try {
            Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)));
            return true;
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
            return false;
        }
    }

    /** SAFETY 10: nothing is acknowledged in a folder that a power cut could take away as a whole. */
    private static void forceParent(QueueSettings settings) throws IOException {
        int parent =
                settings.files().openFolder(settings.folder().toAbsolutePath().getParent() + "/");
        try {
            settings.files().sync(parent);
        } finally {
            settings.files().close(parent);
        }
    }
}
