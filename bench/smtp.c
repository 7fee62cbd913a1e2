/*
 * smtp CONNECTIONS MESSAGES FILE RECIPIENT
 * Hands MESSAGES copies of FILE (LF line ends, no line begins with a dot) to 127.0.0.1 port 25, over CONNECTIONS connections at a time,
 * one command after the other as fetchmail does (RFC 5321, no PIPELINING). Prints: messages, refused ones, wall seconds, the time of day at its begin.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 256 };

static const char *recipient;
static char *content;
static size_t content_length;
static atomic_long left, refused;

/* The code of the last line of a reply; 0: the connection ended. */
static int reply(int from)
{
    char line[4096];
    size_t used = 0;
    for (;;) {
        ssize_t got = recv(from, line + used, sizeof line - used, 0);
        if (got <= 0)
            return 0;
        used += (size_t)got;
        if (line[used - 1] != '\n')
            continue;
        size_t start = used - 1;
        while (start > 0 && line[start - 1] != '\n')
            start--;
        if (used - start > 3 && line[start + 3] == ' ')
            return atoi(line + start);
    }
}

static int say(int to, const char *text, size_t length, int expected)
{
    while (length > 0) {
        ssize_t done = send(to, text, length, MSG_NOSIGNAL);
        if (done < 0)
            return -1;
        text += done;
        length -= (size_t)done;
    }
    return reply(to) == expected ? 0 : -1;
}

static int message(int s)
{
    char rcpt[512];
    int length = snprintf(rcpt, sizeof rcpt, "RCPT TO:<%s>\r\n", recipient);
    const char mail[] = "MAIL FROM:<root@localhost>\r\n";
    return say(s, mail, sizeof mail - 1, 250) < 0 || say(s, rcpt, (size_t)length, 250) < 0 || say(s, "DATA\r\n", 6, 354) < 0
        || say(s, content, content_length, 250) < 0 ? -1 : 0;
}

static void *work(void *unused)
{
    (void)unused;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(25), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 60};
    int one = 1, s = -1;
    while (atomic_fetch_sub(&left, 1) > 0) {
        int done = 0;
        for (int tries = 0; tries < 100 && !done; tries++) {
            if (s < 0) {
                s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
                setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
                setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                if (connect(s, (struct sockaddr *)&to, sizeof to) < 0 || reply(s) != 220 || say(s, "EHLO localhost\r\n", 16, 250) < 0) {
                    close(s);
                    s = -1;
                    usleep(20000);
                    continue;
                }
            }
            done = message(s) == 0;
            if (!done) {
                close(s);
                s = -1;
            }
        }
        if (!done)
            atomic_fetch_add(&refused, 1);
    }
    if (s >= 0) {
        say(s, "QUIT\r\n", 6, 221);
        close(s);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: smtp CONNECTIONS MESSAGES FILE RECIPIENT\n");
        return 64;
    }
    int connections = atoi(argv[1]);
    long messages = atol(argv[2]);
    recipient = argv[4];
    FILE *file = fopen(argv[3], "r");
    char *raw = malloc(1 << 20);
    size_t length = file == NULL ? 0 : fread(raw, 1, 1 << 20, file);
    content = malloc(2 * length + 16);
    if (length == 0 || connections < 1 || connections > MOST_CONNECTIONS) {
        fprintf(stderr, "smtp: nothing to send\n");
        return 66;
    }
    for (size_t i = 0; i < length; i++) {
        if (raw[i] == '\n')
            content[content_length++] = '\r';
        content[content_length++] = raw[i];
    }
    const char *end = raw[length - 1] == '\n' ? ".\r\n" : "\r\n.\r\n";
    memcpy(content + content_length, end, strlen(end));
    content_length += strlen(end);
    atomic_store(&left, messages);
    struct timespec begun, ended, day;
    clock_gettime(CLOCK_REALTIME, &day);
    clock_gettime(CLOCK_MONOTONIC, &begun);
    pthread_t threads[MOST_CONNECTIONS];
    for (int i = 0; i < connections; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0)
            abort();
    for (int i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%ld %ld %.3f %ld.%06ld\n", messages, atomic_load(&refused),
           (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9, (long)day.tv_sec, day.tv_nsec / 1000);
    return atomic_load(&refused) == 0 ? 0 : 1;
}
