package org.recadero.table;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 10, unit = TimeUnit.SECONDS)
class CdbTest {
    @TempDir
    Path folder;

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }

    /** A file of given rows, in memory. */
    private static byte[] cdb(List<Map.Entry<String, String>> rows) throws IOException {
        byte[][] file = {new byte[0]};
        CdbWriter writer = new CdbWriter((data, count, at) -> {
            int end = (int) at + count;
            if (end > file[0].length) {
                file[0] = Arrays.copyOf(file[0], end);
            }
            System.arraycopy(data, 0, file[0], (int) at, count);
        });
        for (Map.Entry<String, String> row : rows) {
            writer.add(bytes(row.getKey()), bytes(row.getValue()));
        }
        writer.finish();
        return file[0];
    }

    private static Optional<String> find(Cdb cdb, String key) throws IOException {
        return cdb.find(bytes(key)).map(v -> new String(v, ISO_8859_1));
    }

    @Test
    void findsWhatWasWritten() throws IOException {
        Cdb cdb = Cdb.of("t", cdb(List.of(Map.entry("one", "1"), Map.entry("two", ""), Map.entry("", "empty"))));
        assertThat(find(cdb, "one")).contains("1");
        assertThat(find(cdb, "two")).contains("");
        assertThat(find(cdb, "")).contains("empty");
        assertThat(find(cdb, "three")).isEmpty();
    }

    @Test
    void givesTheFirstOfTwoEqualKeys() throws IOException {
        Cdb cdb = Cdb.of("t", cdb(List.of(Map.entry("k", "first"), Map.entry("k", "second"))));
        assertThat(find(cdb, "k")).contains("first");
    }

    @Test
    void writesTheFormatByteForByte() throws IOException {
        // D. J. Bernstein's format: hash 5381, h * 33 ^ c; "one" is 0x0b8770bb: table 0xbb, slot (h >> 8) % 2
        byte[] file = cdb(List.of(Map.entry("one", "Hello")));
        assertThat(file).hasSize(2048 + 8 + 3 + 5 + 16);
        ByteBuffer numbers = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int hash = Cdb.hash(bytes("one"));
        int table = hash & 0xff;
        assertThat(numbers.getInt(table * 8)).isEqualTo(2064);
        assertThat(numbers.getInt(table * 8 + 4)).isEqualTo(2);
        assertThat(HexFormat.of().formatHex(file, 2048, 2064)).isEqualTo("03000000050000006f6e6548656c6c6f");
        int slot = 2064 + (hash >>> 8) % 2 * 8;
        assertThat(numbers.getInt(slot)).isEqualTo(hash);
        assertThat(numbers.getInt(slot + 4)).isEqualTo(2048);
    }

    @Test
    void listsRowsInTheirOrder() throws IOException {
        List<Map.Entry<String, String>> rows = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            rows.add(Map.entry("k" + i, "v" + i));
        }
        List<Map.Entry<String, String>> read = new ArrayList<>();
        Cdb.of("t", cdb(rows))
                .forEach((key, value) ->
                        read.add(Map.entry(new String(key, ISO_8859_1), new String(value, ISO_8859_1))));
        assertThat(read).isEqualTo(rows);
    }

    @Test
    void readsALargeFileFromDisk() throws IOException {
        List<Map.Entry<String, String>> rows = new ArrayList<>();
        for (int i = 0; i < 30_000; i++) {
            rows.add(Map.entry("key" + i, "value" + i));
        }
        byte[] bytes = cdb(rows);
        assertThat(bytes.length).isGreaterThan(Cdb.KEPT_BYTES);
        Path file = Files.write(folder.resolve("t.cdb"), bytes);
        Cdb cdb = Cdb.open(file);
        for (int i = 0; i < 30_000; i += 97) {
            assertThat(find(cdb, "key" + i)).contains("value" + i);
        }
        assertThat(find(cdb, "key30000")).isEmpty();
        // an interrupted thread disturbs nobody (SAFETY 11)
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> find(cdb, "key1")).isInstanceOf(IOException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(find(cdb, "key1")).contains("value1");
        // cut off while it is in use
        Files.write(file, Arrays.copyOf(bytes, 5_000));
        assertThatThrownBy(() -> find(cdb, "key29999")).isInstanceOf(IOException.class);
    }

    @Test
    void stopsBeforeTheFormatsLimit() throws IOException {
        CdbWriter writer = new CdbWriter((data, count, at) -> {}, 10_000);
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1_000; i++) {
                        writer.add(bytes("key" + i), bytes("value"));
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessageContaining("over 10000 bytes");
        writer.finish();
    }

    @Test
    void refusesWhatIsNoCdb() {
        byte[] berkeley = new byte[12_288];
        ByteBuffer.wrap(berkeley).order(ByteOrder.LITTLE_ENDIAN).putInt(12, 0x061561);
        for (byte[] file : List.of(new byte[0], new byte[2047], new byte[2048], berkeley, new byte[100_000])) {
            assertThatThrownBy(() -> Cdb.of("t", file)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void endsInATableWithoutGaps() throws IOException {
        // all slots hold the key's hash and point to a record with another key
        byte[] file = cdb(List.of(Map.entry("one", "1")));
        int slots = 200_000;
        ByteBuffer hostile = ByteBuffer.allocate(file.length + slots * 8).order(ByteOrder.LITTLE_ENDIAN);
        hostile.put(file);
        int hash = Cdb.hash(bytes("other"));
        hostile.putInt((hash & 0xff) * 8, file.length).putInt((hash & 0xff) * 8 + 4, slots);
        for (int i = 0; i < slots; i++) {
            hostile.putInt(hash).putInt(2048);
        }
        Cdb cdb = Cdb.of("t", hostile.array());
        assertThatThrownBy(() -> find(cdb, "other")).isInstanceOf(IOException.class);
        assertThat(find(cdb, "one")).contains("1");
    }

    @Test
    void findsEachKeyOfRandomTables() throws IOException {
        Random random = new Random(20_261_124);
        for (int round = 0; round < 60; round++) {
            Map<String, String> rows = randomRows(random, random.nextInt(400));
            Cdb cdb = Cdb.of("t", cdb(List.copyOf(rows.entrySet())));
            for (Map.Entry<String, String> row : rows.entrySet()) {
                assertThat(find(cdb, row.getKey())).contains(row.getValue());
            }
            for (int i = 0; i < 50; i++) {
                String key = randomText(random, 6);
                assertThat(find(cdb, key)).isEqualTo(Optional.ofNullable(rows.get(key)));
            }
        }
    }

    @Test
    void damagedFilesGiveAnAnswerOrAnErrorButNoCrash() throws IOException {
        Random random = new Random(7);
        int failed = 0;
        for (int round = 0; round < 1_500; round++) {
            Map<String, String> rows = randomRows(random, 40);
            byte[] file = cdb(List.copyOf(rows.entrySet()));
            boolean whole = random.nextBoolean();
            byte[] damaged = Arrays.copyOf(file, whole ? file.length : random.nextInt(file.length));
            int flips = whole ? 1 + random.nextInt(20) : random.nextInt(3);
            for (int i = 0; i < flips && damaged.length > 0; i++) {
                // half of them among the records and tables
                int from = damaged.length > 2048 && random.nextBoolean() ? 2048 : 0;
                damaged[from + random.nextInt(damaged.length - from)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                Cdb cdb = Cdb.of("t", damaged);
                for (String key : rows.keySet()) {
                    try {
                        find(cdb, key);
                    } catch (IOException e) {
                        failed++;
                    }
                }
                cdb.forEach((key, value) -> {});
            } catch (IOException e) {
                failed++;
            }
        }
        assertThat(failed).isPositive();
    }

    private static Map<String, String> randomRows(Random random, int count) {
        Map<String, String> rows = new HashMap<>();
        for (int i = 0; i < count; i++) {
            rows.put(randomText(random, 6), randomText(random, random.nextInt(20) == 0 ? 3_000 : 20));
        }
        return rows;
    }

    private static String randomText(Random random, int most) {
        byte[] bytes = new byte[random.nextInt(most + 1)];
        random.nextBytes(bytes);
        return new String(bytes, ISO_8859_1);
    }

    // ---- Debian's tinycdb, where it is installed

    private static String tinycdb(Path directory, String input, String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        try (var out = process.getOutputStream()) {
            out.write(input.getBytes(UTF_8));
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        process.getInputStream().transferTo(all);
        assertThat(process.waitFor()).isZero();
        return all.toString(UTF_8);
    }

    @Test
    void agreesWithTinycdb() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/cdb")), "needs the package tinycdb");
        StringBuilder map = new StringBuilder();
        List<Map.Entry<String, String>> rows = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            map.append("user").append(i).append(" value ").append(i).append('\n');
            rows.add(Map.entry("user" + i, "value " + i));
        }
        tinycdb(folder, map.toString(), "/usr/bin/cdb", "-c", "-m", "theirs.cdb");
        Cdb theirs = Cdb.open(folder.resolve("theirs.cdb"));
        for (int i = 0; i < 5_000; i += 7) {
            assertThat(find(theirs, "user" + i)).contains("value " + i);
        }
        assertThat(find(theirs, "user5000")).isEmpty();
        Files.write(folder.resolve("ours.cdb"), cdb(rows));
        assertThat(tinycdb(folder, "", "/usr/bin/cdb", "-d", "-m", "ours.cdb")).isEqualTo(map.toString());
        assertThat(tinycdb(folder, "", "/usr/bin/cdb", "-q", "ours.cdb", "user77"))
                .isEqualTo("value 77");
        assertThat(Files.readAllBytes(folder.resolve("ours.cdb")))
                .isEqualTo(Files.readAllBytes(folder.resolve("theirs.cdb")));
    }
}
