package org.recadero.log;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A thread of its own writes the lines, in their order: who logs waits neither for syslogd, which takes line by line, nor for others who
 * log. A line is on its way at once, those that follow within {@value #GATHERING_MILLIS} ms. What tells of an error is written before the
 * call returns, as the program may end behind it. Safe for all threads.
 */
public final class BufferedSink implements LogSink, AutoCloseable {
    /** Bound for lines that wait: who would add one more waits himself. */
    static final int MOST_LINES = 1_000;

    private static final int GATHERING_MILLIS = 2;

    /** Behind lines that were written; with what comes meanwhile the next look is worth its wake-up. */
    private static final Duration GATHERING = Duration.ofMillis(GATHERING_MILLIS);

    private record Line(Severity severity, String tag, String text) {}

    private final LogSink sink;
    private final ReentrantLock lock = new ReentrantLock();
    /** There are lines, or there will be none any more. */
    private final Condition work = lock.newCondition();
    /** Lines were written. */
    private final Condition progress = lock.newCondition();

    // guarded by lock
    private ArrayDeque<Line> waiting = new ArrayDeque<>();
    private long added;
    private long written;
    private boolean closed;

    /** @param sink is called by one thread at a time */
    public BufferedSink(LogSink sink) {
        this.sink = Objects.requireNonNull(sink);
        Thread.ofPlatform().daemon().name("log").start(this::write);
    }

    /** Behind {@link #close} a line is written by its caller. */
    @Override
    public void write(Severity severity, String tag, String text) {
        lock.lock();
        try {
            while (waiting.size() >= MOST_LINES) {
                progress.awaitUninterruptibly();
            }
            if (closed) {
                awaitWritten(added);
                sink.write(severity, tag, text);
                return;
            }
            waiting.add(new Line(severity, tag, text));
            added++;
            work.signal();
            if (severity.compareTo(Severity.ERROR) <= 0) {
                awaitWritten(added);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns when all lines are written; the thread ends. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            work.signal();
            awaitWritten(added);
        } finally {
            lock.unlock();
        }
    }

    /** Called with the lock held. */
    private void awaitWritten(long number) {
        while (written < number) {
            progress.awaitUninterruptibly();
        }
    }

    private void write() {
        try {
            for (ArrayDeque<Line> lines = next(); !lines.isEmpty(); lines = next()) {
                for (Line line : lines) {
                    sink.write(line.severity(), line.tag(), line.text());
                }
                tellOf(lines.size());
                gather();
            }
        } finally {
            end();
        }
    }

    /** Empty at the end. */
    private ArrayDeque<Line> next() {
        lock.lock();
        try {
            while (waiting.isEmpty() && !closed) {
                work.awaitUninterruptibly();
            }
            ArrayDeque<Line> lines = waiting;
            waiting = new ArrayDeque<>();
            return lines;
        } finally {
            lock.unlock();
        }
    }

    private void tellOf(int lines) {
        lock.lock();
        try {
            written += lines;
            progress.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whoever logs from now on writes himself, also where this thread ended by an error. */
    private void end() {
        lock.lock();
        try {
            closed = true;
            waiting.clear();
            written = added;
            progress.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static void gather() {
        try {
            Thread.sleep(GATHERING);
        } catch (InterruptedException e) {
            // nobody interrupts this thread; if somebody did, the lines would go out a little sooner
            return;
        }
    }
}
