package org.recadero.message;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Writes a field of addresses with those that change (incomplete ones are completed) in their places, and missing commas added where any is; all
 * else stays byte for byte. Used by one thread, for one field.
 *
 * <p>{@code DIFFERS}: Postfix writes the whole field anew where one address changes (blanks, folding, quotes); here what needs no
 * change keeps its form, since people and signatures know it.
 */
public final class AddressField {
    /** A line that completing makes longer than this is folded before the address. RFC 5322 §2.1.1: 998 characters. */
    private static final int LINE_BYTES = 900;

    private static final byte[] FOLD = {'\n', '\t'};
    private static final byte[] COMMA = {',', ' '};

    private final byte[] field;
    private final OutputStream out;
    private int taken;
    private int column;

    private AddressField(byte[] field, OutputStream out) {
        this.field = field;
        this.out = out;
    }

    /**
     * Writes a field, its line end not.
     *
     * @param addresses of the field, in their order
     * @param rewriting an address's internal form, one char a byte; the one that it has where nothing is to be done
     */
    public static void write(
            byte[] field,
            int length,
            List<ParsedAddress> addresses,
            Function<ParsedAddress, String> rewriting,
            OutputStream out)
            throws IOException {
        List<String> completed = new ArrayList<>(addresses.size());
        boolean changes = false;
        for (ParsedAddress address : addresses) {
            String internal = rewriting.apply(address);
            completed.add(internal);
            changes |= !internal.equals(address.internal());
        }
        AddressField completion = new AddressField(field, out);
        if (changes) {
            for (int i = 0; i < addresses.size(); i++) {
                completion.address(addresses.get(i), completed.get(i));
            }
        }
        completion.copyTo(length);
    }

    private void address(ParsedAddress address, String completed) throws IOException {
        int comma = address.missingCommaAt();
        if (comma >= 0) {
            copyTo(comma);
            out.write(COMMA, 0, field[comma] == ' ' || field[comma] == '\t' || field[comma] == '\n' ? 1 : 2);
            column += 2;
        }
        if (completed.equals(address.internal())) {
            return;
        }
        copyTo(address.start());
        byte[] replacement = replacement(address, completed);
        if (column + replacement.length > LINE_BYTES && column > 1) {
            out.write(FOLD);
            column = 1;
        }
        out.write(replacement);
        column += replacement.length;
        taken = address.end();
    }

    private void copyTo(int end) throws IOException {
        out.write(field, taken, end - taken);
        int lineStart = end;
        while (lineStart > taken && field[lineStart - 1] != '\n') {
            lineStart--;
        }
        column = lineStart > taken ? end - lineStart : column + end - taken;
        taken = end;
    }

    /** The external form, then the comments that stood inside. */
    private static byte[] replacement(ParsedAddress address, String completed) {
        StringBuilder text = new StringBuilder(AddressText.external(completed));
        address.comments().forEach(comment -> text.append(' ').append(comment));
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
