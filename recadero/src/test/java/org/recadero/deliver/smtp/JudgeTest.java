package org.recadero.deliver.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.recadero.deliver.smtp.Failure.Command;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

/** The policy as a table: failure, whether it is the last host, and what follows. */
class JudgeTest {
    private static final Peer PEER = new Peer("h", "10.0.0.2", 25);

    private static Failure failure(String name) {
        String[] words = name.split(" ", -1);
        return switch (words[0]) {
            case "lost" -> new Failure.Lost(PEER, "sending MAIL FROM");
            case "timeout" -> new Failure.TimedOut(PEER, "sending MAIL FROM");
            case "unconnected" -> new Failure.NotConnected(PEER, "Connection refused", false);
            case "confused" -> new Failure.Confused(PEER, "sending MAIL FROM");
            case "tls" -> new Failure.Tls(PEER, Failure.TlsTrouble.NOT_OFFERED, EnhancedStatusCode.of(4, 7, 4), "TLS");
            case "auth" ->
                new Failure.Auth(
                        PEER,
                        Failure.AuthTrouble.NOT_PASSED,
                        EnhancedStatusCode.of(Integer.parseInt(words[1]), 7, 8),
                        "AUTH");
            case "nohost" -> new Failure.NoHost(EnhancedStatusCode.of(Integer.parseInt(words[1]), 4, 4), "no host");
            case "unfit" -> new Failure.Unfit(PEER, EnhancedStatusCode.of(5, 3, 4), "too big");
            case "ours" -> new Failure.Ours(EnhancedStatusCode.SYSTEM_TROUBLE, "disk");
            default ->
                new Failure.Refused(
                        PEER,
                        Command.valueOf(words[0]),
                        new ServerReply(Integer.parseInt(words[1]), List.of(words[1] + " no")));
        };
    }

    @ParameterizedTest
    @CsvSource({
        "lost, next, deferred 4.4.2",
        "timeout, next, deferred 4.4.2",
        "unconnected, next, deferred 4.4.1",
        "confused, deferred 4.5.0, deferred 4.5.0",
        "tls, next, deferred 4.7.4",
        "auth 5, next, deferred 4.7.8",
        "auth 4, next, deferred 4.7.8",
        "nohost 4, next, deferred 4.4.4",
        "nohost 5, next, bounced 5.4.4",
        "unfit, bounced 5.3.4, bounced 5.3.4",
        "ours, deferred 4.3.0, deferred 4.3.0",
        "GREETING 421, next, deferred 4.0.0",
        "GREETING 554, next, deferred 4.0.0",
        "EHLO 450, next, deferred 4.0.0",
        "EHLO 550, bounced 5.0.0, bounced 5.0.0",
        "MAIL 451, next, deferred 4.0.0",
        "MAIL 550, bounced 5.0.0, bounced 5.0.0",
        "RCPT 421, next, deferred 4.0.0",
        "RCPT 550, bounced 5.0.0, bounced 5.0.0",
        "DATA 452, next, deferred 4.0.0",
        "DATA 554, bounced 5.0.0, bounced 5.0.0",
        "END_OF_DATA 451, next, deferred 4.0.0",
        "END_OF_DATA 552, bounced 5.0.0, bounced 5.0.0",
    })
    void decidesByTheTable(String failure, String otherwise, String last) {
        assertThat(verdict(failure, false)).isEqualTo(otherwise);
        assertThat(verdict(failure, true)).isEqualTo(last);
    }

    private static String verdict(String failure, boolean lastHost) {
        return switch (Judge.judge(
                failure(failure), lastHost, new Judge.Settings(true, true), Duration.ZERO, Duration.ZERO)) {
            case Judge.Verdict.NextHost next -> "next";
            case Judge.Verdict.Final(Outcome outcome) -> {
                String[] words = SmtpBench.text(outcome).split(" ", -1);
                yield words[0] + " " + words[1];
            }
        };
    }
}
