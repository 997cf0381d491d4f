/* A clock that several processes share and that runs at a speed which may change at any time (LD_PRELOAD).
 *
 * Speeds up both clocks and everything that waits by them: epoll, poll, sleeps, locks and conditions with a time
 * limit. Clocks of processor time stay as they are. The page at SOAK_CLOCK is written by fast_clock.py.
 * A wait is cut into slices of real time, so that a sleeper notices a new speed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef int64_t ns_t;
#define SECOND 1000000000LL
#define SLICE 10000000LL  /* 10 ms of real time */
#define SWITCH 10000000LL /* Python's threads take turns by waits of 5 ms: those stay real */

struct page {
    volatile uint64_t written; /* odd while it is being written */
    ns_t wall, steady;         /* what the two clocks showed at the start, in ns */
    ns_t turn, passed;         /* real steady time of the last change of speed, and simulated time passed until it */
    double before, after;      /* speed until and since that turn */
};
static struct page *shared;

static ns_t of(const struct timespec *t) { return t->tv_sec * SECOND + t->tv_nsec; }
static struct timespec spec(ns_t t) { return (struct timespec){t / SECOND, t % SECOND}; }

static ns_t real(clockid_t id) {
    struct timespec t;
    syscall(SYS_clock_gettime, id, &t);
    return of(&t);
}

__attribute__((constructor)) static void open_page(void) {
    const char *path = getenv("SOAK_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *found = mmap(NULL, sizeof(struct page), PROT_READ, MAP_SHARED, file, 0);
    if (found != MAP_FAILED) shared = found;
    close(file);
}

static ns_t steady_now(void) {
    static int (*gettime)(clockid_t, struct timespec *);
    if (!gettime) gettime = dlsym(RTLD_NEXT, "clock_gettime");
    struct timespec t;
    if (!gettime || gettime(CLOCK_MONOTONIC, &t)) return real(CLOCK_MONOTONIC);
    return of(&t);
}

static ns_t passed(double *speed) {
    for (;;) {
        uint64_t seen = shared->written;
        __sync_synchronize();
        struct page p = *shared;
        __sync_synchronize();
        if (seen % 2 || seen != shared->written) continue;
        ns_t since = steady_now() - p.turn;
        double now = since < 0 ? p.before : p.after;
        if (speed) *speed = now;
        return p.passed + (ns_t)(since * now);
    }
}

static int is_wall(clockid_t id) { return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI; }
static int is_steady(clockid_t id) {
    return id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_RAW || id == CLOCK_MONOTONIC_COARSE || id == CLOCK_BOOTTIME;
}
static ns_t shown(clockid_t id) { return (is_wall(id) ? shared->wall : shared->steady) + passed(NULL); }

int clock_gettime(clockid_t id, struct timespec *t) {
    if (!shared || !(is_wall(id) || is_steady(id))) return syscall(SYS_clock_gettime, id, t);
    *t = spec(shown(id));
    return 0;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *t = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *t) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (t) *t = now.tv_sec;
    return now.tv_sec;
}

/* The next slice of a wait that ends when `until` of simulated time has passed; 0 when it is over. */
static ns_t slice(ns_t until) {
    double speed;
    ns_t left = until - passed(&speed);
    if (left <= 0) return 0;
    ns_t wait = (ns_t)(left / speed) + 1000;
    return wait < SLICE ? wait : SLICE;
}

static int pause_until(ns_t until, ns_t *left) {
    for (ns_t wait; (wait = slice(until));) {
        struct timespec t = spec(wait);
        if (syscall(SYS_nanosleep, &t, NULL)) {
            *left = until - passed(NULL);
            return errno;
        }
    }
    *left = 0;
    return 0;
}

int clock_nanosleep(clockid_t id, int flags, const struct timespec *wanted, struct timespec *rest) {
    if (!shared) return syscall(SYS_clock_nanosleep, id, flags, wanted, rest) ? errno : 0;
    ns_t left, start = is_wall(id) ? shared->wall : shared->steady;
    int failed = pause_until(flags & TIMER_ABSTIME ? of(wanted) - start : passed(NULL) + of(wanted), &left);
    if (failed && rest && !(flags & TIMER_ABSTIME)) *rest = spec(left > 0 ? left : 0);
    return failed;
}

int nanosleep(const struct timespec *wanted, struct timespec *rest) {
    int failed = clock_nanosleep(CLOCK_MONOTONIC, 0, wanted, rest);
    errno = failed ? failed : errno;
    return failed ? -1 : 0;
}

int usleep(useconds_t wanted) {
    struct timespec t = spec(wanted * 1000LL);
    return nanosleep(&t, NULL);
}

static int polled(struct pollfd *files, nfds_t count, ns_t until) {
    for (;;) {
        ns_t wait = slice(until);
        struct timespec t = spec(wait);
        int ready = syscall(SYS_ppoll, files, count, &t, NULL, 0);
        if (ready || !wait) return ready;
    }
}

int poll(struct pollfd *files, nfds_t count, int timeout) {
    if (shared && timeout > 0) return polled(files, count, passed(NULL) + timeout * 1000000LL);
    struct timespec t = spec(timeout > 0 ? timeout * 1000000LL : 0);
    return syscall(SYS_ppoll, files, count, timeout < 0 ? NULL : &t, NULL, 0);
}

int epoll_wait(int file, struct epoll_event *events, int most, int timeout) {
    if (shared && timeout > 0) {
        struct pollfd one = {file, POLLIN, 0};
        int ready = polled(&one, 1, passed(NULL) + timeout * 1000000LL);
        if (ready < 0) return ready;
        timeout = 0;
    }
    return syscall(SYS_epoll_pwait, file, events, most, timeout, NULL, 8);
}

/* Waits for a lock or condition until a moment of one of the two clocks. */
typedef int (*until_t)(void *, void *, clockid_t, const struct timespec *);

static int waited(until_t once, void *a, void *b, clockid_t id, const struct timespec *moment) {
    ns_t until = of(moment) - (is_wall(id) ? shared->wall : shared->steady), left = until - passed(NULL);
    if (left > 0 && left <= SWITCH) {
        struct timespec t = spec(real(id) + left);
        return once(a, b, id, &t);
    }
    for (;;) {
        ns_t wait = slice(until);
        struct timespec t = spec(real(id) + wait);
        int result = once(a, b, id, &t);
        if (result != ETIMEDOUT || !wait) return result;
    }
}

static int sem_once(void *sem, void *none, clockid_t id, const struct timespec *t) {
    static int (*real_wait)(sem_t *, clockid_t, const struct timespec *);
    (void)none;
    if (!real_wait) real_wait = dlsym(RTLD_NEXT, "sem_clockwait");
    return real_wait(sem, id, t) ? errno : 0;
}

int sem_clockwait(sem_t *sem, clockid_t id, const struct timespec *t) {
    int result = shared ? waited(sem_once, sem, NULL, id, t) : sem_once(sem, NULL, id, t);
    if (result) errno = result;
    return result ? -1 : 0;
}

int sem_timedwait(sem_t *sem, const struct timespec *t) { return sem_clockwait(sem, CLOCK_REALTIME, t); }

static int cond_once(void *cond, void *mutex, clockid_t id, const struct timespec *t) {
    static int (*real_wait)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
    if (!real_wait) real_wait = dlsym(RTLD_NEXT, "pthread_cond_clockwait");
    return real_wait(cond, mutex, id, t);
}

int pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t id, const struct timespec *t) {
    return shared ? waited(cond_once, cond, mutex, id, t) : cond_once(cond, mutex, id, t);
}

/* Which clock a condition goes by is its secret; a moment's size tells it: one counts from 1970, the other from boot. */
int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *t) {
    return pthread_cond_clockwait(cond, mutex, t->tv_sec > 1000000000 ? CLOCK_REALTIME : CLOCK_MONOTONIC, t);
}
