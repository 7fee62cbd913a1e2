package org.recadero.deliver.local;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.recadero.os.FileSystem;
import org.recadero.os.Identities;
import org.recadero.os.Identity;

/** Runs work on a one-shot platform thread, with the rights that the test has, and remembers as whom it should have been. */
final class TestIdentities implements Identities {
    private final FileSystem files;
    private final List<Identity> taken = new ArrayList<>();
    Identity self = new Identity(100, 100, List.of());
    boolean canSwitch = true;
    /** Where set, callers stop waiting as soon as it is down, while the work goes on. */
    Optional<CountDownLatch> impatience = Optional.empty();
    /** The last piece of work's. */
    volatile Thread thread = Thread.currentThread();
    /** The number of the call that fails, from 1; 0: none. */
    int failAt;

    TestIdentities(FileSystem files) {
        this.files = files;
    }

    synchronized List<Identity> taken() {
        return List.copyOf(taken);
    }

    private synchronized void take(Identity identity) throws IOException {
        taken.add(identity);
        if (taken.size() == failAt) {
            throw new IOException("cannot take the identity");
        }
    }

    @Override
    public <T> T runAs(Identity identity, Work<T> work) throws IOException {
        if (identity.uid() == 0) {
            throw new IllegalArgumentException("uid 0");
        }
        return run(identity, work);
    }

    @Override
    public <T> T runAsRootForRootsMailbox(Identity root, Work<T> work) throws IOException {
        if (root.uid() != 0) {
            throw new IllegalArgumentException("not uid 0");
        }
        return run(root, work);
    }

    private <T> T run(Identity identity, Work<T> work) throws IOException {
        take(identity);
        FutureTask<T> task = new FutureTask<>(() -> work.run(files));
        thread = Thread.ofPlatform().name("as-user").start(task);
        try {
            if (impatience.isPresent()) {
                impatience.get().await();
                throw new IOException("did not end within 0 s");
            }
            return task.get();
        } catch (InterruptedException e) {
            throw new IOException(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        }
    }

    @Override
    public byte[] readRootFile(String path, int limitBytes) {
        throw new AssertionError("nobody asks for it here");
    }

    @Override
    public boolean canSwitch() {
        return canSwitch;
    }

    @Override
    public Identity self() {
        return self;
    }
}
