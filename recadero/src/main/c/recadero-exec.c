/*
 * recadero-exec: runs one command for a user, guards it, and says how it ended (SAFETY 1, 4).
 *
 * The daemon starts it with its own ids. Standard input begins with a header that says what to run; what follows is the
 * command's standard input. This process then stays as the command's guard: it keeps the daemon's uid, of the capabilities
 * CAP_KILL alone, collects the command's first output, and when the time is over ends everything that the command started,
 * also what left its process group or its parents (it is their subreaper). The command itself gets no descriptor but 0, 1
 * and 2, no capability, and the user's ids for good.
 *
 * Header: "RX1\n", a u32 (big-endian) length, and that many bytes of NUL-ended strings: uid, gid, supplementary groups (with
 * commas), limit in ms, kept output in bytes, most bytes of a file (0: no limit), folder, a number (1: the folder is entered as
 * the user, 2: what is no program is left to the shell), number of arguments, arguments, number of variables, variables (NAME=value).
 *
 * Report on standard output: one line, "exit N", "signal N", "timeout", "stopped" (by SIGTERM), "noexec TEXT" (the program could
 * not be run), "nofolder TEXT" (the user may not enter the folder) or "failed TEXT" (nothing was run: the machine's fault), then the command's output to the end of the file.
 * SIGTERM ends the command and all that it started, and so does a daemon that no longer reads the report.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_HEADER (1u << 20)
#define MOST_STRINGS 4096
#define MOST_GROUPS 65536
#define MOST_OUTPUT (1u << 20)
/* A user's processes while a command runs: far over what a desktop needs, and few enough to be found and ended. */
#define MOST_PROCESSES 8192
#define MOST_FILES 1024
#define MOST_SEEN 65536
/* How long the end of all processes is insisted on: where thousands of them want the processor, this one gets little of it. */
#define KILL_MS 60000

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif

struct order {
    uid_t uid;
    gid_t gid;
    gid_t *groups;
    size_t group_count;
    long limit_ms;
    size_t output_bytes;
    unsigned long long file_bytes;
    const char *folder;
    bool folder_as_user, shell_knows;
    char **arguments;
    char **variables;
};

static char *output;
static size_t output_length;
static char cgroup[4200];

/* ---- the report */

static void write_all(int fd, const char *data, size_t length) {
    while (length > 0) {
        ssize_t n = write(fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        data += n;
        length -= (size_t)n;
    }
}

static void report(const char *format, ...) {
    char line[600];
    va_list values;
    va_start(values, format);
    int n = vsnprintf(line, sizeof line - 1, format, values);
    va_end(values);
    if (n < 0)
        n = 0;
    if (n > (int)sizeof line - 2)
        n = sizeof line - 2;
    for (int i = 0; i < n; i++)
        if (line[i] == '\n')
            line[i] = ' ';
    line[n++] = '\n';
    write_all(STDOUT_FILENO, line, (size_t)n);
    write_all(STDOUT_FILENO, output, output_length);
    close(STDOUT_FILENO);
}

static _Noreturn void fail(const char *what) {
    report("failed %s: %s", what, strerror(errno));
    exit(71);
}

static _Noreturn void refuse(const char *what) {
    report("failed %s", what);
    exit(64);
}

/* ---- the header */

static void read_all(void *into, size_t length) {
    char *at = into;
    while (length > 0) {
        ssize_t n = read(STDIN_FILENO, at, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            fail("reading the header");
        if (n == 0)
            refuse("the header is cut off");
        at += n;
        length -= (size_t)n;
    }
}

static char *position, *end;

static char *next_string(void) {
    char *start = position;
    char *nul = start < end ? memchr(start, 0, (size_t)(end - start)) : NULL;
    if (nul == NULL)
        refuse("the header is too short");
    position = nul + 1;
    return start;
}

static unsigned long long number(const char *text, unsigned long long most) {
    char *rest;
    errno = 0;
    unsigned long long value = strtoull(text, &rest, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *rest != 0 || value > most)
        refuse("the header has a bad number");
    return value;
}

static char **strings(void) {
    size_t count = number(next_string(), MOST_STRINGS);
    char **list = calloc(count + 1, sizeof *list);
    if (list == NULL)
        fail("memory");
    for (size_t i = 0; i < count; i++)
        list[i] = next_string();
    return list;
}

static void read_groups(struct order *order, char *text) {
    order->groups = calloc(strlen(text) / 2 + 2, sizeof *order->groups);
    if (order->groups == NULL)
        fail("memory");
    char *save;
    for (char *word = strtok_r(text, ",", &save); word != NULL; word = strtok_r(NULL, ",", &save)) {
        if (order->group_count >= MOST_GROUPS)
            refuse("too many groups");
        order->groups[order->group_count++] = (gid_t)number(word, UINT32_MAX - 1);
    }
}

static struct order read_order(void) {
    unsigned char start[8];
    read_all(start, sizeof start);
    if (memcmp(start, "RX1\n", 4) != 0)
        refuse("no header");
    size_t length = (size_t)start[4] << 24 | (size_t)start[5] << 16 | (size_t)start[6] << 8 | start[7];
    if (length > MOST_HEADER)
        refuse("the header is too long");
    char *header = malloc(length + 1);
    if (header == NULL)
        fail("memory");
    read_all(header, length);
    position = header;
    end = header + length;
    struct order order = {0};
    order.uid = (uid_t)number(next_string(), UINT32_MAX - 1);
    order.gid = (gid_t)number(next_string(), UINT32_MAX - 1);
    read_groups(&order, next_string());
    order.limit_ms = (long)number(next_string(), INT32_MAX);
    order.output_bytes = (size_t)number(next_string(), MOST_OUTPUT);
    order.file_bytes = number(next_string(), INT64_MAX);
    order.folder = next_string();
    unsigned long long how = number(next_string(), 3);
    order.folder_as_user = (how & 1) != 0;
    order.shell_knows = (how & 2) != 0;
    order.arguments = strings();
    order.variables = strings();
    if (order.arguments[0] == NULL)
        refuse("no command");
    return order;
}

/* ---- capabilities and ids, by raw calls: one thread, but nothing of libc's between */

struct capabilities {
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[2];
};

static int read_capabilities(struct capabilities *c) {
    memset(c, 0, sizeof *c);
    c->header.version = _LINUX_CAPABILITY_VERSION_3;
    return (int)syscall(SYS_capget, &c->header, c->data);
}

static int keep_capabilities(uint32_t kept) {
    struct capabilities c;
    if (read_capabilities(&c) < 0)
        return -1;
    uint32_t permitted = c.data[0].permitted & kept;
    memset(c.data, 0, sizeof c.data);
    c.data[0].permitted = c.data[0].effective = permitted;
    c.header.version = _LINUX_CAPABILITY_VERSION_3;
    if (syscall(SYS_capset, &c.header, c.data) < 0)
        return -1;
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); /* old kernels have none */
    return 0;
}

static bool may_switch(void) {
    struct capabilities c;
    if (read_capabilities(&c) < 0)
        fail("capget");
    uint32_t wanted = 1u << CAP_SETUID | 1u << CAP_SETGID;
    return (c.data[0].effective & wanted) == wanted;
}

/* SAFETY 5: never root, never the daemon itself. */
static void check_ids(const struct order *order, bool switching) {
    if (order->uid == 0)
        refuse("uid 0 runs no command");
    if (switching && getuid() != 0 && (order->uid == getuid() || order->gid == getgid()))
        refuse("the daemon's own uid and gid are no user's");
    if (!switching && order->uid != getuid())
        refuse("this instance may run commands for its own user only");
}

/* Empty: done. Else what failed. */
static const char *become(const struct order *order, bool switching) {
    if (switching) {
        if (syscall(SYS_setgroups, order->group_count, order->groups) < 0)
            return "setgroups";
        if (syscall(SYS_setresgid, order->gid, order->gid, order->gid) < 0)
            return "setresgid";
        if (syscall(SYS_setresuid, order->uid, order->uid, order->uid) < 0)
            return "setresuid";
    }
    if (keep_capabilities(0) < 0)
        return "capset";
    /* proof: nothing can be had back */
    uid_t ru, eu, su;
    gid_t rg, eg, sg;
    struct capabilities c;
    if (getresuid(&ru, &eu, &su) < 0 || getresgid(&rg, &eg, &sg) < 0 || read_capabilities(&c) < 0)
        return "ids";
    bool right = ru == order->uid && eu == ru && su == ru && rg == eg && sg == eg;
    if (switching)
        right = right && rg == order->gid;
    for (int i = 0; i < 2; i++)
        right = right && (c.data[i].effective | c.data[i].permitted | c.data[i].inheritable) == 0;
    errno = EPERM;
    if (!right || syscall(SYS_setuid, 0) == 0 || syscall(SYS_setgroups, 0, NULL) == 0)
        return "the user's ids were not taken for good";
    return NULL;
}

/* ---- the command */

static void limit(int resource, rlim_t most) {
    struct rlimit l;
    if (getrlimit(resource, &l) < 0)
        return;
    if (l.rlim_max == RLIM_INFINITY || l.rlim_max > most)
        l.rlim_max = most;
    l.rlim_cur = l.rlim_max;
    setrlimit(resource, &l);
}

static void limits(const struct order *order) {
    struct rlimit files;
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NPROC, MOST_PROCESSES);
    if (order->file_bytes > 0)
        limit(RLIMIT_FSIZE, order->file_bytes);
    /* the JVM raised its own soft limit, which old programs cannot bear */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > MOST_FILES) {
        files.rlim_cur = files.rlim_max < MOST_FILES ? files.rlim_max : MOST_FILES;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static void default_signals(void) {
    /* by raw calls: glibc keeps two for itself, which a launcher may have ignored; all zero is SIG_DFL without flags */
    static const unsigned char none_ignored[64];
    for (int s = 1; s <= 64; s++)
        syscall(SYS_rt_sigaction, s, none_ignored, NULL, 8);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void tell(int status, char kind, const char *what, int error) {
    char text[400];
    int n = snprintf(text, sizeof text, "%c%s%s%s", kind, what, error ? ": " : "", error ? strerror(error) : "");
    write_all(status, text, n < (int)sizeof text ? (size_t)n : sizeof text - 1);
    _exit(1);
}

static void join_cgroup(void) {
    char path[4300];
    snprintf(path, sizeof path, "%s/cgroup.procs", cgroup);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        write_all(fd, "0", 1);
        close(fd);
    }
}

/* Runs in the child: descriptors in, out, status are over 2. */
static _Noreturn void command(const struct order *order, bool switching, pid_t guard, int out, int status) {
    if (cgroup[0] != 0)
        join_cgroup();
    setsid();
    if (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
        tell(status, 'f', "dup2", errno);
    /* only the status pipe above 2, and it is closed by exec */
    if (status != 3 && dup3(status, 3, O_CLOEXEC) < 0)
        tell(status, 'f', "dup3", errno);
    status = 3;
    if (syscall(SYS_close_range, 4u, ~0u, 0u) < 0)
        for (int fd = 4; fd < 65536; fd++)
            close(fd);
    umask(077);
    limits(order);
    default_signals();
    if (!order->folder_as_user && chdir(order->folder) < 0)
        tell(status, 'f', "cannot enter the folder of commands", errno);
    const char *failure = become(order, switching);
    if (failure != NULL)
        tell(status, 'f', failure, errno);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != guard)
        _exit(1);
    if (order->folder_as_user && chdir(order->folder) < 0) {
        char what[300];
        snprintf(what, sizeof what, "cannot change directory to \"%.200s\"", order->folder);
        tell(status, 'd', what, errno);
    }
    execvpe(order->arguments[0], order->arguments, order->variables);
    if (order->shell_knows && errno == ENOENT && strchr(order->arguments[0], '/') == NULL)
        tell(status, 'b', "", 0); /* perhaps something that the shell does itself */
    char what[300];
    snprintf(what, sizeof what, "execvp %.200s", order->arguments[0]);
    tell(status, 'n', what, errno);
}

/* ---- ending everything */

static long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static pid_t *seen_pids, *seen_parents;
static bool *seen_ours;

static bool is_ours(pid_t pid, size_t count) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (seen_pids[middle] == pid)
            return seen_ours[middle];
        if (seen_pids[middle] < pid)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* The processes that come from this one, as /proc shows them; their number. They are left in seen_ours. */
static size_t descendants(void) {
    size_t count = 0, ours = 0;
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return 0;
    for (struct dirent *e; count < MOST_SEEN && (e = readdir(proc)) != NULL;) {
        if (e->d_name[0] < '1' || e->d_name[0] > '9')
            continue;
        char path[300], text[512];
        snprintf(path, sizeof path, "/proc/%.20s/stat", e->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        ssize_t n = read(fd, text, sizeof text - 1);
        close(fd);
        if (n <= 0)
            continue;
        text[n] = 0;
        /* the name may hold anything, also ") " */
        char *behind = strrchr(text, ')');
        if (behind == NULL || strlen(behind) < 5 || behind[2] == 'Z')
            continue;
        seen_pids[count] = atoi(e->d_name);
        seen_parents[count] = atoi(behind + 4);
        seen_ours[count] = false;
        count++;
    }
    closedir(proc);
    pid_t self = getpid();
    /* /proc lists by number and a child's is mostly higher than its parent's: one round is enough but for wrapped numbers */
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < count; i++) {
            if (seen_ours[i] || (seen_parents[i] != self && !is_ours(seen_parents[i], count)))
                continue;
            seen_ours[i] = more = true;
            ours++;
        }
    }
    /* ours in front */
    size_t at = 0;
    for (size_t i = 0; i < count; i++)
        if (seen_ours[i])
            seen_pids[at++] = seen_pids[i];
    return ours;
}

/* Own children, which the kernel names even where /proc hides other users' processes. */
static void kill_children(void) {
    char path[64], text[65536];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return;
    text[n] = 0;
    char *save;
    for (char *word = strtok_r(text, " \n", &save); word != NULL; word = strtok_r(NULL, " \n", &save)) {
        pid_t pid = atoi(word);
        if (pid > 1)
            kill(pid, SIGKILL);
    }
}

/* True while there is any child, living or to come. */
static bool reap(pid_t main_pid, int *main_status, bool *main_ended) {
    while (true) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid < 0)
            return errno != ECHILD;
        if (pid == 0)
            return true;
        if (pid == main_pid && !*main_ended) {
            *main_ended = true;
            *main_status = status;
        }
    }
}

static void drain(int out, size_t most, bool keep) {
    char chunk[8192];
    for (int i = 0; i < 64; i++) {
        ssize_t n = read(out, chunk, sizeof chunk);
        if (n <= 0)
            return;
        if (!keep || output_length >= most)
            continue;
        size_t taken = (size_t)n < most - output_length ? (size_t)n : most - output_length;
        memcpy(output + output_length, chunk, taken);
        output_length += taken;
    }
}

static void end_all(pid_t main_pid, int *main_status, bool *main_ended) {
    long until = now_ms() + KILL_MS;
    if (cgroup[0] != 0) {
        char path[4300];
        snprintf(path, sizeof path, "%s/cgroup.kill", cgroup);
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd >= 0) {
            write_all(fd, "1", 1);
            close(fd);
        }
    }
    while (reap(main_pid, main_status, main_ended) && now_ms() < until) {
        /* first all are stopped: a stopped process forks no more, and keeps its place under the limit */
        size_t before = 0;
        for (int round = 0; round < 40 && now_ms() < until; round++) {
            size_t count = descendants();
            for (size_t i = 0; i < count; i++)
                kill(seen_pids[i], SIGSTOP);
            if (count == before)
                break;
            before = count;
        }
        size_t count = descendants();
        for (size_t i = 0; i < count; i++)
            kill(seen_pids[i], SIGKILL);
        kill_children();
        struct timespec pause = {0, 2000000};
        nanosleep(&pause, NULL);
    }
}

/* ---- a cgroup of its own, where that is delegated */

static void make_cgroup(void) {
    char text[4096];
    int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return;
    text[n] = 0;
    char *line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
    if (line == NULL)
        return;
    line += *line == '\n' ? 4 : 3;
    line[strcspn(line, "\n")] = 0;
    struct statfs system;
    if (statfs("/sys/fs/cgroup", &system) < 0 || system.f_type != CGROUP2_SUPER_MAGIC)
        return;
    snprintf(cgroup, sizeof cgroup, "/sys/fs/cgroup%.3900s/command-%d", line, (int)getpid());
    if (mkdir(cgroup, 0755) < 0) {
        cgroup[0] = 0;
        return;
    }
    char path[4300];
    snprintf(path, sizeof path, "%s/pids.max", cgroup);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        char most[20];
        int length = snprintf(most, sizeof most, "%d", MOST_PROCESSES);
        write_all(fd, most, (size_t)length);
        close(fd);
    }
}

/* ---- the guard */

static _Noreturn void leave(int code) {
    if (cgroup[0] != 0)
        rmdir(cgroup);
    exit(code);
}

static void report_end(int status) {
    if (WIFSIGNALED(status))
        report("signal %d", WTERMSIG(status));
    else
        report("exit %d", WEXITSTATUS(status));
}

/* What the child said before exec; empty: it is running. */
static size_t start_failure(int status, char *text, size_t most) {
    size_t length = 0;
    while (length < most - 1) {
        ssize_t n = read(status, text + length, most - 1 - length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        length += (size_t)n;
    }
    text[length] = 0;
    return length;
}

static pid_t start(const struct order *order, bool switching, int out[2], char *failure, size_t most) {
    int status[2];
    if (pipe2(status, O_CLOEXEC) < 0)
        fail("pipe");
    pid_t guard = getpid();
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0)
        command(order, switching, guard, out[1], status[1]);
    close(status[1]);
    start_failure(status[0], failure, most);
    close(status[0]);
    return pid;
}

static void guard_command(const struct order *order, pid_t main_pid, int out, int signals) {
    long until = now_ms() + order->limit_ms;
    int main_status = 0;
    bool main_ended = false, reported = false;
    while (true) {
        long left = until - now_ms();
        struct pollfd fds[3] = {{out, POLLIN, 0}, {signals, POLLIN, 0}, {reported ? -1 : STDOUT_FILENO, 0, 0}};
        int ready = left > 0 ? poll(fds, 3, left > INT32_MAX ? INT32_MAX : (int)left) : 0;
        if (ready < 0 && errno != EINTR)
            fail("poll");
        bool told = false;
        if (ready > 0 && fds[1].revents != 0) {
            struct signalfd_siginfo info;
            while (read(signals, &info, sizeof info) == sizeof info)
                told = told || info.ssi_signo != SIGCHLD;
        }
        bool alone = ready > 0 && fds[2].fd >= 0 && (fds[2].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
        if (ready > 0 && fds[0].revents != 0) {
            drain(out, order->output_bytes, !reported);
            if ((fds[0].revents & POLLIN) == 0) {
                close(out); /* nobody writes any more */
                out = -1;
            }
        }
        bool children = reap(main_pid, &main_status, &main_ended);
        if (main_ended && !reported) {
            if (out >= 0)
                drain(out, order->output_bytes, true);
            report_end(main_status);
            reported = true;
        }
        if (!children)
            break;
        if (left <= 0 || told || alone) {
            bool ended = main_ended;
            end_all(main_pid, &main_status, &main_ended);
            if (!reported) {
                if (out >= 0)
                    drain(out, order->output_bytes, true);
                if (ended)
                    report_end(main_status);
                else
                    report(told || alone ? "stopped" : "timeout");
            }
            break;
        }
    }
}

int main(void) {
    /* before anything else: what Java did not close */
    if (syscall(SYS_close_range, 3u, ~0u, 0u) < 0)
        for (int fd = 3; fd < 65536; fd++)
            close(fd);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    setsid();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    struct order order = read_order();
    bool switching = may_switch();
    check_ids(&order, switching);
    output = malloc(order.output_bytes + 1);
    seen_pids = malloc(MOST_SEEN * sizeof *seen_pids);
    seen_parents = malloc(MOST_SEEN * sizeof *seen_parents);
    seen_ours = malloc(MOST_SEEN * sizeof *seen_ours);
    if (output == NULL || seen_pids == NULL || seen_parents == NULL || seen_ours == NULL)
        fail("memory");
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        fail("PR_SET_CHILD_SUBREAPER");
    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGHUP);
    sigprocmask(SIG_BLOCK, &watched, NULL);
    int signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0)
        fail("signalfd");
    make_cgroup();
    int out[2];
    if (pipe2(out, O_CLOEXEC) < 0)
        fail("pipe");
    char failure[500];
    pid_t pid = start(&order, switching, out, failure, sizeof failure);
    if (failure[0] == 'b') {
        /* no such program: what the shell knows itself, or its own «not found» */
        size_t length = 1;
        for (char **a = order.arguments; *a != NULL; a++)
            length += strlen(*a) + 1;
        char *line = calloc(1, length);
        if (line == NULL)
            fail("memory");
        for (char **a = order.arguments; *a != NULL; a++) {
            strcat(line, *a);
            if (a[1] != NULL)
                strcat(line, " ");
        }
        char *shell[] = {"/bin/sh", "-c", line, NULL};
        order.arguments = shell;
        waitpid(pid, NULL, 0);
        pid = start(&order, switching, out, failure, sizeof failure);
    }
    close(out[1]);
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        close(null);
    } else {
        close(STDIN_FILENO);
    }
    keep_capabilities(1u << CAP_KILL);
    if (failure[0] != 0) {
        waitpid(pid, NULL, 0);
        report("%s %s", failure[0] == 'n' ? "noexec" : failure[0] == 'd' ? "nofolder" : "failed", failure + 1);
        leave(71);
    }
    guard_command(&order, pid, out[0], signals);
    leave(0);
}
