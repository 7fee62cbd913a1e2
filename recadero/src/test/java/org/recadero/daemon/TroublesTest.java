package org.recadero.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.recadero.bounce.Bounces;
import org.recadero.config.ConfigurationException;
import org.recadero.config.Configurations;
import org.recadero.config.Snapshot;
import org.recadero.envelope.QueueId;
import org.recadero.log.MailLog;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.receive.cleanup.Receipt;

class TroublesTest {
    private final List<String> sent = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private long now = Long.MAX_VALUE - 5; // System.nanoTime may overflow
    private boolean full;

    private Troubles troubles(String classes) throws ConfigurationException {
        Snapshot configuration = Configurations.of(
                Path.of("/etc/postfix"),
                Map.of("myhostname", "cliente.example.net", "myorigin", "example.net", "notify_classes", classes));
        MailLog mailLog = new MailLog((severity, tag, text) -> log.add(tag + ": " + text), "postfix");
        Bounces bounces = new Bounces(
                (NewMessage mail, InputStream content) -> {
                    if (full) {
                        throw new IOException("no space");
                    }
                    sent.add(mail.sender() + " -> "
                            + mail.recipients().getFirst().address() + "\n"
                            + new String(content.readAllBytes(), StandardCharsets.UTF_8));
                    return new Receipt.Queued(new QueueId("30CF52B60"), 1);
                },
                () -> configuration,
                mailLog,
                ZoneId.of("UTC"));
        return new Troubles(bounces, mailLog, () -> now);
    }

    @Test
    void thePostmasterIsToldOfATroubleOnceAnHour() throws Exception {
        Troubles troubles = troubles("resource, software");

        troubles.look(List.of("only 3 MB are free"));
        now += Troubles.AGAIN_AFTER.toNanos() - 1;
        troubles.look(List.of("only 3 MB are free"));
        assertThat(sent).hasSize(1);
        assertThat(sent.getFirst())
                .startsWith("double-bounce@cliente.example.net -> postmaster")
                .contains("\nSubject: Recadero: trouble with the mail queue\n", " only 3 MB are free\n");

        now += 1;
        troubles.look(List.of("only 3 MB are free"));
        assertThat(sent).hasSize(2);
        assertThat(log.stream().filter(line -> line.contains("only 3 MB are free")))
                .hasSize(2);
    }

    @Test
    void whatIsNotInNotifyClassesIsOnlyLogged() throws Exception {
        Troubles troubles = troubles("software");

        troubles.look(List.of("only 3 MB are free"));
        assertThat(sent).isEmpty();
        assertThat(log).containsExactly("postfix/qmgr: warning: only 3 MB are free");

        troubles.software("the thread x ended");
        assertThat(sent).hasSize(1);
        assertThat(sent.getFirst()).contains("\nSubject: Recadero: software error\n", " the thread x ended\n");
    }

    @Test
    void aTroubleThatCannotBeToldIsLogged() throws Exception {
        full = true;
        troubles("software").software("the thread x ended");
        assertThat(log).hasSize(1);
        assertThat(log.getFirst()).contains("the postmaster cannot be told of a trouble", "no space");
    }
}
