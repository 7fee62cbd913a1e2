package org.recadero.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.opentest4j.TestAbortedException;

/** A machine with the system that is tested and one with Debian's Postfix, the oracle, in the same run. */
final class SideBySide implements AutoCloseable {
    private final Machine subject;
    private final Machine reference;

    private SideBySide(Machine subject, Machine reference) {
        this.subject = subject;
        this.reference = reference;
    }

    /** Two machines, each prepared in the same way, at the same time. */
    static SideBySide with(Consumer<Machine> preparation) {
        return with(Machine::with, preparation);
    }

    /** As {@link #with(Consumer)}, on machines with the programs that fetch, filter, read and send mail. */
    static SideBySide withMailPrograms(Consumer<Machine> preparation) {
        return with(Machine::withMailPrograms, preparation);
    }

    private static SideBySide with(Function<Mta, Machine> make, Consumer<Machine> preparation) {
        Machine subject = make.apply(Mta.subject());
        SideBySide machines;
        try {
            machines = new SideBySide(subject, make.apply(Mta.REFERENCE));
        } catch (RuntimeException | Error e) {
            subject.close();
            throw e;
        }
        try {
            var _ = machines.both(machine -> {
                preparation.accept(machine);
                return "";
            });
            return machines;
        } catch (RuntimeException | Error e) {
            machines.close();
            throw e;
        }
    }

    /**
     * What is seen of each mail must be equal on both; all that differ are told at once.
     *
     * @return what Postfix gave for all of them
     */
    String equalFor(List<Submission> mails, BiFunction<Submission, Machine, String> seen) {
        List<String> differences = new ArrayList<>();
        StringBuilder reference = new StringBuilder();
        for (Submission mail : mails) {
            Pair<String> both = both(machine -> seen.apply(mail, machine));
            reference.append(both.reference());
            if (!both.subject().equals(both.reference())) {
                differences.add(mail + "\n--- ours\n" + both.subject() + "\n--- Postfix\n" + both.reference());
            }
        }
        assertThat(differences).isEmpty();
        return reference.toString();
    }

    /** What the same steps gave on both. */
    record Pair<T>(T subject, T reference) {
        /** The tested system must give what Postfix gives. */
        void areEqual() {
            assertThat(subject).isEqualTo(reference);
        }
    }

    /** Takes the same steps on both machines at the same time: most of them wait for something. */
    <T> Pair<T> both(Function<Machine, T> steps) {
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<T> ours = pool.submit(() -> steps.apply(subject));
            Future<T> theirs = pool.submit(() -> steps.apply(reference));
            return new Pair<>(ours.get(), theirs.get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TestAbortedException aborted) {
                throw aborted;
            }
            throw new AssertionError(e.getCause().getMessage(), e.getCause());
        }
    }

    Machine subject() {
        return subject;
    }

    Machine reference() {
        return reference;
    }

    @Override
    public void close() {
        subject.close();
        reference.close();
    }
}
