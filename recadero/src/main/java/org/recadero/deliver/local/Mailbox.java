package org.recadero.deliver.local;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import org.recadero.os.Identities;
import org.recadero.os.Identity;

/**
 * A mailbox: whose it is, where it is and with which ids it is written.
 *
 * @param userName as Postfix names him in its reports: the local part in lower case
 * @param identity the ids that write; uid 0 is root's own mailbox
 * @param uid the owner
 * @param folder absolute
 * @param name the mbox in that folder, or the Maildir's own name
 * @param inSpool it lies in {@code mail_spool_directory}, where others may write too
 * @param home what is looked for first
 */
record Mailbox(
        String userName,
        Identity identity,
        int uid,
        String folder,
        String name,
        Kind kind,
        boolean inSpool,
        HomeFiles home) {
    enum Kind {
        MBOX,
        MAILDIR
    }

    Mailbox {
        Objects.requireNonNull(userName);
        Objects.requireNonNull(identity);
        Objects.requireNonNull(folder);
        Objects.requireNonNull(name);
        Objects.requireNonNull(kind);
        Objects.requireNonNull(home);
    }

    /** Where an alias or a {@code .forward} names a file, a Maildir with a slash at its end; empty for what is none. */
    static Optional<Mailbox> ofFile(String path, Runner runner) {
        boolean maildir = path.endsWith("/");
        String bare = maildir ? path.replaceAll("/+$", "") : path;
        int slash = bare.lastIndexOf('/');
        String last = bare.substring(slash + 1);
        if (slash < 0 || last.isEmpty() || last.equals(".") || last.equals("..") || bare.indexOf('\0') >= 0) {
            return Optional.empty();
        }
        return Optional.of(new Mailbox(
                runner.login(),
                runner.identity(),
                runner.identity().uid(),
                slash == 0 ? "/" : bare.substring(0, slash),
                last,
                maildir ? Kind.MAILDIR : Kind.MBOX,
                false,
                HomeFiles.NONE));
    }

    /** The same, where the {@code .forward} was followed already. */
    Mailbox forwarded() {
        return new Mailbox(userName, identity, uid, folder, name, kind, inSpool, HomeFiles.NONE);
    }

    /** As reports name it. */
    String path() {
        return folder.endsWith("/") ? folder + name : folder + "/" + name;
    }

    /** Runs work with the owner's rights (SAFETY 2, CONTRACTS for root). */
    <T> T as(Identities identities, Identities.Work<T> work) throws IOException {
        return identity.uid() == 0
                ? identities.runAsRootForRootsMailbox(identity, work)
                : identities.runAs(identity, work);
    }
}
