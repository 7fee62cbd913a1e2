package org.recadero.deliver.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.recadero.deliver.local.LocalFixture.text;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Deliveries on a machine of their own, on which they leave nothing open or locked. */
abstract class OnAMachine {
    @TempDir
    Path folder;

    LocalFixture machine;

    @BeforeEach
    void makeTheMachine() {
        machine = new LocalFixture(folder);
    }

    @AfterEach
    void leavesNothingOpenOrLocked() {
        assertThat(machine.leftOvers()).isEmpty();
        machine.shared.ifPresent(LocalDelivery.Shared::close);
    }

    /** What becomes of a message to an address. */
    final String to(String address) {
        return text(machine.deliver(machine.to(address)));
    }
}
