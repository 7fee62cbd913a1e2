package org.recadero.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.recadero.message.AddressList;

/**
 * The right-hand side of an alias, parsed: the same syntax stands in {@code .forward} and {@code :include:} files.
 *
 * <p>Postfix: aliases(5), local(8). A list of RFC 5322 addresses with comments, phrases, groups and quotes; also words side by
 * side without a comma. What an address means is decided when quotes and backslashes are gone.
 */
public final class AliasTargets {
    /** Chars of one right-hand side. No table gives a longer value. */
    public static final int MOST_CHARS = LogicalLines.MOST_BYTES;

    private static final String INCLUDE = ":include:";

    /** What one member of an alias is. */
    public sealed interface Target {
        /** @param address internal form (unquoted), perhaps without domain, perhaps empty */
        record Mail(String address) implements Target {}

        /** @param command what stood behind the bar */
        record Command(String command) implements Target {}

        /** @param path absolute */
        record File(String path) implements Target {}

        /** @param path what stood behind {@code :include:}; perhaps not absolute */
        record Include(String path) implements Target {}
    }

    private AliasTargets() {}

    /**
     * The targets in their order, none where nothing is named ({@code noone: ,}): the caller lets mail wait then, as Postfix does.
     *
     * @throws IllegalArgumentException over {@value #MOST_CHARS} chars
     */
    public static List<Target> parse(String value) {
        if (value.length() > MOST_CHARS) {
            throw new IllegalArgumentException("alias value over " + MOST_CHARS + " characters");
        }
        List<Target> targets = new ArrayList<>();
        for (String address : AddressList.internalForms(value)) {
            targets.add(target(address));
        }
        return List.copyOf(targets);
    }

    private static Target target(String address) {
        if (address.startsWith("/")) {
            return new Target.File(address);
        }
        if (address.startsWith("|")) {
            return new Target.Command(address.substring(1));
        }
        if (address.length() >= INCLUDE.length()
                && address.substring(0, INCLUDE.length())
                        .toLowerCase(Locale.ROOT)
                        .equals(INCLUDE)) {
            return new Target.Include(address.substring(INCLUDE.length()));
        }
        return new Target.Mail(address);
    }
}
