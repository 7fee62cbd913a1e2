package org.recadero.config;

/** Levels of {@code compatibility_level}: major[.minor[.patch]]. Postfix: compat_level(3). */
final class CompatibilityLevel {
    private static final int PARTS = 3;

    private CompatibilityLevel() {}

    static int compare(String a, String b) throws ConfigurationException {
        long[] left = parts(a);
        long[] right = parts(b);
        for (int i = 0; i < PARTS; i++) {
            int order = Long.compare(left[i], right[i]);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private static long[] parts(String level) throws ConfigurationException {
        String trimmed = Blanks.trim(level);
        String[] parts = trimmed.split("\\.", -1);
        long[] numbers = new long[PARTS];
        if (parts.length > PARTS) {
            throw malformed(level);
        }
        for (int i = 0; i < parts.length; i++) {
            if (!parts[i].matches("[0-9]{1,9}")) {
                throw malformed(level);
            }
            numbers[i] = Long.parseLong(parts[i]);
        }
        return numbers;
    }

    private static ConfigurationException malformed(String level) {
        return new ConfigurationException("malformed compatibility level syntax: \"" + level + "\"");
    }
}
