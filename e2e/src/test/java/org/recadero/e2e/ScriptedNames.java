package org.recadero.e2e;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A DNS server (RFC 1035) in the network of a {@link Machine} that answers what a test says: also wrongly, or not at all. */
final class ScriptedNames implements AutoCloseable {
    private static final int PORT = 53;
    private static final int A = 1;
    private static final int CNAME = 5;
    private static final int MX = 15;
    private static final int AAAA = 28;
    private static final int SERVFAIL = 2;
    private static final int NXDOMAIN = 3;

    /** What is answered to questions about a name. */
    sealed interface Answer {
        /** Addresses of either family, as numbers. */
        record Addresses(List<String> all) implements Answer {}

        /** One exchanger. */
        record Exchanger(String host) implements Answer {}

        /** Another name, and that one's address. */
        record Alias(String to, String address) implements Answer {}

        /** «Try later». */
        record Fails() implements Answer {}

        /** There is none, though there is one. */
        record NoSuchName() implements Answer {}

        /** Nothing. */
        record Silence() implements Answer {}
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Entry(int type, byte[] data) {}

    private final DatagramSocket socket;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final Set<String> asked = ConcurrentHashMap.newKeySet();

    /** At 127.0.0.1. */
    ScriptedNames(Machine machine) {
        socket = Sockets.datagrams(machine, "127.0.0.1", PORT);
        Thread.ofPlatform().daemon().name("names").start(this::serve);
    }

    /** All other names do not exist. */
    void put(String name, Answer answer) {
        answers.put(name, answer);
    }

    void remove(String name) {
        answers.remove(name);
    }

    Set<String> asked() {
        return Set.copyOf(asked);
    }

    @Override
    public void close() {
        socket.close();
    }

    private void serve() {
        byte[] buffer = new byte[4096];
        while (!socket.isClosed()) {
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            try {
                socket.receive(packet);
                byte[] reply = reply(buffer);
                if (reply.length > 0) {
                    socket.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
                }
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private byte[] reply(byte[] query) throws IOException {
        List<String> labels = new ArrayList<>();
        int at = 12;
        while (query[at] != 0) {
            labels.add(new String(query, at + 1, query[at], StandardCharsets.ISO_8859_1));
            at += query[at] + 1;
        }
        String name = String.join(".", labels).toLowerCase(Locale.ROOT);
        int type = query[at + 2] & 0xff;
        int questionEnd = at + 5;
        asked.add(name);
        List<Entry> records = new ArrayList<>();
        int code = 0;
        switch (answers.get(name)) {
            case null -> code = NXDOMAIN;
            case Answer.NoSuchName n -> code = NXDOMAIN;
            case Answer.Silence s -> {
                return new byte[0];
            }
            case Answer.Fails f -> code = SERVFAIL;
            case Answer.Addresses(List<String> all) -> {
                for (String each : all) {
                    byte[] address = InetAddress.getByName(each).getAddress();
                    if (type == (address.length == 4 ? A : AAAA)) {
                        records.add(new Entry(type, address));
                    }
                }
            }
            case Answer.Exchanger(String host) -> {
                if (type == MX) {
                    records.add(new Entry(type, exchanger(host)));
                }
            }
            case Answer.Alias(String to, String address) -> {
                records.add(new Entry(CNAME, name(to)));
                if (type == A) {
                    records.add(new Entry(A, InetAddress.getByName(address).getAddress()));
                }
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(query, 0, 2);
        // an answer, recursion desired and available
        out.writeShort(0x8180 | code);
        out.writeShort(1);
        out.writeShort(records.size());
        out.writeInt(0);
        out.write(query, 12, questionEnd - 12);
        int owner = 12;
        for (Entry each : records) {
            // the question's name or that of the alias, class IN, a minute
            out.writeShort(0xc000 | owner);
            out.writeShort(each.type);
            out.writeShort(1);
            out.writeInt(60);
            out.writeShort(each.data.length);
            owner = each.type == CNAME ? out.size() : owner;
            out.write(each.data);
        }
        return bytes.toByteArray();
    }

    private static byte[] exchanger(String host) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(new byte[] {0, 10});
        bytes.write(name(host));
        return bytes.toByteArray();
    }

    private static byte[] name(String host) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String label : host.split("\\.", -1)) {
            bytes.write(label.length());
            bytes.write(label.getBytes(StandardCharsets.ISO_8859_1));
        }
        bytes.write(0);
        return bytes.toByteArray();
    }
}
