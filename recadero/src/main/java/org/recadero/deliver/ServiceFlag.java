package org.recadero.deliver;

import java.util.EnumSet;
import java.util.Set;
import org.recadero.config.ConfigurationException;

/** A letter of {@code flags=} in a service's line of master.cf. Postfix: pipe(8), smtp(8), lmtp(8), flags. */
public enum ServiceFlag {
    /** An empty line at the end. */
    BLANK_LINE('B'),
    DELIVERED_TO('D'),
    FROM_LINE('F'),
    ORIGINAL_TO('O'),
    RETURN_PATH('R'),
    /**
     * The last station: a success notice may say «delivered». DIFFERS: Postfix's smtp(8) 3.7.11 says «relayed» all the same, its
     * manual does not.
     */
    FINAL('X'),
    FOLD_HOST('h'),
    QUOTE('q'),
    FOLD_USER('u'),
    DOT('.'),
    QUOTE_FROM('>');

    private final char letter;

    ServiceFlag(char letter) {
        this.letter = letter;
    }

    /**
     * Of letters.
     *
     * @param known to the agent
     * @throws ConfigurationException where one is not; Postfix's words
     */
    public static Set<ServiceFlag> of(String letters, Set<ServiceFlag> known) throws ConfigurationException {
        Set<ServiceFlag> flags = EnumSet.noneOf(ServiceFlag.class);
        for (int i = 0; i < letters.length(); i++) {
            char letter = letters.charAt(i);
            flags.add(known.stream()
                    .filter(flag -> flag.letter == letter)
                    .findFirst()
                    .orElseThrow(() -> new ConfigurationException("unknown flag: " + letter)));
        }
        return flags;
    }
}
