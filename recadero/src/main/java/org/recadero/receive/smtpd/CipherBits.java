package org.recadero.receive.smtpd;

/** How strong a cipher suite's key is, as Postfix writes it: {@code TLS_AES_256_GCM_SHA384 (256/256 bits)}. */
final class CipherBits {
    private CipherBits() {}

    /** The suite, with its bits where its name tells them. */
    static String described(String suite) {
        int bits = suite.contains("_256_") || suite.contains("CHACHA20")
                ? 256
                : suite.contains("_128_") ? 128 : suite.contains("3DES") ? 168 : 0;
        return bits == 0 ? suite : suite + " (" + bits + "/" + bits + " bits)";
    }
}
