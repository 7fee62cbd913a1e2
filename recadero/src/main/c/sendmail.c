/*
 * sendmail, mailq, newaliases, postqueue: hands its arguments, a few mail variables and, when asked, standard input to the daemon
 * over a socket, and prints what comes back (submission protocol 1; FrameType.java lists the frames). All rules about
 * arguments live in the daemon. The daemon learns the user from the kernel; this program is neither set-uid nor set-gid.
 *
 * Where there is no daemon, or it is lost before it answered, the Java client is executed with the same submission id and
 * the same input; it writes a drop file, and the daemon takes an id once.
 *
 * Build: cc -std=c11 -O2 -static -Wall -Wextra -Werror -o sendmail sendmail.c   (without -static where libc.a is missing)
 * It uses no stdio and no heap: each page that is touched costs more than all the code here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * The launcher of the Java client, from the folder that this program lies in. It is called as
 *     java-client NAME --recadero-submission=HEX [--recadero-ignore-config] ARGUMENTS...
 * with NAME sendmail, mailq, newaliases or postqueue, and passes all of that on.
 */
#ifndef RECADERO_JAVA_CLIENT
#define RECADERO_JAVA_CLIENT "../lib/java-client"
#endif
#ifndef RECADERO_CONFIG_DIRECTORY
#define RECADERO_CONFIG_DIRECTORY "/etc/postfix"
#endif
#ifndef RECADERO_QUEUE_DIRECTORY
#define RECADERO_QUEUE_DIRECTORY "/var/spool/postfix"
#endif

enum {
    MAX_BODY = 64 * 1024,
    MEMORY = 256 * 1024,           /* kept input before it goes into a file */
    PIECE = 32 * 1024,             /* of input at a time */
    MAX_CONFIG = 1024 * 1024,      /* a longer main.cf is Java's */
    WAIT_MS = 60 * 1000,           /* for the daemon's next word */
    SEND_SECONDS = 60,
    TEMPFAIL = 75
};

static const char *name = "sendmail";
static int trusted = 1;            /* real and effective ids are the same */
static char id_hex[33];
static unsigned char id[16];
static char program_folder[PATH_MAX];
static char *const *arguments;     /* without argv[0] */
static int argument_count;

static unsigned char frame[5 + MAX_BODY];
static unsigned char kept[MEMORY];
static size_t kept_length;
static int kept_file = -1;
static int keeping = 1;            /* 0: there is no room, so that a lost connection loses the input too */
static int input_read;             /* something, or its end, was read */

/* ---- words for the user */

static char line[1024];
static size_t line_length;

static void say(const char *text)
{
    for (; *text != '\0' && line_length < sizeof line - 1; text++)
        line[line_length++] = *text;
}

/* One write for the whole line, so that it does not mix with others'. */
static _Noreturn void fatal(const char *text, const char *detail)
{
    say(name);
    say(": fatal: ");
    say(text);
    if (detail != NULL) {
        say(": ");
        say(detail);
    }
    line[line_length++] = '\n';
    const char *at = line;
    while (line_length > 0) {
        ssize_t done = write(2, at, line_length);
        if (done < 0 && errno != EINTR)
            break;
        if (done > 0) {
            at += done;
            line_length -= (size_t)done;
        }
    }
    _exit(TEMPFAIL);
}

/* ---- CRC-32C (RFC 3720 appendix B.4), a nibble at a time until the input is worth a table */

static uint32_t crc = 0xffffffffu;
static uint64_t crc_length;

static void checksum(const unsigned char *data, size_t length)
{
    static uint32_t table[256];
    static const uint32_t nibble[16] = {
        0x00000000u, 0x105ec76fu, 0x20bd8edeu, 0x30e349b1u, 0x417b1dbcu, 0x5125dad3u, 0x61c69362u, 0x7198540du,
        0x82f63b78u, 0x92a8fc17u, 0xa24bb5a6u, 0xb21572c9u, 0xc38d26c4u, 0xd3d3e1abu, 0xe330a81au, 0xf36e6f75u};
    crc_length += length;
    if (length < 4096 && table[1] == 0) {
        for (size_t i = 0; i < length; i++) {
            crc ^= data[i];
            crc = (crc >> 4) ^ nibble[crc & 15];
            crc = (crc >> 4) ^ nibble[crc & 15];
        }
        return;
    }
    if (table[1] == 0)
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t value = (i >> 4) ^ nibble[i & 15];
            table[i] = (value >> 4) ^ nibble[value & 15];
        }
    for (size_t i = 0; i < length; i++)
        crc = (crc >> 8) ^ table[(crc ^ data[i]) & 0xff];
}

/* ---- frames out */

/* 0: all was written; -1: the connection is gone or does not take it */
static int send_all(int to, const unsigned char *data, size_t length)
{
    while (length > 0) {
        ssize_t done = send(to, data, length, MSG_NOSIGNAL);
        if (done < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        data += done;
        length -= (size_t)done;
    }
    return 0;
}

static void head(unsigned char *at, char type, size_t length)
{
    at[0] = (unsigned char)type;
    at[1] = (unsigned char)(length >> 24);
    at[2] = (unsigned char)(length >> 16);
    at[3] = (unsigned char)(length >> 8);
    at[4] = (unsigned char)length;
}

/* Frames before the input are gathered here and leave in as few writes as can be. */
static struct {
    int to;
    int failed;
    size_t used;                   /* of buffer */
    size_t begun;                  /* where the open frame's head is */
    unsigned char buffer[5 + MAX_BODY + 512];
} out;

static void out_flush(void)
{
    if (!out.failed && out.used > 0 && send_all(out.to, out.buffer, out.used) < 0)
        out.failed = 1;
    out.used = 0;
}

static void out_begin(char type)
{
    if (sizeof out.buffer - out.used < 512)
        out_flush();
    out.begun = out.used;
    out.buffer[out.used] = (unsigned char)type;
    out.used += 5;
}

static void out_end(void)
{
    head(out.buffer + out.begun, (char)out.buffer[out.begun], out.used - out.begun - 5);
}

static void out_body(const char *text, size_t length)
{
    while (length > 0) {
        size_t body = out.used - out.begun - 5;
        size_t room = sizeof out.buffer - out.used;
        if (room > MAX_BODY - body)
            room = MAX_BODY - body;
        if (room == 0) {
            char type = (char)out.buffer[out.begun];
            out_end();
            out_flush();
            out_begin(type);
            continue;
        }
        size_t piece = length < room ? length : room;
        memcpy(out.buffer + out.used, text, piece);
        out.used += piece;
        text += piece;
        length -= piece;
    }
}

static int send_header(int to)
{
    static const char *const variables[] = {"NAME", "LOGNAME", "USER", "MAIL_CONFIG", "LANG"};
    out.to = to;
    out_begin('H');
    out_body("\1", 1);
    out_body((const char *)id, sizeof id);
    out_end();
    out_begin('A');
    out_body(name, strlen(name) + 1);
    for (int i = 0; i < argument_count; i++)
        out_body(arguments[i], strlen(arguments[i]) + 1);
    out_end();
    out_begin('E');
    size_t total = 0;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i]);
        size_t length = value == NULL ? 0 : strlen(variables[i]) + strlen(value) + 2;
        /* one frame only: none of them decides where mail goes */
        if (value == NULL || total + length > 8192)
            continue;
        total += length;
        if (sizeof out.buffer - out.used < 8192 + 512) {
            /* what was gathered before goes first, so that this frame is not divided */
            size_t open = out.used - out.begun;
            size_t begun = out.begun;
            out.used = begun;
            unsigned char held[8192 + 512];
            memcpy(held, out.buffer + begun, open);
            out_flush();
            memcpy(out.buffer, held, open);
            out.used = open;
            out.begun = 0;
        }
        out_body(variables[i], strlen(variables[i]));
        out_body("=", 1);
        out_body(value, strlen(value) + 1);
    }
    out_end();
    out_flush();
    return out.failed ? -1 : 0;
}

/* ---- input */

static int temporary_file(void)
{
    static const char *const folders[] = {NULL, "/var/tmp", "/tmp"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        const char *folder = i == 0 ? (trusted ? getenv("TMPDIR") : NULL) : folders[i];
        if (folder == NULL)
            continue;
        int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (file >= 0)
            return file;
    }
    return memfd_create("recadero-input", MFD_CLOEXEC);
}

static int write_file(int file, const unsigned char *data, size_t length)
{
    while (length > 0) {
        ssize_t done = write(file, data, length);
        if (done < 0) {
            if (errno == EINTR)
                continue;
            return -1;
        }
        data += done;
        length -= (size_t)done;
    }
    return 0;
}

static void keep(const unsigned char *data, size_t length)
{
    if (!keeping)
        return;
    if (kept_file < 0 && kept_length + length <= MEMORY) {
        memcpy(kept + kept_length, data, length);
        kept_length += length;
        return;
    }
    if (kept_file < 0) {
        kept_file = temporary_file();
        if (kept_file < 0 || write_file(kept_file, kept, kept_length) < 0)
            keeping = 0;
    }
    if (keeping && write_file(kept_file, data, length) < 0)
        keeping = 0;
}

/* ---- the Java client */

static _Noreturn void run_java(void)
{
    if (input_read) {
        /* what was kept, and the rest behind it, becomes standard input again */
        if (!keeping)
            fatal("the connection to the mail system was lost, and there was no room to keep the message", NULL);
        if (kept_file < 0) {
            kept_file = temporary_file();
            if (kept_file < 0 || write_file(kept_file, kept, kept_length) < 0)
                fatal("cannot keep the message", strerror(errno));
        }
        for (;;) {
            ssize_t got = read(0, frame, PIECE);
            if (got < 0 && errno == EAGAIN) {
                struct pollfd more = {.fd = 0, .events = POLLIN};
                poll(&more, 1, -1);
                continue;
            }
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0)
                fatal("error reading input", strerror(errno));
            if (got == 0)
                break;
            if (write_file(kept_file, frame, (size_t)got) < 0)
                fatal("cannot keep the message", strerror(errno));
        }
        if (lseek(kept_file, 0, SEEK_SET) < 0 || dup2(kept_file, 0) < 0)
            fatal("cannot keep the message", strerror(errno));
    }
    static char path[PATH_MAX + sizeof RECADERO_JAVA_CLIENT + 1];
    static char option[] = "--recadero-submission=00000000000000000000000000000000";
    memcpy(option + sizeof option - 33, id_hex, 32);
    strcpy(path, program_folder);
    strcat(path, "/" RECADERO_JAVA_CLIENT);
    size_t bytes = ((size_t)argument_count + 5) * sizeof(char *);
    const char **words = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (words == MAP_FAILED)
        fatal("out of memory", NULL);
    int count = 0;
    words[count++] = path;
    words[count++] = name;
    words[count++] = option;
    if (!trusted)
        words[count++] = "--recadero-ignore-config";
    for (int i = 0; i < argument_count; i++)
        words[count++] = arguments[i];
    signal(SIGPIPE, SIG_DFL);
    execv(path, (char *const *)words);
    fatal("the mail system is down, and the Java client cannot be started", strerror(errno));
}

/* ---- where the socket is */

/* The last -C (postqueue: -c), found as getopt(3) finds it: stops at the first word that is no option. */
static const char *configuration_option(void)
{
    const int postqueue = strcmp(name, "postqueue") == 0;
    const char *with_value = postqueue ? "cis" : "ABCFLNORVXbfhopqr";
    const char *without = postqueue ? "fjpv" : "GIUceimntvx";
    const char wanted = postqueue ? 'c' : 'C';
    const char *found = NULL;
    for (int i = 0; i < argument_count; i++) {
        const char *word = arguments[i];
        if (word[0] != '-' || word[1] == '\0' || strcmp(word, "--") == 0)
            break;
        if (!postqueue && strcmp(word, "-q") == 0)
            continue;
        for (const char *at = word + 1; *at != '\0'; at++) {
            if (strchr(with_value, *at) != NULL) {
                const char *value = at[1] != '\0' ? at + 1 : i + 1 < argument_count ? arguments[++i] : NULL;
                if (*at == wanted)
                    found = value;
                break;
            }
            if (strchr(without, *at) == NULL)
                continue;          /* unknown: the daemon will say so */
        }
    }
    return found;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

/*
 * The last «queue_directory =» of a main.cf text, with its continuation lines. Returns 1 and fills value where there is
 * one, 0 where not, -1 where the value is for Java (a $, or too long).
 */
static int queue_directory(const char *text, size_t length, char *value, size_t room)
{
    static const char wanted[] = "queue_directory";
    int found = 0;
    int in_value = 0;
    size_t used = 0;
    for (size_t at = 0; at < length;) {
        size_t end = at;
        while (end < length && text[end] != '\n')
            end++;
        size_t first = at;
        while (first < end && is_blank(text[first]))
            first++;
        if (first == end || text[first] == '#') {
            /* blank and comment lines end nothing */
        } else if (first > at) {
            if (in_value) {
                /* a continuation: joined as it is, blanks and all */
                if (used + (end - at) + 1 >= room)
                    return -1;
                memcpy(value + used, text + at, end - at);
                used += end - at;
            }
        } else {
            size_t word = first;
            while (word < end && !is_blank(text[word]) && text[word] != '=')
                word++;
            size_t equals = word;
            while (equals < end && is_blank(text[equals]))
                equals++;
            in_value = word - first == sizeof wanted - 1 && memcmp(text + first, wanted, sizeof wanted - 1) == 0
                    && equals < end && text[equals] == '=';
            if (in_value) {
                found = 1;
                if (end - equals >= room)
                    return -1;
                memcpy(value, text + equals + 1, end - equals - 1);
                used = end - equals - 1;
            }
        }
        at = end + 1;
    }
    if (!found)
        return 0;
    size_t begin = 0;
    while (begin < used && is_blank(value[begin]))
        begin++;
    while (used > begin && is_blank(value[used - 1]))
        used--;
    memmove(value, value + begin, used - begin);
    value[used - begin] = '\0';
    if (strchr(value, '$') != NULL || strlen(value) != used - begin || value[0] != '/')
        return -1;
    return 1;
}

/* Fills the folder that holds the socket; 0, or -1 where Java is to find it. */
static int recadero_folder(char *folder, size_t room)
{
    const char *config = NULL;
    if (trusted) {
        config = configuration_option();
        if (config == NULL)
            config = getenv("MAIL_CONFIG");
    }
    if (config == NULL || config[0] == '\0')
        config = RECADERO_CONFIG_DIRECTORY;
    static char path[PATH_MAX];
    size_t length = strlen(config);
    if (length + sizeof "/main.cf" > sizeof path)
        return -1;
    memcpy(path, config, length + 1);
    const char *base = strrchr(path, '/');
    if (strcmp(base == NULL ? path : base + 1, "main.cf") != 0)
        strcat(path, "/main.cf");  /* -C takes the file or its folder */
    const char *value = RECADERO_QUEUE_DIRECTORY;
    static char found[PATH_MAX];
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return -1;
    struct stat status;
    if (fstat(file, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size > MAX_CONFIG)
        return -1;
    if (status.st_size > 0) {
        const char *text = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        if (text == MAP_FAILED)
            return -1;
        int result = queue_directory(text, (size_t)status.st_size, found, sizeof found);
        if (result < 0)
            return -1;
        if (result > 0)
            value = found;
    }
    close(file);
    if (strlen(value) + sizeof "/recadero" > room)
        return -1;
    strcpy(folder, value);
    strcat(folder, "/recadero");
    return 0;
}

/* A connection to a server that may be trusted with mail, or -1. */
static int connect_daemon(void)
{
    static char folder[PATH_MAX];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (recadero_folder(folder, sizeof folder) < 0 || strlen(folder) + sizeof "/submit" > sizeof address.sun_path)
        return -1;
    strcpy(address.sun_path, folder);
    strcat(address.sun_path, "/submit");
    int to = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (to < 0)
        return -1;
    struct timeval limit = {.tv_sec = SEND_SECONDS};
    setsockopt(to, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    while (connect(to, (struct sockaddr *)&address, sizeof address) < 0) {
        if (errno == EINTR)
            continue;
        close(to);
        return -1;
    }
    struct ucred server;
    socklen_t size = sizeof server;
    struct stat status;
    if (getsockopt(to, SOL_SOCKET, SO_PEERCRED, &server, &size) < 0 || stat(folder, &status) < 0)
        fatal("cannot tell who serves the mail system's socket", strerror(errno));
    /* SAFETY 19: content goes to root, the queue's owner or oneself only */
    if (server.uid != 0 && server.uid != status.st_uid && server.uid != getuid())
        fatal("the mail system's socket is served by a stranger", address.sun_path);
    return to;
}

/* ---- frames in */

static size_t in_used;

/* Runs a command of the mail system from our own folder, in our place. */
static _Noreturn void run_command(char *words, size_t length)
{
    static const char *const allowed[] = {"postqueue", "postalias", "postfix"};
    static char *argv[64];
    static char path[PATH_MAX + 32];
    int count = 0;
    if (length == 0 || words[length - 1] != '\0')
        fatal("the mail system sent a command without an end", NULL);
    for (char *at = words; at < words + length; at += strlen(at) + 1) {
        if (count == 63)
            fatal("the mail system sent a command that is too long", NULL);
        argv[count++] = at;
    }
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (strcmp(argv[0], allowed[i]) == 0) {
            const char *config = trusted ? configuration_option() : NULL;
            if (config != NULL) {
                static char copy[PATH_MAX];
                if (strlen(config) >= sizeof copy)
                    fatal("the configuration folder's name is too long", NULL);
                strcpy(copy, config);
                char *base = strrchr(copy, '/');
                if (base != NULL && strcmp(base, "/main.cf") == 0)
                    *base = '\0';
                else if (strcmp(copy, "main.cf") == 0)
                    strcpy(copy, ".");
                if (setenv("MAIL_CONFIG", copy, 1) < 0)
                    fatal("out of memory", NULL);
            }
            strcpy(path, program_folder);
            strcat(path, "/");
            strcat(path, allowed[i]);
            signal(SIGPIPE, SIG_DFL);
            execv(path, argv);
            fatal("cannot run the mail system's command", strerror(errno));
        }
    fatal("the mail system asked for a command that it may not ask for", NULL);
}

/* Whether this is «sendmail -bd» (or -bl): the last -b decides. With the mail system down nobody else can start it. */
static int wants_daemon(void)
{
    int found = 0;
    if (strcmp(name, "sendmail") != 0)
        return 0;
    for (int i = 0; i < argument_count; i++) {
        const char *word = arguments[i];
        if (word[0] != '-' || word[1] == '\0' || strcmp(word, "--") == 0)
            break;
        if (word[1] == 'b')
            found = (word[2] == 'd' || word[2] == 'l') && word[3] == '\0';
        else if (strchr("ABCFLNORVXfhopqr", word[1]) != NULL && word[2] == '\0' && strcmp(word, "-q") != 0)
            i++;                   /* its value is the next word */
    }
    return found;
}

/*
 * Handles the frames that are complete in the buffer. Sets *wanted on N, *enough on S, *answered before what ends
 * everything is begun. Returns -1 where the daemon broke the protocol.
 */
static int frames_in(int *wanted, int *enough)
{
    size_t at = 0;
    while (in_used - at >= 5) {
        const unsigned char *h = frame + at;
        size_t length = (size_t)h[1] << 24 | (size_t)h[2] << 16 | (size_t)h[3] << 8 | h[4];
        if (length > MAX_BODY)
            return -1;
        if (in_used - at < 5 + length)
            break;
        unsigned char *body = frame + at + 5;
        switch (h[0]) {
        case 'O':
            write_file(1, body, length);
            break;
        case 'R':
            write_file(2, body, length);
            break;
        case 'N':
            *wanted = 1;
            break;
        case 'S':
            *enough = 1;
            break;
        case 'C':
            run_command((char *)body, length);
        case 'Q':
            if (length != 4)
                return -1;
            _exit(body[3]);
        default:
            return -1;
        }
        at += 5 + length;
    }
    memmove(frame, frame + at, in_used - at);
    in_used -= at;
    return 0;
}

/* Reads what the daemon has to say now; -1 where it is gone. */
static int listen_to(int from, int *wanted, int *enough)
{
    ssize_t got = recv(from, frame + in_used, sizeof frame - in_used, 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (got <= 0)
        return -1;
    in_used += (size_t)got;
    return frames_in(wanted, enough);
}

static unsigned char piece[5 + PIECE];

/* The conversation; returns only where the connection was lost before an answer. */
static void talk(int to)
{
    int wanted = 0, enough = 0, ended = 0;
    int deaf = send_header(to) < 0; /* the daemon takes no more, but may have said why */
    for (;;) {
        int reading = wanted && !ended && !deaf;
        if (reading && enough) {
            unsigned char end[17];
            uint32_t sum = ~crc;
            head(end, '.', 12);
            for (int i = 0; i < 8; i++)
                end[5 + i] = (unsigned char)(crc_length >> (56 - 8 * i));
            for (int i = 0; i < 4; i++)
                end[13 + i] = (unsigned char)(sum >> (24 - 8 * i));
            ended = 1;
            if (send_all(to, end, sizeof end) < 0)
                deaf = 1;
            continue;
        }
        struct pollfd fds[2] = {{.fd = to, .events = POLLIN}, {.fd = reading ? 0 : -1, .events = POLLIN}};
        int ready = poll(fds, 2, reading ? -1 : WAIT_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return;                /* silent for too long: lost */
        if (fds[0].revents != 0 && listen_to(to, &wanted, &enough) < 0)
            return;
        if (reading && fds[1].revents != 0 && !enough) {
            ssize_t got = read(0, piece + 5, PIECE);
            if (got < 0 && (errno == EINTR || errno == EAGAIN))
                continue;
            if (got < 0) {
                unsigned char cut[5];
                int why = errno;
                head(cut, 'X', 0);
                send_all(to, cut, sizeof cut);
                fatal("error reading input", strerror(why));
            }
            input_read = 1;
            if (got == 0) {
                enough = 1;
                continue;
            }
            keep(piece + 5, (size_t)got);
            checksum(piece + 5, (size_t)got);
            head(piece, 'D', (size_t)got);
            if (send_all(to, piece, 5 + (size_t)got) < 0)
                deaf = 1;
        }
    }
}

/* ---- */

static void drop_to_real_ids(void)
{
    uid_t uid = getuid();
    gid_t gid = getgid();
    if (uid == geteuid() && gid == getegid() && getauxval(AT_SECURE) == 0)
        return;
    trusted = 0;
    if (setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0 || geteuid() != uid || getegid() != gid)
        fatal("cannot drop to the real user", strerror(errno));
    unsetenv("MAIL_CONFIG");
    unsetenv("TMPDIR");
}

static void open_standard_descriptors(void)
{
    for (int i = 0; i < 3; i++)
        if (fcntl(i, F_GETFD) < 0 && open("/dev/null", O_RDWR) != i)
            _exit(TEMPFAIL);
}

int main(int argc, char **argv)
{
    drop_to_real_ids();            /* SAFETY 19: the first act */
    open_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);
    if (argc > 0) {
        const char *base = strrchr(argv[0], '/');
        name = base == NULL ? argv[0] : base + 1;
        arguments = argv + 1;
        argument_count = argc - 1;
    }
    ssize_t got = readlink("/proc/self/exe", program_folder, sizeof program_folder - 1);
    if (got > 0)
        program_folder[got] = '\0';
    char *slash = strrchr(program_folder, '/');
    if (got <= 0 || slash == NULL)
        fatal("cannot tell where this program lies", NULL);
    *slash = '\0';
    while (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id)
        if (errno != EINTR)
            fatal("no random numbers", strerror(errno));
    for (size_t i = 0; i < sizeof id; i++) {
        id_hex[2 * i] = "0123456789abcdef"[id[i] >> 4];
        id_hex[2 * i + 1] = "0123456789abcdef"[id[i] & 15];
    }
    int to = connect_daemon();
    if (to >= 0) {
        talk(to);
        close(to);
    } else if (wants_daemon()) {
        char start[] = "postfix\0start";
        run_command(start, sizeof start);
    }
    run_java();
}
