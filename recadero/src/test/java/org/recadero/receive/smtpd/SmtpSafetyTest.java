package org.recadero.receive.smtpd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.config.ConfigurationException;
import org.recadero.envelope.SubmissionId;
import org.recadero.queue.QueueFullException;
import org.recadero.receive.cleanup.MessageIntake;
import org.recadero.receive.cleanup.Receipt;
import org.recadero.status.EnhancedStatusCode;

/** What must never happen. */
class SmtpSafetyTest {
    @TempDir
    Path folder;

    static List<String> talk(SmtpFixture fixture, MessageIntake intake, byte[] said)
            throws ConfigurationException, InterruptedException {
        MemoryConnection connection = new MemoryConnection();
        Peer peer = SmtpServer.PeerNames.peer(InetAddress.ofLiteral("192.0.2.9"), 4711, new FakeNames(), true);
        Access access = new Access(
                fixture.serviceSettings(),
                new FakeNames(),
                new ClientLimits(InstantSource.fixed(Instant.EPOCH)),
                peer,
                new Access.Door("smtp", InetAddress.getLoopbackAddress()));
        SmtpSession.Services services = new SmtpSession.Services(
                intake,
                fixture.mailLog,
                Optional.empty(),
                () -> new SubmissionId(9, said.length),
                duration -> {},
                fixture);
        connection.send(said);
        connection.leave();
        Thread session = Thread.ofVirtual().start(() -> {
            try (connection) {
                new SmtpSession(connection, SessionState.of(peer), access, access, services).run();
            }
        });
        assertThat(session.join(Duration.ofSeconds(30))).isTrue();
        List<String> replies = new ArrayList<>();
        for (Optional<String> line = connection.line(); line.isPresent(); line = connection.line()) {
            replies.add(line.get());
        }
        return replies;
    }

    private static final String MESSAGE = """
            EHLO c.example
            MAIL FROM:<a@example.org>
            RCPT TO:<usuario@localhost>
            DATA
            Subject: x

            text
            .
            QUIT
            """.replace("\n", "\r\n");

    /** Nothing lost: 250 is said only of what is on disk (SAFETY 12: 452 where the queue is full). */
    @Test
    void saysOkOnlyWhenTheQueueHasIt() throws ConfigurationException, InterruptedException {
        try (SmtpFixture fixture = new SmtpFixture(folder, Map.of())) {
            MessageIntake full = (message, content) -> new Receipt.Refused(
                    EnhancedStatusCode.of(4, 3, 1), new QueueFullException("insufficient system storage").getMessage());
            assertThat(talk(fixture, full, MESSAGE.getBytes(StandardCharsets.US_ASCII)))
                    .contains("452 4.3.1 Error: insufficient system storage", "221 2.0.0 Bye");
            MessageIntake broken = (message, content) -> {
                throw new IllegalStateException("a bug");
            };
            assertThat(talk(fixture, broken, MESSAGE.getBytes(StandardCharsets.US_ASCII)))
                    .contains("451 4.3.0 Error: internal software error", "221 2.0.0 Bye")
                    .noneMatch(line -> line.contains("queued as"));
        }
    }

    /** CONTRACTS, Names and words: a restriction that is not supported is fatal where its service is opened. */
    @Test
    void doesNotOpenWhereARestrictionCannotBeHonoured() {
        for (String restrictions : List.of(
                "check_policy_service unix:private/policy, reject_unauth_destination",
                "reject_rbl_client rbl.example, reject_unauth_destination",
                "permit_mynetworks")) {
            try (SmtpFixture fixture = new SmtpFixture(
                    folder.resolve(Integer.toHexString(restrictions.hashCode())),
                    Map.of("smtpd_relay_restrictions", restrictions))) {
                assertThatThrownBy(fixture::serviceSettings)
                        .as(restrictions)
                        .isInstanceOf(ConfigurationException.class);
            }
        }
    }
}
