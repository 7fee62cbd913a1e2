package org.recadero.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.recadero.log.LogSink.Severity;

@Timeout(20)
class BufferedSinkTest {
    private final List<String> written = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch mayWrite = new CountDownLatch(1);

    private final LogSink prompt = (severity, tag, text) -> written.add(severity + " " + tag + " " + text);

    private final LogSink stuck = (severity, tag, text) -> {
        await(mayWrite);
        written.add(text);
    };

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void info(LogSink sink, String text) {
        sink.write(Severity.INFO, "tag", text);
    }

    @Test
    void writesInTheOrderInWhichEachThreadLogs() throws Exception {
        List<Thread> threads = new ArrayList<>();
        try (BufferedSink sink = new BufferedSink(prompt)) {
            for (String who : List.of("a", "b", "c")) {
                threads.add(Thread.ofVirtual()
                        .start(() ->
                                IntStream.range(0, 3 * BufferedSink.MOST_LINES).forEach(i -> info(sink, who + i))));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        for (String who : List.of("a", "b", "c")) {
            assertThat(written.stream().filter(line -> line.startsWith("INFO tag " + who)))
                    .containsExactlyElementsOf(IntStream.range(0, 3 * BufferedSink.MOST_LINES)
                            .mapToObj(i -> "INFO tag " + who + i)
                            .toList());
        }
    }

    @Test
    void waitsOnlyWhereTooManyLinesDo() throws Exception {
        try (BufferedSink sink = new BufferedSink(stuck)) {
            info(sink, "first");
            Thread many = Thread.ofVirtual()
                    .start(() -> IntStream.range(0, BufferedSink.MOST_LINES).forEach(i -> info(sink, "line " + i)));
            assertThat(many.join(Duration.ofSeconds(10))).isTrue();
            assertThat(written).isEmpty();
            // the thread may have taken some of them with the first
            Thread more = Thread.ofVirtual()
                    .start(() -> IntStream.range(0, BufferedSink.MOST_LINES).forEach(i -> info(sink, "more " + i)));
            assertThat(more.join(Duration.ofMillis(100))).isFalse();
            mayWrite.countDown();
            assertThat(more.join(Duration.ofSeconds(10))).isTrue();
        }
        assertThat(written).hasSize(1 + 2 * BufferedSink.MOST_LINES);
    }

    @Test
    void anErrorIsWrittenWhenTheCallReturns() {
        try (BufferedSink sink = new BufferedSink(prompt)) {
            info(sink, "before");
            sink.write(Severity.FATAL, "tag", "the end");
            assertThat(written).containsExactly("INFO tag before", "FATAL tag the end");
        }
    }

    @Test
    void closingWritesAllAndWhatComesLaterIsWrittenByItsCaller() throws Exception {
        BufferedSink sink = new BufferedSink(stuck);
        info(sink, "one");
        info(sink, "two");
        Thread closing = Thread.ofVirtual().start(sink::close);
        mayWrite.countDown();
        assertThat(closing.join(Duration.ofSeconds(10))).isTrue();
        assertThat(written).containsExactly("one", "two");
        info(sink, "three");
        assertThat(written).containsExactly("one", "two", "three");
        sink.close();
    }

    @Test
    void aSinkThatFailsHoldsNobodyUp() {
        BufferedSink sink = new BufferedSink((severity, tag, text) -> {
            if (text.equals("bad")) {
                throw new IllegalStateException("broken on purpose");
            }
            written.add(text);
        });
        sink.write(Severity.ERROR, "tag", "bad");
        info(sink, "good");
        sink.close();
        assertThat(written).containsExactly("good");
    }
}
