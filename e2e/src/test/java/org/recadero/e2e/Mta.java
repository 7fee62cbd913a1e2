package org.recadero.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;

/** The mail system on a {@link Machine}, with what differs between the two in paths and words. */
enum Mta {
    RECADERO("bare", "Recadero"),
    REFERENCE("reference", "Postfix");

    /** Which programs hand a message over: the small C program, or the one that takes its place without a compiler. */
    enum Client {
        C,
        JAVA
    }

    private final String layer;
    private final String mailName;

    Mta(String layer, String mailName) {
        this.layer = layer;
        this.mailName = mailName;
    }

    /** The system that is tested: Recadero, or Postfix itself where the property {@code recadero.e2e.subject} says so. */
    static Mta subject() {
        return switch (System.getProperty("recadero.e2e.subject", "recadero")) {
            case "reference" -> REFERENCE;
            case "recadero", "" -> RECADERO;
            default -> throw new IllegalArgumentException("recadero.e2e.subject: neither recadero nor reference");
        };
    }

    String layer() {
        return layer;
    }

    String mailName() {
        return mailName;
    }

    /** The command line of sendmail with these arguments; skips the test where this system has no such client. */
    String[] sendmail(Client client, List<String> arguments) {
        List<String> command = new ArrayList<>();
        switch (client) {
            case C -> command.add(this == RECADERO ? Machine.DIST + "/bin/sendmail" : "/usr/sbin/sendmail");
            case JAVA -> {
                assumeTrue(this == RECADERO, "Postfix has one sendmail only");
                command.add(Machine.DIST + "/lib/java-client");
                command.add("sendmail");
            }
        }
        command.addAll(arguments);
        return command.toArray(String[]::new);
    }
}
