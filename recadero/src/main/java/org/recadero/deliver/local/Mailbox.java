package org.recadero.deliver.local;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
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
 * @param forwardFiles absolute paths, the first that is there counts
 */
record Mailbox(
        String userName,
        Identity identity,
        int uid,
        String folder,
        String name,
        Kind kind,
        boolean inSpool,
        List<String> forwardFiles) {
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
        forwardFiles = List.copyOf(forwardFiles);
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
