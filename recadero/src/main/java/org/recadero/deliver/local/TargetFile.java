package org.recadero.deliver.local;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileStatus;
import org.recadero.os.FileSystem;
import org.recadero.os.Identities;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.table.AliasTargets;

/** What an {@code :include:} file or a {@code .forward} says. Postfix: local(8), aliases(5). */
final class TargetFile {
    private static final int MOST_BYTES = 4 << 20;
    private static final int MOST_TARGETS = 10_000;

    /** Files within files. */
    static final int DEEPEST = 20;

    /** An {@code :include:} file. */
    sealed interface Content {
        /** @param owner the file's */
        record Lines(int owner, String text) implements Content {}

        record Refused(Refusal why) implements Content {}
    }

    private TargetFile() {}

    /** Each line is a list of its own; a line that begins with {@code #} says nothing. */
    static List<AliasTargets.Target> targets(String text) {
        List<AliasTargets.Target> targets = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            targets.addAll(AliasTargets.parse(line));
            if (targets.size() > MOST_TARGETS) {
                throw new IllegalArgumentException("over " + MOST_TARGETS + " members");
            }
        }
        return List.copyOf(targets);
    }

    /** Reads an include file with somebody's rights (SAFETY 6). */
    static Content include(Identities identities, Runner reader, String path) {
        if (!path.startsWith("/")) {
            return refused(":include:" + path + " uses a relative path", path);
        }
        try {
            return identities.runAs(reader.identity(), files -> read(files, path));
        } catch (IOException e) {
            return refused("cannot open include file " + path + ": " + e.getMessage(), path);
        }
    }

    private static Content read(FileSystem files, String path) {
        int descriptor;
        try {
            descriptor = files.open(FileSystem.AT_FDCWD, path, FileSystem.O_RDONLY, 0);
        } catch (ErrnoException e) {
            return refused("cannot open include file " + path + ": " + SystemErrors.text(e), path);
        }
        try {
            FileStatus status = files.status(descriptor);
            if (!status.isRegular()) {
                return refused("include file " + path + " is not a regular file", path);
            }
            if ((status.permissions() & 2) != 0) {
                return refused("include file " + path + " is writable for everybody", path);
            }
            if (status.size() > MOST_BYTES) {
                return refused("include file " + path + " is over " + MOST_BYTES + " bytes long", path);
            }
            return new Content.Lines(status.uid(), ForwardFile.read(files, descriptor, (int) status.size()));
        } catch (ErrnoException e) {
            return refused("cannot read include file " + path + ": " + SystemErrors.text(e), path);
        } finally {
            ForwardFile.close(files, descriptor);
        }
    }

    /**
     * DIFFERS: Postfix returns the mail (5.3.5), and delivers to the alias's other members; but it is the list's keeper who made the
     * mistake, so mail waits until he mends it, for all members: what is sent out as new mail goes out once. Postfix reads a list of
     * an alias file of root's as root, here it is read with {@code default_privs}.
     */
    private static Content refused(String warning, String path) {
        return new Content.Refused(new Refusal(
                EnhancedStatusCode.of(4, 3, 5),
                "mail system configuration error (:include:" + path + ")",
                List.of(warning)));
    }
}
