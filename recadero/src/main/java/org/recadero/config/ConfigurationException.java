package org.recadero.config;

/** A configuration that cannot be used; the message says what, where (file and line) and is fit for the administrator. */
public final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;

    public ConfigurationException(String message) {
        super(message);
    }
}
