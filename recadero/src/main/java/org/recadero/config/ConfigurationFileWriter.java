package org.recadero.config;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;

/**
 * Replaces a configuration file whole: a temporary file in the same folder with the same owner and mode, forced, renamed, the
 * folder forced. Of several who edit at a time each sees what the one before wrote. A symbolic link stays: what it names is
 * replaced.
 *
 * <p>DIFFERS: Postfix's postconf makes root:root 0644 of whatever the file was, and replaces a link.
 */
public final class ConfigurationFileWriter {
    /** What is done with the text. */
    @FunctionalInterface
    public interface Edit {
        /** The new text, bytes one to a char. */
        String apply(String text) throws ConfigurationException;
    }

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final FileSystem files;
    private final RandomGenerator random;

    public ConfigurationFileWriter(FileSystem files, RandomGenerator random) {
        this.files = Objects.requireNonNull(files);
        this.random = Objects.requireNonNull(random);
    }

    /**
     * Edits a file.
     *
     * @throws ConfigurationException where it cannot be read or replaced, or the edit refuses; the file is as it was
     */
    public void edit(Path file, Edit edit) throws ConfigurationException {
        Path real;
        try {
            real = file.toRealPath();
        } catch (IOException e) {
            throw new ConfigurationException("open " + file + " for reading: " + ConfigurationFile.reason(e));
        }
        Path folder = Objects.requireNonNull(real.getParent());
        Path name = Objects.requireNonNull(real.getFileName());
        int descriptor = -1;
        try {
            descriptor = files.openFolder(folder.toString());
            lock(descriptor, file);
            String text = edit.apply(ConfigurationFile.read(real));
            FileStatus old = files.statusAt(descriptor, name.toString());
            if (!old.isRegular()) {
                throw new ConfigurationException("open " + file + ": not a regular file");
            }
            write(descriptor, file, name.toString(), text, new Rights(old.uid(), old.gid(), old.permissions()));
        } catch (ErrnoException e) {
            throw new ConfigurationException("open " + file + ".tmp: " + e.text());
        } finally {
            closeQuietly(descriptor);
        }
    }

    /**
     * Takes the folder's lock, which is held until its descriptor is closed: of several who edit each sees what the one before wrote.
     *
     * @throws ConfigurationException where somebody has it for long
     */
    public void lock(int folder, Path file) throws ErrnoException, ConfigurationException {
        long attempts = LONGEST_WAIT.dividedBy(PAUSE);
        for (long i = 0; i < attempts; i++) {
            if (files.tryFlock(folder)) {
                return;
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ConfigurationException("lock " + file + ": interrupted");
            }
        }
        throw new ConfigurationException("lock " + file + ": another program is editing it");
    }

    private void write(int folder, Path file, String name, String text, Rights rights) throws ConfigurationException {
        try {
            replace(folder, name, text.getBytes(StandardCharsets.ISO_8859_1), rights);
        } catch (ErrnoException e) {
            throw new ConfigurationException("write " + file + ": " + e.text());
        }
    }

    /** Whose the new file is, and who may do what with it. */
    public record Rights(int uid, int gid, int permissions) {}

    /** Makes a file whole, or leaves what is there as it was. */
    public void replace(int folder, String name, byte[] content, Rights rights) throws ErrnoException {
        String temporary = name + "." + String.format(Locale.ROOT, "%016x", random.nextLong()) + ".tmp";
        int descriptor =
                files.open(folder, temporary, FileSystem.O_WRONLY | FileSystem.O_CREAT | FileSystem.O_EXCL, 0600);
        boolean done = false;
        try {
            files.write(descriptor, MemorySegment.ofArray(content), 0);
            FileStatus ours = files.status(descriptor);
            if (ours.uid() != rights.uid || ours.gid() != rights.gid) {
                files.changeOwner(descriptor, rights.uid, rights.gid);
            }
            // behind the owner: a change of owner clears set-id bits
            files.changeMode(descriptor, rights.permissions);
            files.sync(descriptor);
            files.rename(folder, temporary, folder, name);
            done = true;
            files.sync(folder);
        } finally {
            closeQuietly(descriptor);
            if (!done) {
                removeQuietly(folder, temporary);
            }
        }
    }

    private void closeQuietly(int descriptor) {
        if (descriptor >= 0) {
            try {
                files.close(descriptor);
            } catch (ErrnoException e) {
                // nothing was written through it that was not forced before
                return;
            }
        }
    }

    private void removeQuietly(int folder, String temporary) {
        try {
            files.unlink(folder, temporary);
        } catch (ErrnoException e) {
            // the error that brought us here is the one to tell; a *.tmp file stays
            return;
        }
    }
}
