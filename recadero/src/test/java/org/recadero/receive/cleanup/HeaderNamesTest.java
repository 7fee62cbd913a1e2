package org.recadero.receive.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** {@code remote_header_rewrite_domain}, {@code always_add_missing_headers}: what Postfix 3.7.11 made of the same message. */
class HeaderNamesTest {
    private static final String MESSAGE = """
            From: pepe, Juan <juan>, q@host
            To: a@b.c., x%y, z!w, <>
            Cc: h@a.domain.invalid
            Subject: 1

            z
            """;

    private final CleanupFixture fixture = new CleanupFixture();

    private String sent(NewMessage.HeaderNames names) {
        String text = fixture.send(fixture.byNetwork(names), MESSAGE);
        return text.substring(text.indexOf("From: "));
    }

    @Test
    void strangersFieldsGetTheRemoteDomain() {
        fixture.settings.put("append_dot_mydomain", "yes");
        fixture.settings.put("remote_header_rewrite_domain", "domain.invalid");
        fixture.settings.put("canonical_maps", "inline:{pepe@domain.invalid=jose}");
        fixture.settings.put("masquerade_domains", "domain.invalid");
        assertThat(sent(NewMessage.HeaderNames.REMOTE)).isEqualTo("""
                From: jose@example.net, Juan <juan@domain.invalid>, q@domain.invalid
                To: a@b.c, x@domain.invalid, w@domain.invalid, <>
                Cc: h@domain.invalid
                Subject: 1
                Message-Id: <20261124024255.ABC@cliente.example.net>
                Date: Tue, 24 Nov 2026 02:42:55 +0000 (UTC)

                z
                """);
        assertThat(sent(NewMessage.HeaderNames.LOCAL))
                .startsWith("From: pepe@example.net, Juan <juan@example.net>, q@host.example.net\n");
    }

    @Test
    void withoutARemoteDomainTheyStayAsTheyAre() {
        fixture.settings.put("masquerade_domains", "domain.invalid");
        assertThat(sent(NewMessage.HeaderNames.REMOTE)).isEqualTo(MESSAGE);
        fixture.settings.put("always_add_missing_headers", "yes");
        assertThat(sent(NewMessage.HeaderNames.REMOTE))
                .startsWith("From: pepe, Juan <juan>, q@host\nTo: a@b.c., x%y, z!w, <>\n")
                .contains("\nMessage-Id: <", "\nDate: ");
    }

    @Test
    void whereNobodyCanSayWhoseTheyAreMailWaits() {
        assertThat(fixture.accept(
                                fixture.byNetwork(NewMessage.HeaderNames.NOT_KNOWN_NOW),
                                MESSAGE.getBytes(StandardCharsets.US_ASCII))
                        .toString())
                .contains("Refused[code=4.3.0");
        assertThat(fixture.queue.kept).isEmpty();
    }
}
