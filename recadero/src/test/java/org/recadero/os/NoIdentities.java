package org.recadero.os;

import java.util.List;

/** The daemon, uid 100; nothing runs with another identity in this process. */
public final class NoIdentities implements Identities {
    @Override
    public <T> T runAs(Identity identity, Work<T> work) {
        throw new AssertionError("nobody asks for it here");
    }

    @Override
    public <T> T runAsRootForRootsMailbox(Identity root, Work<T> work) {
        throw new AssertionError("nobody asks for it here");
    }

    @Override
    public byte[] readRootFile(String path, int limitBytes) {
        throw new AssertionError("nobody asks for it here");
    }

    @Override
    public boolean canSwitch() {
        return true;
    }

    @Override
    public Identity self() {
        return new Identity(100, 100, List.of());
    }
}
