package org.recadero.e2e;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One fault: what a smarthost (or the DNS, or somebody between) does, and what becomes of the mail. Written as one sentence of
 * calls; not changed after that.
 */
final class FaultRow {
    /** What becomes of the mail. */
    enum Fate {
        /** Delivered at once in spite of it. */
        SENT("sent"),
        /** Waits, and is delivered once the fault is mended. */
        WAITS("deferred"),
        /** Waits, and is not tried again before the password changes. */
        HELD("deferred"),
        /** The sender gets it back. */
        RETURNED("bounced");

        private final String status;

        Fate(String status) {
            this.status = status;
        }
    }

    private static final int MOST_CLIENTS = 100;

    private final String name;
    private final Optional<Script> script;
    private final Map<String, ScriptedNames.Answer> names = new LinkedHashMap<>();
    private int number;
    private String domain = "";
    private String policy = "encrypt";
    private Fate fate = Fate.SENT;
    private String dsn = "2.0.0";
    private String reason = "250 2.0.0 Ok: queued as 42";
    private String differs = "";
    private boolean hasAccount = true;
    private int messages = 1;
    private int clients = MOST_CLIENTS;
    private boolean clear;
    private String alsoLogged = "";
    private String withIpv6 = "";

    private FaultRow(String name, Optional<Script> script) {
        this.name = name;
        this.script = script;
    }

    // ---- writing one

    /** A smarthost that behaves so. The name is also the host's, the login's and the sender's. */
    static FaultRow server(String name, Script script) {
        return new FaultRow(name, Optional.of(script));
    }

    /** A smarthost that is not there until the fault is mended. */
    static FaultRow nobody(String name) {
        return new FaultRow(name, Optional.empty());
    }

    /** Its place in the table makes its address. */
    FaultRow numbered(int n) {
        number = n;
        return this;
    }

    /** @param why in log and mailq; {host} is the server as the log names it, {name} its name alone, … whatever follows */
    FaultRow waits(String code, String why) {
        return becomes(Fate.WAITS, code, why);
    }

    /** As {@link #waits}, until the password changes. */
    FaultRow held(String code, String why) {
        return becomes(Fate.HELD, code, why);
    }

    /** The sender gets it back, with these words. */
    FaultRow returned(String code, String why) {
        return becomes(Fate.RETURNED, code, why);
    }

    private FaultRow becomes(Fate what, String code, String why) {
        fate = what;
        dsn = code;
        reason = why;
        return this;
    }

    /** Why the first attempt of Postfix ends in another way. */
    FaultRow differs(String why) {
        differs = why;
        return this;
    }

    /** What the log says besides. */
    FaultRow logs(String words) {
        alsoLogged = words;
        return this;
    }

    /** The right side in tls_policy; empty: none. */
    FaultRow policy(String level) {
        policy = level;
        return this;
    }

    FaultRow withoutAccount() {
        hasAccount = false;
        return this;
    }

    /** The configuration lets all be read on the way. */
    FaultRow inTheClear() {
        clear = true;
        return this;
    }

    /** What the DNS says of the host, until it is mended. */
    FaultRow resolving(ScriptedNames.Answer answer) {
        names.put(host(), answer);
        return this;
    }

    /** The host's addresses, until that is mended. */
    FaultRow resolvingTo(String... addresses) {
        return resolving(new ScriptedNames.Answer.Addresses(Arrays.asList(addresses)));
    }

    /** The host has this address too, until that is mended. */
    FaultRow withIpv6(String address) {
        withIpv6 = address;
        return this;
    }

    /** The next hop is a domain, for which the DNS says this until it is mended; its exchanger is the host. */
    FaultRow throughMx(ScriptedNames.Answer answer) {
        // the certificate proves this name too
        domain = "domain-" + name + ".faults.example.org";
        names.put(domain, answer);
        return this;
    }

    /** So many messages for a server that bears so many clients at a time. */
    FaultRow crowd(int size, int room) {
        messages = size;
        clients = room;
        return this;
    }

    // ---- reading it

    String name() {
        return name;
    }

    Optional<Script> script() {
        return script;
    }

    /** What the DNS says at first; of the host it says its address where nothing else is said. */
    Map<String, ScriptedNames.Answer> names() {
        Map<String, ScriptedNames.Answer> all = new LinkedHashMap<>(mendedNames());
        all.putAll(names);
        if (!withIpv6.isEmpty()) {
            all.put(host(), new ScriptedNames.Answer.Addresses(List.of(withIpv6, address())));
        }
        return all;
    }

    Map<String, ScriptedNames.Answer> mendedNames() {
        Map<String, ScriptedNames.Answer> all = new LinkedHashMap<>();
        all.put(host(), new ScriptedNames.Answer.Addresses(List.of(address())));
        if (!domain.isEmpty()) {
            all.put(domain, new ScriptedNames.Answer.Exchanger(host()));
        }
        return all;
    }

    String alsoLogged() {
        return named(alsoLogged);
    }

    String policy() {
        return policy;
    }

    Fate fate() {
        return fate;
    }

    String differs() {
        return differs;
    }

    boolean hasAccount() {
        return hasAccount;
    }

    int messages() {
        return messages;
    }

    int clients() {
        return clients;
    }

    boolean isClear() {
        return clear;
    }

    String host() {
        return name + ".faults.example.org";
    }

    String address() {
        return "127.1.0." + number;
    }

    String nextHop() {
        return (domain.isEmpty() ? "[" + host() + "]" : domain) + ":" + FaultyNetwork.PORT;
    }

    String sender() {
        return "usuario+" + name + "@example.net";
    }

    String login() {
        return "login-" + name;
    }

    String secret() {
        return "secreto-" + name;
    }

    String subject(int i) {
        return name + " " + i;
    }

    String body() {
        return "cuerpo-" + name;
    }

    /** What the log says of the first attempt, the times left out. */
    String outcome() {
        int cut = reason.indexOf('…');
        return "dsn=" + dsn + ", status=" + fate.status + " ("
                + named(cut < 0 ? reason + ")" : reason.substring(0, cut));
    }

    private String named(String text) {
        return text.replace("{host}", host() + "[" + address() + "]").replace("{name}", host());
    }

    @Override
    public String toString() {
        return name;
    }
}
