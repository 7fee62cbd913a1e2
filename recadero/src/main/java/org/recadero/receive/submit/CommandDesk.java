package org.recadero.receive.submit;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.OptionalInt;

/**
 * Answers commands that came by the public socket ({@code mailq}, {@code sendmail -q}) inside the daemon, as far as
 * {@code authorized_mailq_users} and {@code authorized_flush_users} allow the caller.
 */
@FunctionalInterface
public interface CommandDesk {
    /**
     * @param command {@code postqueue -p}, {@code postqueue -i ID}…: what the client would run
     * @param uid by the kernel's word; no uid has more rights here than any other, not even 0 (SAFETY 20)
     * @return the exit status; empty: nothing was written, the client is to run the command itself with its own rights
     */
    OptionalInt run(List<String> command, int uid, OutputStream out, OutputStream err) throws IOException;

    /** Lets the client run everything itself. */
    static CommandDesk none() {
        return (command, uid, out, err) -> OptionalInt.empty();
    }
}
