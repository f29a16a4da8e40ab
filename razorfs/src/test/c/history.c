/*
 * Does what it reads from its input, one operation a line, in the working directory, and answers
 * each with a line: "ok", what the call gave back, and whose times it moved, or the errno. Run on
 * two file systems with the same input it shows where they differ.
 *
 * Paths, names and values are bytes in hexadecimal, with "-" for none. A target is "@" and a path
 * from the working directory, or "#n", a file that was kept open as number n. Nothing but regular
 * files and directories is opened: a device number may mean a real device.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define WORDS 10
#define HANDLES 4096
#define LARGEST (4 << 20)

static int handles[HANDLES];
static char *words[WORDS];
static unsigned char bytes[3][LARGEST + 1];
static char answer[8 << 20];

static long number(int word) { return strtol(words[word], NULL, 0); }

/* The bytes of a word, ended by a zero. */
static const char *text(int word, int buffer, size_t *length) {
  size_t n = 0;
  const char *hex = words[word];
  if (strcmp(hex, "-") != 0) {
    for (; hex[0] != 0 && hex[1] != 0 && n < LARGEST; hex += 2) {
      char pair[3] = {hex[0], hex[1], 0};
      bytes[buffer][n++] = (unsigned char)strtol(pair, NULL, 16);
    }
  }
  bytes[buffer][n] = 0;
  if (length != NULL) *length = n;
  return (const char *)bytes[buffer];
}

static const char *path(int word, int buffer) { return text(word, buffer, NULL); }

/* The number of a kept file, or -1 for a path. */
static int handle(int word) {
  return words[word][0] == '#' ? atoi(words[word] + 1) : -1;
}

/* A descriptor for the target itself, whatever it is; to be closed. */
static int refer(int word) {
  int h = handle(word);
  if (h >= 0) {
    if (h >= HANDLES || handles[h] < 0) {
      errno = EBADF;
      return -1;
    }
    return dup(handles[h]);
  }
  return open(path(word, 0), O_PATH | O_NOFOLLOW);
}

/* A descriptor for the target's content; to be closed. */
static int content(int word, int flags) {
  int fd = refer(word);
  struct stat s;
  if (fd < 0) return -1;
  if (fstat(fd, &s) != 0) {
    close(fd);
    return -1;
  }
  if (!S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode)) {
    close(fd);
    errno = ENOTSUP;
    return -1;
  }
  char self[64];
  snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
  int opened = open(self, flags);
  int problem = errno;
  close(fd);
  errno = problem;
  return opened;
}

static void hex(const void *data, size_t length) {
  char *at = answer + strlen(answer);
  for (size_t i = 0; i < length; i++) at += sprintf(at, "%02x", ((const unsigned char *)data)[i]);
}

static uint64_t hash(uint64_t h, const unsigned char *data, size_t length) {
  for (size_t i = 0; i < length; i++) h = (h ^ data[i]) * 1099511628211u;
  return h;
}

/* Everything that both file systems have to agree on, but for times. */
static int describe(int fd) {
  struct stat s;
  if (fstat(fd, &s) != 0) return -1;
  char *at = answer + strlen(answer);
  at += sprintf(at, " %06o links %lu owner %u:%u", s.st_mode, (unsigned long)s.st_nlink, s.st_uid, s.st_gid);
  if (S_ISCHR(s.st_mode) || S_ISBLK(s.st_mode)) at += sprintf(at, " device %lx", (unsigned long)s.st_rdev);
  /* A directory's size is the file system's own affair. */
  if (S_ISREG(s.st_mode) || S_ISLNK(s.st_mode)) sprintf(at, " size %ld", (long)s.st_size);
  return 0;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* The names and types in a directory, sorted, in an array that ends with NULL. */
static char **listing(int fd) {
  DIR *directory = fdopendir(dup(fd));
  if (directory == NULL) return NULL;
  rewinddir(directory);
  char **names = calloc(1 << 16, sizeof *names);
  size_t count = 0;
  for (struct dirent *e; (e = readdir(directory)) != NULL;) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    names[count] = malloc(strlen(e->d_name) + 2);
    sprintf(names[count], "%s", e->d_name);
    names[count][strlen(e->d_name) + 1] = (char)e->d_type;
    count++;
  }
  closedir(directory);
  qsort(names, count, sizeof *names, by_name);
  return names;
}

static void discard(char **names) {
  for (size_t i = 0; names[i] != NULL; i++) free(names[i]);
  free(names);
}

static void describe_xattrs(const char *self, int values) {
  static char list[65536];
  static unsigned char value[65536];
  ssize_t length = listxattr(self, list, sizeof list);
  char *names[256];
  size_t count = 0;
  for (char *at = list; length > 0 && at < list + length; at += strlen(at) + 1) names[count++] = at;
  qsort(names, count, sizeof *names, by_name);
  for (size_t i = 0; i < count; i++) {
    sprintf(answer + strlen(answer), " %s", names[i]);
    if (values) {
      ssize_t size = getxattr(self, names[i], value, sizeof value);
      sprintf(answer + strlen(answer), "=%zd:%lx", size, (unsigned long)hash(1, value, size > 0 ? size : 0));
    }
  }
}

/* One line for everything below a directory, and the content of files as a hash. */
static void tree(int directory, const char *name, const char *shown, int times) {
  int fd = openat(directory, name, O_PATH | O_NOFOLLOW);
  struct stat s;
  if (fd < 0 || fstat(fd, &s) != 0) {
    sprintf(answer + strlen(answer), "|%s errno %d", shown, errno);
    return;
  }
  char self[64];
  snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
  sprintf(answer + strlen(answer), "|%s", shown);
  describe(fd);
  if (times) sprintf(answer + strlen(answer), " mtime %ld.%09ld ctime %ld.%09ld", (long)s.st_mtim.tv_sec,
                     s.st_mtim.tv_nsec, (long)s.st_ctim.tv_sec, s.st_ctim.tv_nsec);
  if (S_ISLNK(s.st_mode)) {
    char target[4096];
    ssize_t length = readlinkat(fd, "", target, sizeof target);
    sprintf(answer + strlen(answer), " -> ");
    hex(target, length > 0 ? length : 0);
  } else {
    describe_xattrs(self, 1);
  }
  if (S_ISREG(s.st_mode)) {
    static unsigned char buffer[1 << 16];
    uint64_t h = 1;
    int in = open(self, O_RDONLY);
    ssize_t got;
    while ((got = read(in, buffer, sizeof buffer)) > 0) h = hash(h, buffer, got);
    sprintf(answer + strlen(answer), got < 0 ? " unreadable" : " content %lx", (unsigned long)h);
    close(in);
  }
  if (S_ISDIR(s.st_mode)) {
    int in = open(self, O_RDONLY | O_DIRECTORY);
    char **names = listing(in);
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
      char below[8192];
      snprintf(below, sizeof below, "%s/", shown);
      for (const unsigned char *c = (unsigned char *)names[i]; *c != 0; c++) sprintf(below + strlen(below), "%02x", *c);
      tree(in, names[i], below, times);
    }
    if (names != NULL) discard(names);
    close(in);
  }
  close(fd);
}

/* What an operation may move the times of: its targets and the directories of its paths. */
struct watched {
  int fd;
  struct stat before;
};

static struct watched watched[2 * WORDS];
static int watching;

static void watch(int fd) {
  if (fd >= 0 && watching < 2 * WORDS) {
    watched[watching].fd = fd;
    if (fstat(fd, &watched[watching].before) == 0) {
      watching++;
      return;
    }
  }
  if (fd >= 0) close(fd);
}

static void watch_target(int word) {
  int problem = errno;
  watch(refer(word));
  if (handle(word) < 0) {
    char parent[LARGEST > 65536 ? 65536 : LARGEST];
    snprintf(parent, sizeof parent, "%s", path(word, 0));
    char *slash = strrchr(parent, '/');
    if (slash != NULL) *slash = 0;
    if (strcmp(path(word, 0), ".") != 0) watch(open(slash == NULL ? "." : parent, O_PATH | O_NOFOLLOW));
  }
  errno = problem;
}

static void report_times(void) {
  strcat(answer, " moved");
  for (int i = 0; i < watching; i++) {
    struct stat now;
    if (fstat(watched[i].fd, &now) == 0) {
      struct stat *b = &watched[i].before;
      int m = now.st_mtim.tv_sec != b->st_mtim.tv_sec || now.st_mtim.tv_nsec != b->st_mtim.tv_nsec;
      int c = now.st_ctim.tv_sec != b->st_ctim.tv_sec || now.st_ctim.tv_nsec != b->st_ctim.tv_nsec;
      sprintf(answer + strlen(answer), " %s%s", m ? "m" : "", c ? "c" : m ? "" : "-");
    } else {
      strcat(answer, " gone");
    }
    close(watched[i].fd);
  }
  watching = 0;
}

static int with(int fd, int result) {
  int problem = errno;
  close(fd);
  errno = problem;
  return result;
}

/* The operations that move data; -1 and errno, or 0. */
static int data(const char *what) {
  if (strcmp(what, "write") == 0) {
    size_t length;
    const char *what_to = text(3, 1, &length);
    long offset = number(2);
    int fd = content(1, offset < 0 ? O_WRONLY | O_APPEND : O_WRONLY);
    if (fd < 0) return -1;
    ssize_t n = offset < 0 ? write(fd, what_to, length) : pwrite(fd, what_to, length, offset);
    if (n >= 0) sprintf(answer + strlen(answer), " %zd", n);
    return with(fd, n < 0 ? -1 : 0);
  }
  if (strcmp(what, "truncate") == 0) {
    int fd = content(1, O_WRONLY);
    return fd < 0 ? -1 : with(fd, ftruncate(fd, number(2)));
  }
  if (strcmp(what, "allocate") == 0) {
    int fd = content(1, O_WRONLY);
    return fd < 0 ? -1 : with(fd, fallocate(fd, (int)number(2), number(3), number(4)));
  }
  if (strcmp(what, "copy") == 0) {
    off_t from = number(2), to = number(4);
    int in = content(1, O_RDONLY);
    if (in < 0) return -1;
    int out = content(3, O_WRONLY);
    if (out < 0) return with(in, -1);
    ssize_t n = 0;
    size_t left = number(5);
    do {
      n = copy_file_range(in, &from, out, &to, left, 0);
      left -= n > 0 ? n : 0;
    } while (n > 0 && left > 0);
    sprintf(answer + strlen(answer), " left %zu", left);
    return with(in, with(out, n < 0 ? -1 : 0));
  }
  if (strcmp(what, "read") == 0) {
    int fd = content(1, O_RDONLY);
    if (fd < 0) return -1;
    ssize_t n = pread(fd, bytes[1], number(3), number(2));
    if (n >= 0) sprintf(answer + strlen(answer), " %zd %lx", n, (unsigned long)hash(1, bytes[1], n));
    return with(fd, n < 0 ? -1 : 0);
  }
  if (strcmp(what, "fsync") == 0) {
    int fd = content(1, O_RDONLY);
    return fd < 0 ? -1 : with(fd, number(2) ? fdatasync(fd) : fsync(fd));
  }
  return 1;
}

static int xattrs(const char *what) {
  int fd = refer(1);
  if (fd < 0) return -1;
  char self[64];
  int result = -1;
  size_t length;
  snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
  if (strcmp(what, "setxattr") == 0) {
    const char *value = text(3, 1, &length);
    result = setxattr(self, path(2, 0), value, length, (int)number(4));
  } else if (strcmp(what, "removexattr") == 0) {
    result = removexattr(self, path(2, 0));
  } else if (strcmp(what, "getxattr") == 0) {
    ssize_t n = getxattr(self, path(2, 0), bytes[1], LARGEST);
    result = n < 0 ? -1 : 0;
    if (n >= 0) sprintf(answer + strlen(answer), " %zd %lx", n, (unsigned long)hash(1, bytes[1], n));
  } else {
    describe_xattrs(self, 0);
    result = 0;
  }
  return with(fd, result);
}

static int attributes(const char *what) {
  if (strstr(what, "xattr") != NULL) return xattrs(what);
  if (strcmp(what, "flags") == 0) {
    int fd = content(1, O_RDONLY);
    int flags;
    if (fd < 0) return -1;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0) return with(fd, -1);
    flags = (flags & ~(FS_NODUMP_FL | FS_NOATIME_FL)) | (int)number(2);
    return with(fd, ioctl(fd, FS_IOC_SETFLAGS, &flags));
  }
  int fd = refer(1);
  if (fd < 0) return -1;
  struct stat s;
  if (strcmp(what, "stat") == 0) return with(fd, describe(fd));
  if (strcmp(what, "chmod") == 0) {
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    return with(fd, chmod(self, (mode_t)number(2)));
  }
  if (strcmp(what, "chown") == 0) return with(fd, fchownat(fd, "", number(2), number(3), AT_EMPTY_PATH));
  if (strcmp(what, "utimes") == 0) {
    struct timespec t[2] = {{number(2), 0}, {number(3), 5}};
    if (utimensat(fd, "", t, AT_EMPTY_PATH) != 0 || fstat(fd, &s) != 0) return with(fd, -1);
    sprintf(answer + strlen(answer), " mtime %ld.%09ld", (long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
    return with(fd, 0);
  }
  if (strcmp(what, "readlink") == 0) {
    char target[4096];
    ssize_t n = fstat(fd, &s) == 0 && S_ISLNK(s.st_mode) ? readlinkat(fd, "", target, sizeof target)
                                                        : readlink(path(1, 0), target, sizeof target);
    strcat(answer, " ");
    hex(target, n > 0 ? n : 0);
    return with(fd, n < 0 ? -1 : 0);
  }
  close(fd);
  if (strcmp(what, "list") == 0) {
    fd = content(1, O_RDONLY | O_DIRECTORY);
    if (fd < 0) return -1;
    char **names = listing(fd);
    if (names == NULL) return with(fd, -1);
    for (size_t i = 0; names[i] != NULL; i++) {
      strcat(answer, " ");
      hex(names[i], strlen(names[i]) + 2);
    }
    discard(names);
    return with(fd, 0);
  }
  return 1;
}

static int keep(int word, int fd) {
  if (fd < 0) return -1;
  int h = handle(word);
  if (h < 0 || h >= HANDLES) abort();
  if (handles[h] >= 0) close(handles[h]);
  handles[h] = fd;
  return 0;
}

static int names(const char *what) {
  if (strcmp(what, "create") == 0) {
    int fd = open(path(1, 0), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, (mode_t)number(2));
    return fd < 0 ? -1 : with(fd, fchown(fd, (uid_t)number(3), (gid_t)number(4)));
  }
  if (strcmp(what, "mknod") == 0) return mknod(path(1, 0), (mode_t)number(2), (dev_t)number(3));
  if (strcmp(what, "mkdir") == 0) return mkdir(path(1, 0), (mode_t)number(2));
  if (strcmp(what, "symlink") == 0) return symlink(path(2, 1), path(1, 0));
  if (strcmp(what, "tmpfile") == 0) {
    int in = refer(2);
    if (in < 0) return -1;
    int fd = openat(in, ".", O_TMPFILE | O_RDWR, (mode_t)number(3));
    return keep(1, with(in, fd));
  }
  if (strcmp(what, "open") == 0) return keep(1, refer(2));
  if (strcmp(what, "close") == 0) {
    int h = handle(1);
    if (h < 0 || h >= HANDLES || handles[h] < 0) {
      errno = EBADF;
      return -1;
    }
    close(handles[h]);
    handles[h] = -1;
    return 0;
  }
  if (strcmp(what, "link") == 0) {
    int fd = refer(1);
    return fd < 0 ? -1 : with(fd, linkat(fd, "", AT_FDCWD, path(2, 1), AT_EMPTY_PATH));
  }
  if (strcmp(what, "unlink") == 0) return unlink(path(1, 0));
  if (strcmp(what, "rmdir") == 0) return rmdir(path(1, 0));
  if (strcmp(what, "rename") == 0) {
    return renameat2(AT_FDCWD, path(1, 0), AT_FDCWD, path(2, 1), (unsigned)number(3));
  }
  return 1;
}

static void perform(int count) {
  const char *what = words[0];
  strcpy(answer, "ok");
  if (strcmp(what, "tree") == 0) {
    tree(AT_FDCWD, ".", "", count > 1);
    return;
  }
  /* Which words are targets: all that are written as such, but not a symbolic link's. */
  for (int i = 1; i < count; i++) {
    int named = words[i][0] == '#' || (words[i][0] == '@' && words[i]++);
    if (named && strcmp(what, "close") != 0) watch_target(i);
  }
  errno = 0;
  int result = names(what);
  if (result == 1) result = data(what);
  if (result == 1) result = attributes(what);
  if (result == 1) {
    fprintf(stderr, "no operation %s\n", what);
    exit(2);
  }
  if (result != 0) snprintf(answer, sizeof answer, "%s", strerrorname_np(errno));
  report_times();
}

int main(void) {
  umask(0);
  for (int i = 0; i < HANDLES; i++) handles[i] = -1;
  char *line = NULL;
  size_t size = 0;
  while (getline(&line, &size, stdin) > 0) {
    int count = 0;
    for (char *word = strtok(line, " \n"); word != NULL && count < WORDS; word = strtok(NULL, " \n")) {
      words[count++] = word;
    }
    if (count == 0) continue;
    perform(count);
    puts(answer);
    fflush(stdout);
  }
  return 0;
}
