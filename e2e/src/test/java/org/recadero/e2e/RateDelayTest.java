package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
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
            Chapter.reloadWith(machine, "local_destination_rate_delay = " + SECONDS + "s");
            List<String> recipients = List.of("usuario", "usuario", "otro", "usuario");
            recipients.forEach(r -> machine.exec(
                            "root", "Subject: x\n\nx\n", mta.sendmail(Mta.Client.C, List.of(r + "@localhost")))
                    .succeeded());
            machine.awaitUntil("all are delivered", () -> sent(machine).size() == recipients.size());
            Map<String, List<Double>> delays = sent(machine).stream()
                    .collect(Collectors.groupingBy(
                            l -> l.field("to"),
                            Collectors.mapping(l -> Double.parseDouble(l.field("delay")), Collectors.toList())));
            List<Double> usuario = delays.get("<usuario@localhost>");
            Collections.sort(usuario);
            assertThat(usuario.get(1)).isGreaterThanOrEqualTo(SECONDS * 0.9);
            assertThat(usuario.get(2) - usuario.get(1)).isBetween(SECONDS * 0.9, SECONDS * 4.0);
            assertThat(delays.get("<otro@localhost>").getFirst())
                    .as("another mailbox")
                    .isLessThan(usuario.get(2));
        }
    }

    private static List<LogLine> sent(Machine machine) {
        return machine.mailLog().stream()
                .filter(l -> l.isOutcome() && l.text().contains("status=sent"))
                .toList();
    }
}
