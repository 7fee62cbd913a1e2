/*
 * load PROCESSES CALLS FILE COMMAND [ARGUMENT...]
 * Runs COMMAND with standard input from FILE, CALLS times in all, from PROCESSES processes at a time. Prints one line:
 * calls, failed ones, wall seconds, CPU seconds of the commands and what they waited for (user and system), the median of a
 * call's wall and CPU in microseconds. Posix_spawn and wait4 only, so that the generator itself costs little.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct call {
    double wall, cpu;
    int failed;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
    return (double) t.tv_sec + (double) t.tv_usec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

static void work(struct call *calls, int n, const char *file, char **command)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, file, O_RDONLY, 0);
    for (int i = 0; i < n; i++) {
        struct rusage used;
        int status = -1;
        pid_t pid;
        double begun = now();
        if (posix_spawnp(&pid, command[0], &actions, NULL, command, environ) != 0 || wait4(pid, &status, 0, &used) != pid) {
            calls[i].failed = 1;
            continue;
        }
        calls[i].wall = now() - begun;
        calls[i].cpu = seconds(used.ru_utime) + seconds(used.ru_stime);
        calls[i].failed = status != 0;
    }
    _exit(0);
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: load PROCESSES CALLS FILE COMMAND [ARGUMENT...]\n");
        return 64;
    }
    int processes = atoi(argv[1]), n = atoi(argv[2]);
    if (processes < 1 || n < processes) {
        fprintf(stderr, "load: at least one process and one call for each\n");
        return 64;
    }
    struct call *calls = mmap(NULL, (size_t) n * sizeof *calls, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    double *wall = malloc((size_t) n * sizeof *wall), *cpu = malloc((size_t) n * sizeof *cpu);
    if (calls == MAP_FAILED || !wall || !cpu) {
        perror("load");
        return 71;
    }
    double begun = now();
    for (int p = 0, first = 0; p < processes; p++) {
        int share = n / processes + (p < n % processes);
        pid_t pid = fork();
        if (pid == 0)
            work(calls + first, share, argv[3], argv + 4);
        if (pid < 0) {
            perror("load");
            return 71;
        }
        first += share;
    }
    while (wait(NULL) > 0)
        ;
    double took = now() - begun, total = 0;
    int failed = 0;
    for (int i = 0; i < n; i++) {
        wall[i] = calls[i].wall;
        cpu[i] = calls[i].cpu;
        total += cpu[i];
        failed += calls[i].failed;
    }
    qsort(wall, (size_t) n, sizeof *wall, by_value);
    qsort(cpu, (size_t) n, sizeof *cpu, by_value);
    printf("%d %d %.4f %.4f %.0f %.0f\n", n, failed, took, total, wall[n / 2] * 1e6, cpu[n / 2] * 1e6);
    return failed ? 1 : 0;
}
