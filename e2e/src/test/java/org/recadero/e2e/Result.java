package org.recadero.e2e;

/**
 * What a command in a {@link Machine} did.
 *
 * @param status exit status; 128 + signal where a signal ended it
 * @param out standard output, as UTF-8
 * @param err standard error, as UTF-8
 */
record Result(int status, String out, String err) {
    /** This result, if the command succeeded; else fails the test with what it printed. */
    Result succeeded() {
        if (status != 0) {
            throw new AssertionError("exit status " + status + "\nstdout: " + out + "\nstderr: " + err);
        }
        return this;
    }

    /** Standard output without the line ends at its end. */
    String line() {
        return out.stripTrailing();
    }
}
