package org.recadero.e2e;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How a {@link ScriptedServer} behaves: a good submission server (RFC 6409) but for what is said here. A value.
 *
 * @param faults what happens at which step, in the place of the good answer
 * @param offers what it lists to EHLO in the clear; STARTTLS needs a certificate too
 * @param offersInTls what it lists to EHLO within TLS
 * @param certificate a name of lab/pki.sh
 * @param slow whether it pauses before each reply and sends it in two pieces
 * @param wrapped whether it wants TLS from the first byte (RFC 8314)
 * @param messages how many it takes on one connection
 */
record Script(
        Map<Step, Fault> faults,
        List<String> offers,
        List<String> offersInTls,
        String certificate,
        boolean slow,
        boolean wrapped,
        int messages) {
    /** Where in the dialogue. */
    enum Step {
        GREETING,
        EHLO,
        HELO,
        STARTTLS,
        HANDSHAKE,
        EHLO_IN_TLS,
        AUTH,
        MAIL,
        RCPT,
        DATA,
        BDAT,
        /** The end of data. */
        DOT
    }

    /** What a server does instead of what it should. */
    sealed interface Fault {
        /** These lines, whatever they are: one reply, several, or none. */
        record Says(String text) implements Fault {}

        /** Ends the connection. */
        record Closes() implements Fault {}

        /** Ends the connection with a TCP RST. */
        record Resets() implements Fault {}

        /** Says nothing any more. */
        record Hangs() implements Fault {}
    }

    static final Script GOOD = new Script(
            Map.of(),
            List.of("PIPELINING", "STARTTLS", "8BITMIME"),
            List.of("PIPELINING", "AUTH PLAIN LOGIN", "8BITMIME"),
            "wildcard",
            false,
            false,
            Integer.MAX_VALUE);

    Script {
        faults = Map.copyOf(faults);
        offers = List.copyOf(offers);
        offersInTls = List.copyOf(offersInTls);
        Objects.requireNonNull(certificate);
    }

    static Fault says(String text) {
        return new Fault.Says(text);
    }

    static Fault closes() {
        return new Fault.Closes();
    }

    static Fault resets() {
        return new Fault.Resets();
    }

    static Fault hangs() {
        return new Fault.Hangs();
    }

    Script at(Step step, Fault fault) {
        Map<Step, Fault> more = new EnumMap<>(Step.class);
        more.putAll(faults);
        more.put(step, fault);
        return new Script(more, offers, offersInTls, certificate, slow, wrapped, messages);
    }

    /** Lists these and no others in the clear. */
    Script offering(String... keywords) {
        return new Script(faults, Arrays.asList(keywords), offersInTls, certificate, slow, wrapped, messages);
    }

    /** Lists these and no others within TLS. */
    Script offeringInTls(String... keywords) {
        return new Script(faults, offers, Arrays.asList(keywords), certificate, slow, wrapped, messages);
    }

    Script with(String otherCertificate) {
        return new Script(faults, offers, offersInTls, otherCertificate, slow, wrapped, messages);
    }

    Script slowly() {
        return new Script(faults, offers, offersInTls, certificate, true, wrapped, messages);
    }

    Script wantingTlsAtOnce() {
        return new Script(faults, offers, offersInTls, certificate, slow, true, messages);
    }

    /** Says 421 after so many messages on one connection. */
    Script atMost(int most) {
        return new Script(faults, offers, offersInTls, certificate, slow, wrapped, most);
    }
}
