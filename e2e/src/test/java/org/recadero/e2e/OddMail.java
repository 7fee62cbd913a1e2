package org.recadero.e2e;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Messages as they lie in mailboxes of the world, ordinary and odd: 8-bit text without a label, lines over 998, NUL, dots at the
 * beginning of lines, bare CR and LF, headers that break RFC 5322. The same list for the same seed. Each begins with a numbered field, so that
 * what was put on top of it on its way can be told from what it is.
 */
final class OddMail {
    private static final String NUMBER = "X-Numero: ";
    private static final Pattern FIRST = Pattern.compile("(?m)^X-Numero: (\\d+)\n");

    private final SplittableRandom random;

    private OddMail(long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** {@code count} messages of 1 to {@code maximumBytes} bytes of text, each kind of oddity in turn. */
    static List<byte[]> list(long seed, int count, int maximumBytes) {
        OddMail mail = new OddMail(seed);
        List<byte[]> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(mail.message(i, maximumBytes));
        }
        return all;
    }

    /** One message of {@code bytes} bytes and a little more, of ordinary lines. */
    static byte[] large(int number, int bytes) {
        Text text = new Text();
        text.line(NUMBER + number).line("From: Ana <ana@example.org>").line("To: usuario@example.net");
        text.line("Subject: grande").line("Message-ID: <grande" + number + "@example.org>");
        text.line("Date: Mon, 02 Nov 2026 10:00:00 +0100").line("");
        SplittableRandom letters = new SplittableRandom(number);
        while (text.size() < bytes) {
            text.line(letters(letters, 72));
        }
        return text.bytes();
    }

    /** The number of a delivered message. */
    static int number(String delivered) {
        Matcher m = FIRST.matcher(delivered);
        if (!m.find()) {
            throw new AssertionError("no number in: " + delivered.substring(0, Math.min(500, delivered.length())));
        }
        return Integer.parseInt(m.group(1));
    }

    /** What was put on top of a delivered message. */
    static String trace(String delivered) {
        return delivered.substring(0, start(delivered));
    }

    /** A delivered message without {@link #trace}. */
    static String itself(String delivered) {
        return delivered.substring(start(delivered));
    }

    private static int start(String delivered) {
        Matcher m = FIRST.matcher(delivered);
        return m.find() ? m.start() : 0;
    }

    private byte[] message(int number, int maximumBytes) {
        Text text = new Text();
        text.line(NUMBER + number);
        List<Runnable> kinds = kinds(text, number);
        kinds.get(number % kinds.size()).run();
        int bytes = random.nextInt(1, maximumBytes);
        while (bytes > 0) {
            String line = letters(random, random.nextInt(0, 78));
            text.line(line);
            bytes -= line.length() + 1;
        }
        return text.bytes();
    }

    /** Each writes a header, a blank line and what is special of the body. */
    private List<Runnable> kinds(Text t, int number) {
        return List.of(
                () -> usual(t, number).line("Subject: Hola").line(""),
                () -> usual(t, number)
                        .raw("Subject: ma\u00f1ana, 8 bits sin declarar\n")
                        .line("")
                        .raw("ca\u00f1\u00f3n\n"),
                () -> usual(t, number)
                        .line("Subject: =?UTF-8?B?4pyJ?=")
                        .line("MIME-Version: 1.0")
                        .line("Content-Type: text/plain; charset=utf-8")
                        .line("Content-Transfer-Encoding: 8bit")
                        .line("")
                        .line("¡Ñandú! ✉"),
                () -> usual(t, number)
                        .line("")
                        .line("x".repeat(999))
                        .line("y".repeat(2048))
                        .line("z ".repeat(6000)),
                () -> usual(t, number).line("").raw("antes\0despu\u00e9s\n\0\n"),
                () -> usual(t, number)
                        .line("")
                        .line(".")
                        .line("..")
                        .line(".hola")
                        .line("...")
                        .line("")
                        .line("."),
                () -> usual(t, number)
                        .line("")
                        .line("From ana Mon Nov  2")
                        .line(">From x")
                        .line("")
                        .line("From y"),
                () -> usual(t, number).line("").raw("uno\r\ndos\ntres\rcuatro\r\r\ncinco\n\r\n"),
                () -> usual(t, number)
                        .line("Subject:sin blanco")
                        .line("X-Tab:\tcon tabulador")
                        .line("X-Doblado: uno")
                        .line("\tdos")
                        .line("   tres")
                        .line("X-Vacio:")
                        .line("X-Largo: " + "palabra ".repeat(300))
                        .line(""),
                () -> usual(t, number)
                        .line("X-Espacio : antes de los dos puntos")
                        .line("esto no es un campo")
                        .line("")
                        .line("b"),
                () -> t.line("Subject: sin From ni Date ni Message-Id").line("").line("corto"),
                () -> t.line("From: ana")
                        .line("To: usuario, otro")
                        .line("Cc: root")
                        .line("Date: ayer")
                        .line(""),
                () -> usual(t, number)
                        .line("Return-Path: <otra@example.org>")
                        .line("Delivered-To: usuario@example.org")
                        .line("X-Original-To: usuario@example.org")
                        .line("Received: from a by b; Mon, 02 Nov 2026 10:00:00 +0100")
                        .line("Bcc: oculta@example.org")
                        .line("Resent-From: luis@example.org")
                        .line("Resent-To: usuario@example.net")
                        .line("Content-Length: 7")
                        .line("Errors-To: nadie@example.org")
                        .line(""),
                () -> usual(t, number)
                        .line("MIME-Version: 1.0")
                        .line("Content-Type: multipart/mixed; boundary=\"frontera\"")
                        .line("")
                        .line("--frontera")
                        .line("Content-Type: application/octet-stream")
                        .line("Content-Transfer-Encoding: binary")
                        .line("")
                        .raw("\u0001\u00ff\u0080\u001b\n")
                        .line("--frontera--"),
                () -> usual(t, number).line(""),
                () -> usual(t, number).line("").line("").line("").line(" ").line(""),
                () -> t.line("FROM: ANA@EXAMPLE.ORG")
                        .line("to: Lista: usuario@example.net, otro@example.net;")
                        .line("sUBJECT: \"mayúsculas\"")
                        .line("message-id: <" + number + "@example.org>")
                        .line("date: Mon, 2 Nov 26 10:00 GMT")
                        .line(""));
    }

    private static Text usual(Text text, int number) {
        return text.line("Return-Path: <ana@example.org>")
                .line("Received: by mx.example.org with SMTP id " + number + "; Mon, 02 Nov 2026 10:00:01 +0100")
                .line("From: \"Ana\" <ana@example.org>")
                .line("To: Usuario <usuario@example.net>")
                .line("Message-ID: <m" + number + "@example.org>")
                .line("Date: Mon, 02 Nov 2026 10:00:00 +0100");
    }

    private static String letters(SplittableRandom random, int count) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < count; i++) {
            line.append((char) (random.nextInt(7) == 0 ? ' ' : 'a' + random.nextInt(26)));
        }
        return line.toString();
    }

    /** Bytes in the making. */
    private static final class Text {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Text line(String line) {
            out.writeBytes((line + "\n").getBytes(StandardCharsets.UTF_8));
            return this;
        }

        /** Each character one byte. */
        Text raw(String text) {
            out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
            return this;
        }

        int size() {
            return out.size();
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }
}
