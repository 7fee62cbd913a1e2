/*
 * burst listen PORT CERTIFICATE-AND-KEY      a submission server with STARTTLS and AUTH that keeps nothing: a thread for each connection
 * burst follow MAIL-LOG DOVECOT-LOG          reads what a real Postfix and its Dovecot log of the same
 * For each number N on standard input counting begins anew; once N messages have been taken it prints: seconds since 1970 of the first
 * thing a client did and of the last message's reply, connections, TLS handshakes, AUTHs, messages.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum what { CONNECTION, HANDSHAKE, AUTH, MESSAGE, KINDS };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long counts[KINDS], wanted;
static double first;
static SSL_CTX *context;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void seen(enum what what)
{
    pthread_mutex_lock(&lock);
    if (first == 0)
        first = now();
    counts[what]++;
    if (what == MESSAGE && counts[MESSAGE] == wanted) {
        printf("%.4f %.4f %ld %ld %ld %ld\n", first, now(), counts[CONNECTION], counts[HANDSHAKE], counts[AUTH], counts[MESSAGE]);
        fflush(stdout);
    }
    pthread_mutex_unlock(&lock);
}

/* A command on a connection that was there before is the first thing too. */
static void stirred(void)
{
    pthread_mutex_lock(&lock);
    if (first == 0)
        first = now();
    pthread_mutex_unlock(&lock);
}

static void *orders(void *unused)
{
    char line[64];
    (void) unused;
    while (fgets(line, sizeof line, stdin)) {
        pthread_mutex_lock(&lock);
        memset(counts, 0, sizeof counts);
        first = 0;
        wanted = atol(line);
        pthread_mutex_unlock(&lock);
    }
    exit(0);
}

/* One connection: in[at, end) is what has arrived and was not read yet; replies wait until nothing of it is left (RFC 2920 §3.2). */
struct peer {
    int s;
    SSL *tls;
    char in[16384], out[16384];
    size_t at, end, owed;
};

static int flush(struct peer *p)
{
    for (size_t done = 0; done < p->owed;) {
        ssize_t n = p->tls ? SSL_write(p->tls, p->out + done, (int) (p->owed - done)) : send(p->s, p->out + done, p->owed - done, MSG_NOSIGNAL);
        if (n <= 0)
            return -1;
        done += (size_t) n;
    }
    p->owed = 0;
    return 0;
}

static int fill(struct peer *p)
{
    if (flush(p) < 0)
        return -1;
    ssize_t n = p->tls ? SSL_read(p->tls, p->in, sizeof p->in) : recv(p->s, p->in, sizeof p->in, 0);
    p->at = 0;
    p->end = n > 0 ? (size_t) n : 0;
    return n > 0 ? 0 : -1;
}

static int say(struct peer *p, const char *text)
{
    size_t length = strlen(text);
    if (p->owed + length > sizeof p->out && flush(p) < 0)
        return -1;
    memcpy(p->out + p->owed, text, length);
    p->owed += length;
    return 0;
}

/* A line without its end, cut to fit; -1 where the connection ends. */
static int read_line(struct peer *p, char *line, size_t room)
{
    size_t length = 0;
    for (;;) {
        if (p->at == p->end && fill(p) < 0)
            return -1;
        char c = p->in[p->at++];
        if (c == '\n')
            break;
        if (c != '\r' && length + 1 < room)
            line[length++] = c;
    }
    line[length] = 0;
    return (int) length;
}

static int read_bytes(struct peer *p, size_t left)
{
    while (left > 0) {
        if (p->at == p->end && fill(p) < 0)
            return -1;
        size_t n = p->end - p->at < left ? p->end - p->at : left;
        p->at += n;
        left -= n;
    }
    return 0;
}

static int verb(const char *line, const char *name)
{
    return strncasecmp(line, name, strlen(name)) == 0;
}

static int start_tls(struct peer *p)
{
    if (say(p, "220 2.0.0 Ready to start TLS\r\n") < 0 || flush(p) < 0)
        return -1;
    p->tls = SSL_new(context);
    SSL_set_fd(p->tls, p->s);
    if (SSL_accept(p->tls) != 1)
        return -1;
    seen(HANDSHAKE);
    return 0;
}

static int authenticate(struct peer *p, const char *line)
{
    char answer[512];
    if (verb(line, "AUTH LOGIN")) {
        if (!strchr(line + 10, ' ') && (say(p, "334 VXNlcm5hbWU6\r\n") < 0 || read_line(p, answer, sizeof answer) < 0))
            return -1;
        if (say(p, "334 UGFzc3dvcmQ6\r\n") < 0 || read_line(p, answer, sizeof answer) < 0)
            return -1;
    } else if (!strchr(line + 5, ' ') && (say(p, "334 \r\n") < 0 || read_line(p, answer, sizeof answer) < 0)) {
        return -1;
    }
    seen(AUTH);
    return say(p, "235 2.7.0 Authentication successful\r\n");
}

static int content(struct peer *p)
{
    char line[1024];
    if (say(p, "354 End data with <CR><LF>.<CR><LF>\r\n") < 0)
        return -1;
    do {
        if (read_line(p, line, sizeof line) < 0)
            return -1;
    } while (strcmp(line, ".") != 0);
    return 0;
}

static int taken(struct peer *p)
{
    if (say(p, "250 2.0.0 Ok: taken\r\n") < 0)
        return -1;
    seen(MESSAGE);
    return 0;
}

static int command(struct peer *p, const char *line)
{
    if (verb(line, "EHLO"))
        return say(p, "250-burst.example.org\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n")
            || say(p, p->tls ? "250-AUTH PLAIN LOGIN\r\n" : "250-STARTTLS\r\n")
            || say(p, "250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250 CHUNKING\r\n");
    if (verb(line, "STARTTLS"))
        return start_tls(p);
    if (verb(line, "AUTH"))
        return authenticate(p, line);
    if (verb(line, "DATA"))
        return content(p) || taken(p);
    if (verb(line, "BDAT")) {
        if (read_bytes(p, strtoul(line + 5, NULL, 10)) < 0)
            return -1;
        return strcasestr(line, " LAST") ? taken(p) : say(p, "250 2.0.0 Ok\r\n");
    }
    if (verb(line, "QUIT")) {
        say(p, "221 2.0.0 Bye\r\n");
        flush(p);
        return -1;
    }
    return say(p, "250 2.1.0 Ok\r\n");
}

static void *serve(void *socket)
{
    struct peer *p = calloc(1, sizeof *p);
    char line[4096];
    p->s = (int) (long) socket;
    seen(CONNECTION);
    int over = say(p, "220 burst.example.org ESMTP\r\n");
    while (!over && read_line(p, line, sizeof line) >= 0) {
        stirred();
        over = command(p, line);
    }
    if (p->tls)
        SSL_free(p->tls);
    close(p->s);
    free(p);
    return NULL;
}

static int listening(const char *port, const char *certificate)
{
    context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 || SSL_CTX_use_PrivateKey_file(context, certificate, SSL_FILETYPE_PEM) != 1) {
        ERR_print_errors_fp(stderr);
        return 1;
    }
    SSL_CTX_set_session_id_context(context, (const unsigned char *) "burst", 5);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t) atoi(port))};
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(s, (struct sockaddr *) &here, sizeof here) < 0 || listen(s, 256) < 0) {
        perror("burst");
        return 1;
    }
    for (;;) {
        int peer = accept4(s, NULL, NULL, SOCK_CLOEXEC);
        pthread_t thread;
        if (peer < 0)
            continue;
        setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (pthread_create(&thread, NULL, serve, (void *) (long) peer) == 0)
            pthread_detach(thread);
        else
            close(peer);
    }
}

static void notice(const char *line)
{
    if (strstr(line, "/smtpd[") || strstr(line, "/submission/smtpd[")) {
        if (strstr(line, "]: connect from "))
            seen(CONNECTION);
        else if (strstr(line, "TLS connection established from "))
            seen(HANDSHAKE);
        else if (strstr(line, "sasl_username="))
            stirred();
    } else if (strstr(line, "/cleanup[") && strstr(line, "message-id=")) {
        /* Postfix's queue manager follows when the message is on the disk: what is counted */
        stirred();
    } else if (strstr(line, "/qmgr[") && strstr(line, "(queue active)")) {
        seen(MESSAGE);
    } else if (strstr(line, "client passdb out: OK")) {
        seen(AUTH);
    }
}

static int following(char **files)
{
    static char text[2][65536];
    size_t used[2] = {0, 0};
    int in[2];
    for (int i = 0; i < 2; i++) {
        in[i] = open(files[i], O_RDONLY | O_CLOEXEC);
        if (in[i] < 0) {
            perror(files[i]);
            return 1;
        }
        lseek(in[i], 0, SEEK_END);
    }
    for (;;) {
        int some = 0;
        for (int i = 0; i < 2; i++) {
            ssize_t n = read(in[i], text[i] + used[i], sizeof text[i] - 1 - used[i]);
            if (n <= 0)
                continue;
            some = 1;
            used[i] += (size_t) n;
            text[i][used[i]] = 0;
            char *at = text[i], *end;
            while ((end = strchr(at, '\n'))) {
                *end = 0;
                notice(at);
                at = end + 1;
            }
            used[i] = (size_t) (text[i] + used[i] - at);
            memmove(text[i], at, used[i]);
        }
        if (!some)
            usleep(5000);
    }
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if (argc != 4)
        return 64;
    signal(SIGPIPE, SIG_IGN);
    pthread_create(&thread, NULL, orders, NULL);
    return strcmp(argv[1], "listen") == 0 ? listening(argv[2], argv[3]) : following(argv + 2);
}
