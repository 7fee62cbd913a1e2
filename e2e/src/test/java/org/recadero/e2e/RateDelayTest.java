package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pauses between deliveries, as Postfix has them. */
class RateDelayTest {
    private static final int SECONDS = 2;

    @ParameterizedTest
    @EnumSource(Mta.class)
    void whatGoesToOneDestinationGoesOutWithPausesAndOtherMailDoesNotWait(Mta mta) {
        try (Machine machine = Machine.with(mta)) {
            Chapter.setUp(machine);
            // a file for each message: its time is the moment of its delivery
            Chapter.reloadWith(machine, "local_destination_rate_delay = " + SECONDS + "s", "home_mailbox = Maildir/");
            List<String> recipients = List.of("usuario", "usuario", "otro", "usuario");
            recipients.forEach(r -> machine.exec(
                            "root", "Subject: x\n\nx\n", mta.sendmail(Mta.Client.C, List.of(r + "@localhost")))
                    .succeeded());
            machine.awaitUntil("all are delivered", () -> sent(machine).size() == recipients.size());
            List<Instant> usuario = moments(machine, "usuario");
            assertThat(usuario).hasSize(3);
            assertThat(seconds(usuario.get(0), usuario.get(1))).isGreaterThanOrEqualTo(SECONDS * 0.9);
            assertThat(seconds(usuario.get(1), usuario.get(2))).isBetween(SECONDS * 0.9, SECONDS * 4.0);
            assertThat(moments(machine, "otro"))
                    .singleElement()
                    .satisfies(
                            moment -> assertThat(moment).as("another mailbox").isBefore(usuario.get(2)));
        }
    }

    private static List<Instant> moments(Machine machine, String user) {
        try (Stream<Path> files = Files.list(machine.file("/home/" + user + "/Maildir/new"))) {
            List<Instant> moments = new ArrayList<>();
            for (Path file : files.toList()) {
                moments.add(Files.getLastModifiedTime(file).toInstant());
            }
            moments.sort(null);
            return moments;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double seconds(Instant from, Instant to) {
        return Duration.between(from, to).toMillis() / 1_000.0;
    }

    private static List<LogLine> sent(Machine machine) {
        return machine.mailLog().stream()
                .filter(l -> l.isOutcome() && l.text().contains("status=sent"))
                .toList();
    }
}
