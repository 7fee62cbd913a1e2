package org.recadero.config;

/** What this program calls itself. */
public final class Product {
    /** As in Postfix's {@code mail_version}; also written into the queue's segments. */
    public static final String VERSION = "0.1.0";

    private Product() {}
}
