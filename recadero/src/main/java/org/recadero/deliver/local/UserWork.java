package org.recadero.deliver.local;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.recadero.os.FileSystem;
import org.recadero.os.Identities;

/**
 * Work with a user's identity whose caller may stop waiting while it still runs (a mailbox on a disk that does not answer).
 *
 * <p>Descriptors belong to the process: so exactly one side cleans up, and never closes what the other may still use. Lock-free,
 * since one side has the user's identity (SAFETY 3).
 */
final class UserWork<T> {
    /** How it ended for the caller. */
    sealed interface End<T> {
        record Done<T>(T result) implements End<T> {}

        /** It never ran and never will: what the caller holds is his to close. */
        record NotStarted<T>(String reason) implements End<T> {}

        /** It runs or hangs: it cleans up itself, nothing that it uses may be touched. */
        record LeftAlone<T>(String reason) implements End<T> {}
    }

    private enum State {
        WAITING,
        RUNNING,
        DONE,
        ABANDONED
    }

    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private volatile @Nullable T result;

    private UserWork() {}

    /**
     * @param work throws nothing for what a disk or a user can cause: its result says it
     * @param undo closes what the work opened, where nobody waits for it any more; runs with the user's identity
     */
    static <T> End<T> run(
            Mailbox mailbox, Identities identities, Identities.Work<T> work, BiConsumer<FileSystem, T> undo) {
        UserWork<T> handed = new UserWork<>();
        try {
            T result = mailbox.as(identities, files -> handed.work(files, work, undo));
            return new End.Done<>(result);
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage());
            if (handed.state.compareAndSet(State.WAITING, State.ABANDONED)) {
                return new End.NotStarted<>(reason);
            }
            if (handed.state.compareAndSet(State.RUNNING, State.ABANDONED)) {
                return new End.LeftAlone<>(reason);
            }
            T late = handed.result;
            return late == null ? new End.NotStarted<>(reason) : new End.Done<>(late);
        }
    }

    private T work(FileSystem files, Identities.Work<T> work, BiConsumer<FileSystem, T> undo) throws IOException {
        if (!state.compareAndSet(State.WAITING, State.RUNNING)) {
            throw new IOException("nobody waits for it");
        }
        T done = work.run(files);
        result = done;
        if (!state.compareAndSet(State.RUNNING, State.DONE)) {
            undo.accept(files, done);
        }
        return done;
    }
}
