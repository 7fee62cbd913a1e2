package org.recadero.receive.submit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.recadero.receive.cleanup.MessageIntake;

/** Speaks SMTP with a user's program: {@code sendmail -bs}. */
@FunctionalInterface
public interface StandAlone {
    /**
     * Serves until the program says QUIT or its input ends.
     *
     * @param intake takes messages as the user's
     * @throws IOException where the connection is lost
     */
    void serve(MessageIntake intake, InputStream in, OutputStream out) throws IOException;

    /** Says goodbye at once. */
    static StandAlone none() {
        return (intake, in, out) -> {};
    }
}
