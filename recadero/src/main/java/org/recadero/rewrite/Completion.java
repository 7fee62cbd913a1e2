package org.recadero.rewrite;

import java.util.Objects;
import org.recadero.envelope.Address;

/** What came of completing an address. */
public sealed interface Completion {
    /** It has a local part and a domain. */
    record Complete(Address address) implements Completion {
        public Complete {
            Objects.requireNonNull(address);
        }
    }

    /**
     * It names nobody even so: {@code user@}, {@code @host}, a blank in the domain, too long.
     *
     * @param internal what became of it
     * @param reason for the administrator
     */
    record Broken(String internal, String reason) implements Completion {
        public Broken {
            Objects.requireNonNull(internal);
            Objects.requireNonNull(reason);
        }
    }
}
