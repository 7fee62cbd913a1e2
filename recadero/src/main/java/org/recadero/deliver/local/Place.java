package org.recadero.deliver.local;

import java.util.Optional;

/**
 * Where an entry of an mbox was going to lie, as the progress sink remembers it (SAFETY 18).
 *
 * @param offset of its From_ line, bytes
 * @param length with its last empty line, bytes
 */
record Place(long device, long inode, long offset, long length) {
    /** {@code mbox DEVICE INODE OFFSET LENGTH}. */
    @Override
    public String toString() {
        return "mbox " + device + " " + inode + " " + offset + " " + length;
    }

    /** Empty for a Maildir's place, for none, and for what this version cannot read. */
    static Optional<Place> parse(String text) {
        if (!text.matches("mbox -?[0-9]{1,19} -?[0-9]{1,19} [0-9]{1,18} [0-9]{1,18}")) {
            return Optional.empty();
        }
        String[] parts = text.split(" ", -1);
        try {
            return Optional.of(new Place(
                    Long.parseLong(parts[1]),
                    Long.parseLong(parts[2]),
                    Long.parseLong(parts[3]),
                    Long.parseLong(parts[4])));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
