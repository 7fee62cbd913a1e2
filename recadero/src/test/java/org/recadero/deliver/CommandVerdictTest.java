package org.recadero.deliver;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.recadero.os.Commands.End;
import org.recadero.status.DeliveryStatus;
import org.recadero.status.Outcome;

/** Answers as Postfix 3.7.11 gives them. */
class CommandVerdictTest {
    private static String judge(End end) {
        Outcome outcome =
                CommandVerdict.of(end, "local", "local: fatal", "delivered to command: x", "x", Duration.ZERO);
        return switch (outcome) {
            case Outcome.Sent(DeliveryStatus s) -> "sent " + text(s);
            case Outcome.Deferred(DeliveryStatus s) -> "deferred " + text(s);
            case Outcome.Waiting(DeliveryStatus s) -> "waiting " + s.code() + " " + s.text();
            case Outcome.Bounced(DeliveryStatus s) -> "bounced " + text(s);
            case Outcome.HandedTo h -> h.toString();
            case Outcome.Expanded e -> e.toString();
            case Outcome.Several s -> s.toString();
        };
    }

    private static String text(DeliveryStatus status) {
        return status.code() + " (" + status.text() + ")"
                + status.diagnostic().map(d -> " " + d.type() + "; " + d.text()).orElse("");
    }

    private static String exit(int status) {
        return judge(new End.Exited(status, ""));
    }

    @Test
    void knowsTheStatusesOfSysexits() {
        assertThat(exit(0)).isEqualTo("sent 2.0.0 (delivered to command: x)");
        assertThat(exit(64)).startsWith("bounced 5.3.0 (command line usage error)");
        assertThat(exit(65)).startsWith("bounced 5.6.0 (data format error)");
        assertThat(exit(66)).startsWith("bounced 5.3.0 (cannot open input)");
        assertThat(exit(67)).startsWith("bounced 5.1.1 (user unknown)");
        assertThat(exit(68)).startsWith("bounced 5.1.2 (host name unknown)");
        assertThat(exit(69)).startsWith("bounced 5.3.0 (service unavailable)");
        assertThat(exit(70)).startsWith("bounced 5.3.0 (internal software error)");
        assertThat(exit(71)).startsWith("deferred 4.3.0 (system resource problem)");
        assertThat(exit(72)).startsWith("bounced 5.3.0 (critical OS file missing)");
        assertThat(exit(73)).startsWith("bounced 5.2.0 (can't create user output file)");
        assertThat(exit(74)).startsWith("bounced 5.3.0 (input/output error)");
        assertThat(exit(75)).startsWith("deferred 4.3.0 (temporary failure)");
        assertThat(exit(76)).startsWith("bounced 5.5.0 (remote error in protocol)");
        assertThat(exit(77)).isEqualTo("bounced 5.7.0 (permission denied) x-unix; permission denied");
        assertThat(exit(78)).startsWith("bounced 5.3.5 (local configuration error)");
    }

    @Test
    void namesOtherStatusesAndSignals() {
        for (int status : new int[] {1, 2, 63, 79, 100, 126, 127, 200, 255}) {
            assertThat(exit(status)).startsWith("bounced 5.3.0 (Command died with status " + status + ": \"x\")");
        }
        assertThat(judge(new End.Killed(9, ""))).startsWith("deferred 4.3.0 (Command died with signal 9: \"x\")");
        assertThat(judge(new End.TimedOut("hi\n")))
                .isEqualTo("bounced 5.3.0 (Command time limit exceeded: \"x\". Command output: hi) x-unix; hi");
        assertThat(judge(new End.NotRun("execvp /y: No such file or directory")))
                .startsWith(
                        "deferred 4.3.0 (temporary failure. Command output: local: fatal: execvp /y: No such file or"
                                + " directory)");
        assertThat(judge(new End.Failed("no guard"))).isEqualTo("deferred 4.3.0 (no guard)");
    }

    @Test
    void quotesWhatTheCommandSaid() {
        assertThat(judge(new End.Exited(77, "no me gusta\n")))
                .isEqualTo("bounced 5.7.0 (permission denied. Command output: no me gusta) x-unix; no me gusta");
        assertThat(judge(new End.Exited(1, "one\ntwo\n")))
                .contains("(Command died with status 1: \"x\". Command output: one two)");
        assertThat(judge(new End.Exited(77, "a\033b\001\n\n\nx"))).contains("Command output: a_b_   x)");
        assertThat(judge(new End.Exited(77, "se\u00c3\u00b1or"))).contains("Command output: se\u00f1or)");
    }

    @Test
    void takesTheCodeThatTheCommandPrintedFirst() {
        assertThat(judge(new End.Exited(77, "5.7.9 custom text\n")))
                .isEqualTo("bounced 5.7.9 (custom text) x-unix; custom text");
        assertThat(judge(new End.Exited(1, "4.7.9 custom text\n"))).startsWith("deferred 4.7.9 (custom text)");
        assertThat(judge(new End.Exited(75, "5.1.9 custom text\n"))).startsWith("bounced 5.1.9 (custom text)");
        // DIFFERS: Postfix shows nothing then
        assertThat(judge(new End.Exited(67, "5.1.2 "))).startsWith("bounced 5.1.2 (user unknown)");
        assertThat(judge(new End.Exited(67, " 5.1.3 x")))
                .startsWith("bounced 5.1.1 (user unknown. Command output:  5.1.3 x)");
        // DIFFERS: Postfix ignores the class and shows the rest alone
        assertThat(judge(new End.Exited(67, "2.0.0 fine")))
                .startsWith("bounced 5.1.1 (user unknown. Command output: 2.0.0");
        assertThat(judge(new End.Exited(0, "5.7.9 two"))).startsWith("sent 2.0.0");
    }
}
