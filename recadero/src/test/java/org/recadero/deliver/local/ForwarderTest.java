package org.recadero.deliver.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.recadero.deliver.Delivery;
import org.recadero.envelope.Address;
import org.recadero.envelope.EnvelopeRecipient;
import org.recadero.envelope.Notify;
import org.recadero.envelope.QueueId;
import org.recadero.receive.cleanup.NewMessage;
import org.recadero.receive.cleanup.Receipt;
import org.recadero.status.EnhancedStatusCode;
import org.recadero.status.Outcome;

class ForwarderTest {
    @TempDir
    Path folder;

    private final List<NewMessage> sent = new ArrayList<>();
    private final List<String> contents = new ArrayList<>();
    private Receipt answer = new Receipt.Queued(new QueueId("61F592B24"), 1);
    private LocalFixture machine;
    private Forwarder forwarder;

    @BeforeEach
    void setUp() {
        machine = new LocalFixture(folder);
        forwarder = new Forwarder(machine::configuration, (mail, content) -> {
            sent.add(mail);
            contents.add(new String(content.readAllBytes(), StandardCharsets.ISO_8859_1));
            return answer;
        });
    }

    private String forward() throws IOException {
        Delivery parent = machine.to("lista@localhost");
        EnvelopeRecipient child = new EnvelopeRecipient(
                Address.of("x@elsewhere.test"), "lista@localhost", Set.of(Notify.FAILURE), Optional.of("rfc822;l@x"));
        return forwarder.forward(
                parent.message(), parent.recipient(), new Outcome.Expanded(List.of(child)), parent.content());
    }

    @Test
    void putsMembersIntoTheQueueUnderTheSendersName() throws IOException {
        assertThat(forward()).isEqualTo("forwarded as 61F592B24");
        NewMessage mail = sent.getFirst();
        assertThat(mail.sender()).isEqualTo("root@example.net");
        assertThat(mail.prepend()).containsExactly("Delivered-To: lista@localhost");
        assertThat(mail.recipients())
                .containsExactly(new NewMessage.Recipient(
                        "x@elsewhere.test",
                        Optional.of("lista@localhost"),
                        Set.of(Notify.FAILURE),
                        Optional.of("rfc822;l@x")));
        assertThat(contents).containsExactly(LocalFixture.CONTENT);
    }

    @Test
    void takesTheSameSubmissionIdAgain() throws IOException { // SAFETY 10: a crash does not double it
        forward();
        forward();
        assertThat(sent.get(0).submission()).isEqualTo(sent.get(1).submission());
    }

    @Test
    void saysSoWhereItCannotBeQueued() {
        answer = new Receipt.Refused(EnhancedStatusCode.of(4, 3, 1), "insufficient system storage");
        assertThatThrownBy(this::forward).isInstanceOf(IOException.class).hasMessage("insufficient system storage");
    }
}
