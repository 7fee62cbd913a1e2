package org.recadero.receive.cleanup;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Canonical and virtual maps: ADDRESS_REWRITING_README. */
class AddressMapsTest {
    private final CleanupFixture fixture = new CleanupFixture();

    AddressMapsTest() {
        fixture.settings.put("mydestination", "example.net, localhost");
        fixture.settings.put("recipient_delimiter", "+");
    }

    private String send(String sender, String to, String content) {
        return fixture.send(fixture.from(0, sender, Optional.empty(), false, List.of(to)), content);
    }

    private List<String> recipients() {
        return fixture.queue.last().envelope().recipients().stream()
                .map(recipient -> recipient.address().internal())
                .toList();
    }

    private Receipt accept(String sender, String to) {
        return fixture.accept(
                fixture.from(0, sender, Optional.empty(), false, List.of(to)),
                "Subject: x\n\nx\n".getBytes(StandardCharsets.US_ASCII));
    }

    /** Postfix: receive_override_options; seen with 3.7.11: a copy that a header check orders is made all the same. */
    @Test
    void aServiceMayLeaveOutAllMaps() {
        fixture.settings.put("canonical_maps", "inline:{pepe=jose@example.org}");
        fixture.settings.put("virtual_alias_maps", "inline:{lista@v.example=usuario}");
        fixture.settings.put("always_bcc", "root");
        fixture.settings.put("header_checks", "regexp:{{/^Subject: copia/ BCC otro@localhost}}");
        fixture.settings.put("receive_override_options", "no_address_mappings");
        String text = send("pepe", "lista@v.example", "From: pepe\nSubject: copia\n\n");
        assertThat(fixture.queue.last().envelope().sender().toString()).contains("pepe@example.net");
        assertThat(recipients()).containsExactly("lista@v.example", "otro@localhost");
        assertThat(text).contains("\nFrom: pepe@example.net\n");
    }

    /** Seen with Postfix 3.7.11: the sender hears nothing of such copies, and is not told their addresses. */
    @Test
    void nobodyHearsOfCopies() {
        fixture.settings.put("always_bcc", "siempre@x.example");
        fixture.settings.put("sender_bcc_maps", "inline:{pepe@example.net=s@x.example}");
        fixture.settings.put("recipient_bcc_maps", "inline:{otro@localhost=r@x.example}");
        fixture.settings.put("header_checks", "regexp:{{/^Subject: copia/ BCC h@x.example}}");
        send("pepe", "otro@localhost", "From: pepe\nSubject: copia\n\n");
        assertThat(fixture.queue.last().envelope().recipients().stream()
                        .map(r -> r.address().local() + " " + r.notifyOn()))
                .containsExactlyInAnyOrder("otro []", "siempre [NEVER]", "s [NEVER]", "r [NEVER]", "h [NEVER]");
    }

    /** RFC 3461 §4.2; seen with Postfix 3.7.11: completed, by the canonical maps, before virtual aliases. */
    @Test
    void theOriginalRecipientIsTheCanonicalOne() {
        fixture.settings.put("canonical_maps", "inline:{pepe=jose}");
        fixture.settings.put("virtual_alias_maps", "inline:{lista=usuario@localhost}");
        for (String given : List.of("pepe", "lista", "otro@localhost")) {
            send("otro", given, "From: otro\n\n");
            String canonical =
                    given.equals("pepe") ? "jose@example.net" : given.equals("lista") ? "lista@example.net" : given;
            assertThat(fixture.queue.last().envelope().recipients().getFirst().originalRecipient())
                    .contains("rfc822;" + canonical);
        }
    }

    @Test
    void senderMapsComeBeforeCanonicalMaps() {
        fixture.settings.put("sender_canonical_maps", "inline:{pepe=jose@example.net}");
        fixture.settings.put("recipient_canonical_maps", "inline:{pepe=otro@example.net}");
        fixture.settings.put("canonical_maps", "inline:{jose=Jose.Perez@example.org, @old.example=@new.example}");
        String text = send("pepe", "ana@old.example", "From: Pepe <pepe>\nTo: pepe, ana@old.example\n\nbody pepe\n");
        assertThat(fixture.queue.last().envelope().sender().toString()).contains("Jose.Perez@example.org");
        assertThat(recipients()).containsExactly("ana@new.example");
        assertThat(text)
                .contains("\nFrom: Pepe <Jose.Perez@example.org>\n")
                .contains("\nTo: otro@example.net, ana@new.example\n")
                .endsWith("\nbody pepe\n");
    }

    @Test
    void classesSayWhereMapsApply() {
        fixture.settings.put("canonical_maps", "inline:{pepe=jose@example.org}");
        fixture.settings.put("canonical_classes", "header_sender");
        String text = send("pepe", "pepe", "From: pepe\nTo: pepe\n\n");
        assertThat(fixture.queue.last().envelope().sender().toString()).contains("pepe@example.net");
        assertThat(recipients()).containsExactly("pepe@example.net");
        assertThat(text).contains("\nFrom: jose@example.org\n").contains("\nTo: pepe@example.net\n");
    }

    @Test
    void virtualAliasesAreExpandedWithTheirExtensions() {
        fixture.settings.put(
                "virtual_alias_maps",
                "inline:{{a@v.example = b@v.example, c}, b@v.example=d, c@example.net=c, {@w.example = @example.org}}");
        send("x", "a+ext@v.example", "Subject: x\n\n");
        assertThat(recipients()).containsExactly("d+ext@example.net", "c+ext@example.net");
        send("x", "u@w.example", "Subject: x\n\n");
        assertThat(recipients()).containsExactly("u@example.org");
    }

    @Test
    void aRegularExpressionIsNeverAskedForParts() {
        fixture.settings.put("virtual_alias_maps", "regexp:{{/^@w.example/ parts}, {/^(.*)@w.example/ $$1.w}}");
        send("x", "u@w.example", "Subject: x\n\n");
        assertThat(recipients()).containsExactly("u.w@example.net");
    }

    @Test
    void aLoopOrAMapThatFailsMakesMailWait() {
        fixture.settings.put("virtual_alias_recursion_limit", "10");
        fixture.settings.put("virtual_alias_maps", "inline:{a@v.example=b@v.example, b@v.example=a@v.example}");
        assertThat(accept("x", "a@v.example"))
                .isInstanceOfSatisfying(
                        Receipt.Refused.class,
                        refused -> assertThat(refused.code().toString()).isEqualTo("4.3.0"));
        assertThat(fixture.log)
                .contains("cleanup: warning: ABC: unreasonable virtual_alias_maps map nesting for a@v.example"
                        + " -- message not accepted, try again later");
        fixture.settings.put("virtual_alias_maps", "fail:x");
        assertThat(accept("x", "a@v.example")).isInstanceOf(Receipt.Refused.class);
        fixture.settings.put("virtual_alias_maps", "");
        fixture.settings.put("canonical_maps", "regexp:/no/such/file");
        assertThat(accept("x", "a@v.example")).isInstanceOf(Receipt.Refused.class);
    }

    @Test
    void theExpansionHasALimit() {
        fixture.settings.put("virtual_alias_expansion_limit", "2");
        fixture.settings.put("virtual_alias_maps", "inline:{{a@v.example = b, c, d}}");
        assertThat(accept("x", "a@v.example")).isInstanceOf(Receipt.Refused.class);
        assertThat(fixture.log).anyMatch(line -> line.contains("unreasonable virtual_alias_maps map expansion size"));
    }

    /** 2 to the power of 40 ways lead to one address: they are not all gone. */
    @Test
    void aliasesThatMeetAgainAndAgainAreCounted() {
        StringBuilder rows = new StringBuilder("inline:{");
        for (int i = 0; i < 40; i++) {
            rows.append("{a%d@v.example = a%d@v.example, a%d@v.example}, ".formatted(i, i + 1, i + 1));
        }
        fixture.settings.put("virtual_alias_maps", rows + "x@v.example=y}");
        assertThat(accept("x", "a0@v.example")).isInstanceOf(Receipt.Refused.class);
        assertThat(fixture.log).anyMatch(line -> line.contains("unreasonable virtual_alias_maps map expansion size"));
    }

    @Test
    void copiesGoToWhomTheMapsName() {
        fixture.settings.put("always_bcc", "archivo");
        fixture.settings.put("sender_bcc_maps", "inline:{pepe@example.net=salida}");
        fixture.settings.put("recipient_bcc_maps", "inline:{usuario=entrada, entrada=nadie}");
        send("pepe", "usuario", "Subject: x\n\n");
        assertThat(recipients())
                .containsExactlyInAnyOrder(
                        "usuario@example.net", "entrada@example.net", "salida@example.net", "archivo@example.net");
    }

    @Test
    void hostsAreHiddenBehindTheirDomain() {
        fixture.settings.put("masquerade_domains", "!secret.example.net, example.net foo.example.org EXAMPLE.org");
        fixture.settings.put("masquerade_exceptions", "root, regexp:{{/^admin/ x}}");
        fixture.settings.put("canonical_maps", "inline:{pepe@h.example.net=jose@h.example.net}");
        String text = send("pepe@h.example.net", "ana@h.example.net", """
                From: pepe@h.example.net, root@h.example.net, admin2@h.example.net
                To: a@x.secret.example.net, b@secret.example.net, c@example.net, d@notexample.net
                Cc: e@Bar.Foo.Example.ORG, f@foo.example.org, g@a.b.example.org

                """);
        assertThat(fixture.queue.last().envelope().sender().toString()).contains("jose@example.net");
        assertThat(recipients()).containsExactly("ana@h.example.net");
        assertThat(text)
                .contains("\nFrom: jose@example.net, root@h.example.net, admin2@h.example.net\n")
                .contains("\nTo: a@x.secret.example.net, b@secret.example.net, c@example.net, d@notexample.net\n")
                .contains("\nCc: e@foo.example.org, f@foo.example.org, g@example.org\n");
    }

    @Test
    void masqueradeClassesSayWhereAndAnExceptionThatCannotBeAskedMakesMailWait() {
        fixture.settings.put("masquerade_domains", "example.net");
        fixture.settings.put("masquerade_classes", "envelope_recipient");
        String text = send("pepe@h.example.net", "ana@h.example.net", "From: pepe@h.example.net\n\n");
        assertThat(fixture.queue.last().envelope().sender().toString()).contains("pepe@h.example.net");
        assertThat(recipients()).containsExactly("ana@example.net");
        assertThat(text).contains("\nFrom: pepe@h.example.net\n");
        fixture.settings.put("masquerade_exceptions", "fail:x");
        assertThat(accept("pepe", "ana@h.example.net").toString()).contains("Refused[code=4.3.0");
    }

    /** Postfix 3.7.11 says so in X-Original-To; seen beside it. */
    @Test
    void theOriginalAddressOfACopyIsTheCanonicalOne() {
        fixture.settings.put("always_bcc", "otro");
        fixture.settings.put("recipient_canonical_maps", "inline:{otro=root@localhost}");
        fixture.settings.put("virtual_alias_maps", "inline:{root@localhost=usuario@localhost}");
        send("x", "pepe", "Subject: x\n\n");
        assertThat(fixture.queue.last().envelope().recipients())
                .extracting(each -> each.address().internal() + " " + each.original())
                .containsExactly("pepe@example.net pepe", "usuario@localhost root@localhost");
    }
}
