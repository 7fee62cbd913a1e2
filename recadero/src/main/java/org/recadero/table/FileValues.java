package org.recadero.table;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.StringTokenizer;

/**
 * Values that name files ({@code postmap -F}): what is stored is the base64 of the files' content, joined by newlines.
 *
 * <p>Postfix: postmap(1), INPUT FILE FORMAT.
 */
@FunctionalInterface
public interface FileValues {
    /** Of all the files of one value. */
    int MOST_BYTES = Cdb.MOST_VALUE_BYTES / 2;

    /** @throws IOException with its own file's name where it cannot be read or is longer than {@code limitBytes} */
    byte[] read(String path, int limitBytes) throws IOException;

    /**
     * The stored value.
     *
     * @param value octets: paths between commas and blanks
     * @throws IOException with Postfix's words; the row is left out then
     */
    default String stored(String value) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        boolean first = true;
        StringTokenizer paths = new StringTokenizer(value, ", \t\r\n\f\u000b");
        while (paths.hasMoreTokens()) {
            String path = paths.nextToken();
            if (!first) {
                all.write('\n');
            }
            first = false;
            try {
                all.write(read(Octets.text(path), MOST_BYTES - all.size()));
            } catch (IOException e) {
                throw new IOException("open " + path + ": " + Octets.of(FileTrouble.of(e)), e);
            }
        }
        if (first) {
            throw new IOException("empty pathname list: >>" + value + "<<'");
        }
        return Base64.getEncoder().encodeToString(all.toByteArray());
    }
}
