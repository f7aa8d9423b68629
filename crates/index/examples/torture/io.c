/* Stands between a process and the system and lets its writing go wrong. Loaded with LD_PRELOAD; for `make torture`.

   Looked at are the calls that change something below the folder IO_DIR: creating, writing, cutting, syncing, renaming and
   removing. With IO_FAIL=N the Nth of them fails with the error number IO_ERROR, and so does everything after it where
   IO_ON=1. With IO_LOG=FILE each is written down with all it takes to do it again, and so is what the process says on its
   standard output, so that the order of both is known. With IO_SLOW=N each call takes N microseconds longer.

   A record of the log: kind (1 byte), lengths of path and data (4 bytes each, little-endian), offset (8 bytes), path, data. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char dir[PATH_MAX];
static long fail_at, count, error_number, on, slow;
static int log_fd = -1;

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

static void begin(void) {
    const char *text = getenv("IO_DIR"), *log = getenv("IO_LOG");
    if (text) strncpy(dir, text, sizeof dir - 1);
    fail_at = number("IO_FAIL");
    error_number = number("IO_ERROR");
    on = number("IO_ON");
    slow = number("IO_SLOW");
    if (log) log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static int is_below(const char *path) {
    size_t length = strlen(dir);
    return length && !strncmp(path, dir, length) && (path[length] == '/' || !path[length]);
}

/* The absolute path that a call names; 0 where it is none of ours. */
static int named(int at, const char *path, char *out) {
    pthread_once(&once, begin);
    if (!path || !*dir) return 0;
    if (path[0] == '/') {
        if (strlen(path) >= PATH_MAX) return 0;
        strcpy(out, path);
    } else {
        char link[64], base[PATH_MAX];
        snprintf(link, sizeof link, at == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", at);
        ssize_t n = readlink(link, base, sizeof base - 1);
        if (n < 0) return 0;
        base[n] = 0;
        if (snprintf(out, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) return 0;
    }
    return is_below(out);
}

/* The same of an open file. */
static int opened(int fd, char *out) {
    pthread_once(&once, begin);
    if (!*dir) return 0;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, out, PATH_MAX - 1);
    if (n < 0) return 0;
    out[n] = 0;
    return is_below(out) && !strstr(out, " (deleted)");
}

static void put(const void *bytes, size_t length) {
    const char *at = bytes;
    while (length) {
        long n = syscall(SYS_write, log_fd, at, length);
        if (n <= 0) return;
        at += n;
        length -= (size_t)n;
    }
}

static void record(char kind, const char *path, uint64_t offset, const void *data, size_t length) {
    if (log_fd < 0) return;
    uint32_t path_length = (uint32_t)strlen(path), data_length = (uint32_t)length;
    put(&kind, 1);
    put(&path_length, 4);
    put(&data_length, 4);
    put(&offset, 8);
    put(path, path_length);
    put(data, length);
}

/* Called with the order held, before each call of ours: whether it is to fail. */
static int fails(void) {
    if (slow) usleep((useconds_t)slow);
    count++;
    if (fail_at && (count == fail_at || (on && count > fail_at))) {
        errno = (int)error_number;
        return 1;
    }
    return 0;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define LOCK() pthread_mutex_lock(&order)
#define UNLOCK() do { int kept = errno; pthread_mutex_unlock(&order); errno = kept; } while (0)

static int open_at(int at, const char *path, int flags, mode_t mode) {
    char full[PATH_MAX];
    if (!(flags & (O_CREAT | O_TRUNC)) || (flags & O_TMPFILE) == O_TMPFILE || !named(at, path, full))
        return (int)syscall(SYS_openat, at, path, flags, mode);
    LOCK();
    struct stat found;
    int is_new = fstatat(at, path, &found, 0) != 0, fd = -1;
    int changes = is_new ? flags & O_CREAT : (flags & O_TRUNC) && found.st_size > 0;
    if (!changes || !fails()) {
        fd = (int)syscall(SYS_openat, at, path, flags, mode);
        if (fd >= 0 && changes) record(is_new ? 'c' : 't', full, 0, "", 0);
    }
    UNLOCK();
    return fd;
}

#define MODE() \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }
int open(const char *path, int flags, ...) { MODE() return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE() return open_at(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE() return open_at(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE() return open_at(at, path, flags, mode); }

static ssize_t write_at(int fd, const void *data, size_t length, off_t offset) {
    char path[PATH_MAX];
    if (fd == 1) {
        pthread_once(&once, begin);
        LOCK();
        ssize_t n = syscall(SYS_write, fd, data, length);
        if (n > 0) record('s', "", 0, data, (size_t)n);
        UNLOCK();
        return n;
    }
    if (fd == log_fd || !opened(fd, path))
        return offset < 0 ? syscall(SYS_write, fd, data, length) : syscall(SYS_pwrite64, fd, data, length, offset);
    LOCK();
    ssize_t n = -1;
    if (!fails()) {
        off_t at = offset < 0 ? (off_t)syscall(SYS_lseek, fd, 0, SEEK_CUR) : offset;
        n = offset < 0 ? syscall(SYS_write, fd, data, length) : syscall(SYS_pwrite64, fd, data, length, offset);
        if (n > 0) record('w', path, (uint64_t)at, data, (size_t)n);
    }
    UNLOCK();
    return n;
}

ssize_t write(int fd, const void *data, size_t length) { return write_at(fd, data, length, -1); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t at) { return write_at(fd, data, length, at); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) { return write_at(fd, data, length, at); }

ssize_t writev(int fd, const struct iovec *pieces, int n) {
    /* Writing less than was asked for is allowed: the caller comes again. */
    for (int i = 0; i < n; i++)
        if (pieces[i].iov_len) return write_at(fd, pieces[i].iov_base, pieces[i].iov_len, -1);
    return 0;
}

#define ON_FILE(call, kind, offset) \
    char path[PATH_MAX]; \
    if (!opened(fd, path)) return call; \
    LOCK(); \
    int done = -1; \
    if (!fails()) { done = call; if (!done) record(kind, path, (uint64_t)(offset), "", 0); } \
    UNLOCK(); \
    return done;
int fsync(int fd) { ON_FILE((int)syscall(SYS_fsync, fd), 'f', 0) }
int fdatasync(int fd) { ON_FILE((int)syscall(SYS_fdatasync, fd), 'f', 0) }
int ftruncate(int fd, off_t length) { ON_FILE((int)syscall(SYS_ftruncate, fd, length), 't', length) }
int ftruncate64(int fd, off64_t length) { ON_FILE((int)syscall(SYS_ftruncate, fd, length), 't', length) }

#define ON_NAME(at, name, call, kind, data) \
    char path[PATH_MAX]; \
    if (!named(at, name, path)) return call; \
    LOCK(); \
    int done = -1; \
    if (!fails()) { done = call; if (!done) record(kind, path, 0, data, strlen(data)); } \
    UNLOCK(); \
    return done;
int mkdir(const char *name, mode_t mode) { ON_NAME(AT_FDCWD, name, NEXT(mkdir)(name, mode), 'm', "") }
int rmdir(const char *name) { ON_NAME(AT_FDCWD, name, NEXT(rmdir)(name), 'u', "") }
int unlink(const char *name) { ON_NAME(AT_FDCWD, name, NEXT(unlink)(name), 'u', "") }
int unlinkat(int at, const char *name, int flags) { ON_NAME(at, name, NEXT(unlinkat)(at, name, flags), 'u', "") }
int rename(const char *from, const char *to) { ON_NAME(AT_FDCWD, from, NEXT(rename)(from, to), 'r', to) }
