package org.recadero.table;

import java.io.IOException;

/** A table whose rows are known, in octets: what {@code postmap -s} needs beyond look-ups. */
public interface ListedTable extends OctetTable {
    /** Takes rows. */
    @FunctionalInterface
    interface Rows {
        void row(String key, String value) throws IOException;
    }

    /** All rows, as octets. */
    void forEach(Rows rows) throws IOException;
}
