package org.recadero.config;

/** How many characters must be put in, taken away or changed to make one name of another (Levenshtein). */
final class EditDistance {
    private static final int MOST_CHARACTERS = 200;

    private EditDistance() {}

    /** The distance; {@code bound} where it is not less. */
    static int between(String a, String b, int bound) {
        if (Math.abs(a.length() - b.length()) >= bound || a.length() > MOST_CHARACTERS) {
            return bound;
        }
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replace, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return Math.min(bound, row[b.length()]);
    }
}
