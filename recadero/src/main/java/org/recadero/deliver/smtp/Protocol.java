package org.recadero.deliver.smtp;

/** What a client speaks: the same but for the greeting, the replies at a message's end, and MX records. */
enum Protocol {
    /** RFC 5321. */
    SMTP("EHLO", "smtp"),
    /** RFC 2033: to what files mail at once, so that each recipient has a reply of his own. It has no MX records. */
    LMTP("LHLO", "lmtp");

    private final String hello;
    private final String program;

    Protocol(String hello, String program) {
        this.hello = hello;
        this.program = program;
    }

    /** The command that begins a session. */
    String hello() {
        return hello;
    }

    /** As master.cf and the log name it. */
    String program() {
        return program;
    }

    /** The protocol of a master.cf service, by its command. */
    static Protocol of(String command) {
        return command.equals(LMTP.program) ? LMTP : SMTP;
    }
}
