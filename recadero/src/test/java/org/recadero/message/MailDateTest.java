package org.recadero.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class MailDateTest {
    private static final Instant WINTER = Instant.parse("2026-11-24T02:42:55Z");
    private static final Instant SUMMER = Instant.parse("2026-07-04T22:02:05Z");

    @Test
    void writesDatesAsPostfixDoes() { // RFC 5322 §3.3
        assertThat(MailDate.rfc5322(WINTER, ZoneOffset.UTC)).isEqualTo("Tue, 24 Nov 2026 02:42:55 +0000 (UTC)");
        assertThat(MailDate.rfc5322(WINTER, ZoneId.of("UTC"))).isEqualTo("Tue, 24 Nov 2026 02:42:55 +0000 (UTC)");
        assertThat(MailDate.rfc5322(SUMMER, ZoneId.of("Europe/Madrid")))
                .isEqualTo("Sun,  5 Jul 2026 00:02:05 +0200 (CEST)");
        assertThat(MailDate.rfc5322(WINTER, ZoneId.of("America/New_York")))
                .isEqualTo("Mon, 23 Nov 2026 21:42:55 -0500 (EST)");
        assertThat(MailDate.rfc5322(WINTER, ZoneOffset.ofHoursMinutes(-3, -30))).contains(" -0330 (");
    }

    @Test
    void writesFromLineDatesInLocalTime() {
        assertThat(MailDate.asctime(WINTER, ZoneOffset.UTC)).isEqualTo("Tue Nov 24 02:42:55 2026");
        assertThat(MailDate.asctime(SUMMER, ZoneId.of("Europe/Madrid"))).isEqualTo("Sun Jul  5 00:02:05 2026");
    }

    @Test
    void stampsInUtc() {
        assertThat(MailDate.stamp(SUMMER)).isEqualTo("20260704220205");
    }
}
