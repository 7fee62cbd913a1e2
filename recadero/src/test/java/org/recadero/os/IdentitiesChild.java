package org.recadero.os;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** What {@link LinuxIdentitiesTest} starts as the daemon: an ordinary user with CAP_SETUID and CAP_SETGID, or without. */
final class IdentitiesChild {
    static final Identity USER = new Identity(54_401, 54_402, List.of(54_403, 54_404));
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private IdentitiesChild() {}

    public static void main(String[] args) throws Exception {
        System.setOut(new java.io.PrintStream(
                new java.io.FileOutputStream(java.io.FileDescriptor.out), true, StandardCharsets.UTF_8));
        try (LinuxIdentities identities = new LinuxIdentities(new LinuxFileSystem(), DEADLINE)) {
            switch (args[0]) {
                case "ids" -> ids(identities);
                case "create" -> create(identities, args[1]);
                case "root" -> root(identities, args[1], args[2]);
                case "refusals" -> refusals(identities);
                case "hold" -> hold(identities);
                case "storm" -> storm(identities, Integer.parseInt(args[1]), Long.parseLong(args[2]));
                case "cost" -> cost(identities);
                default -> throw new IllegalArgumentException(args[0]);
            }
        }
    }

    /** Lines of the calling thread's /proc status. */
    private static String status(FileSystem files) throws IOException {
        int descriptor = files.open(FileSystem.AT_FDCWD, "/proc/thread-self/status", FileSystem.O_RDONLY, 0);
        try {
            byte[] bytes = new byte[8_192];
            int count = (int) files.read(descriptor, MemorySegment.ofArray(bytes), 0);
            StringBuilder out = new StringBuilder();
            new String(bytes, 0, count, StandardCharsets.ISO_8859_1)
                    .lines()
                    .filter(l -> l.matches("(Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapAmb):.*"))
                    .forEach(l -> out.append(l.strip().replaceAll("\\s+", " ")).append('\n'));
            return out.toString();
        } finally {
            files.close(descriptor);
        }
    }

    private static void ids(LinuxIdentities identities) throws IOException {
        System.out.println("canSwitch " + identities.canSwitch());
        Identity who = identities.canSwitch() ? USER : identities.self();
        System.out.print(identities.runAs(who, IdentitiesChild::status));
        System.out.println("afterwards");
        System.out.print(status(new LinuxFileSystem()));
    }

    private static void create(LinuxIdentities identities, String path) throws IOException {
        identities.runAs(USER, files -> {
            files.close(files.open(
                    FileSystem.AT_FDCWD, path, FileSystem.O_WRONLY | FileSystem.O_CREAT | FileSystem.O_EXCL, 0600));
            return true;
        });
    }

    private static void root(LinuxIdentities identities, String secret, String theirs) throws IOException {
        System.out.print(identities.runAsRootForRootsMailbox(new Identity(0, 0, List.of()), IdentitiesChild::status));
        System.out.println(new String(identities.readRootFile(secret, 100), StandardCharsets.UTF_8));
        tell("too long", () -> identities.readRootFile(secret, 1));
        tell("not root's", () -> identities.readRootFile(theirs, 10_000));
        tell("folder", () -> identities.readRootFile("/root", 10_000));
    }

    private static void refusals(LinuxIdentities identities) {
        Identity self = identities.self();
        tell("root", () -> identities.runAs(new Identity(0, 0, List.of()), f -> true));
        tell("self", () -> identities.runAs(self, f -> true));
        tell("own group", () -> identities.runAs(new Identity(54_401, self.gid(), List.of()), f -> true));
        tell("other", () -> identities.runAs(USER, f -> true));
        tell("root's mailbox for another", () -> identities.runAsRootForRootsMailbox(USER, f -> true));
        tell("root's mailbox", () -> identities.runAsRootForRootsMailbox(new Identity(0, 8, List.of()), f -> true));
        tell("root's file", () -> identities.readRootFile("/etc/hostname", 10_000).length > 0);
    }

    private static void tell(String what, Callable<?> call) {
        String answer;
        try {
            answer = String.valueOf(call.call());
        } catch (Exception e) {
            answer = e.getClass().getSimpleName() + ": " + e.getMessage();
        }
        System.out.println(what + ": " + answer);
    }

    /** Holds the user's identity until standard input ends. */
    private static void hold(LinuxIdentities identities) throws Exception {
        AtomicBoolean end = new AtomicBoolean();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                while (System.in.read() >= 0) {}
            } catch (IOException e) {
                System.out.println(e);
            }
            end.set(true);
        });
        String said = identities.runAs(USER, files -> {
            System.out.println("holding " + ProcessHandle.current().pid() + " " + Credentials.threadId());
            while (!end.get()) {
                LockSupport.parkNanos(1_000_000);
            }
            return "survived";
        });
        System.out.println(said);
    }

    /** Many deliveries for virtual threads, then other work of virtual threads, then the watchdog's two looks. */
    private static void storm(LinuxIdentities identities, int rounds, long idleMillis) throws Exception {
        IdentityWatchdog watchdog = new IdentityWatchdog(identities);
        for (int round = 0; round < rounds; round++) {
            List<Future<Boolean>> all = new ArrayList<>();
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 100; i++) {
                    Identity user = new Identity(54_500 + i % 20, 54_500 + i % 20, List.of());
                    all.add(threads.submit(
                            () -> identities.runAs(user, f -> Credentials.uids().effective() == user.uid())));
                    all.add(threads.submit(() ->
                            Credentials.uids().effective() == identities.self().uid()));
                }
            }
            for (Future<Boolean> one : all) {
                if (!one.get()) {
                    System.out.println("wrong identity");
                }
            }
            System.out.println("foreign: " + watchdog.check());
            if (idleMillis > 0) {
                // the JDK lets carriers go after 30 s
                Thread.sleep(idleMillis);
            }
        }
        Thread.sleep(200);
        System.out.println("foreign: " + watchdog.check());
        System.out.println("foreign: " + watchdog.check());
    }

    private static void cost(LinuxIdentities identities) throws IOException {
        for (int i = 0; i < 2_000; i++) {
            identities.runAs(USER, f -> true);
        }
        long start = System.nanoTime();
        for (int i = 0; i < 2_000; i++) {
            identities.runAs(USER, f -> true);
        }
        System.out.println("us per runAs " + (System.nanoTime() - start) / 2_000 / 1_000);
    }
}
