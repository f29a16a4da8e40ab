/*
 * What a file system of Linux owes its callers, call by call: each check runs alone in an empty
 * directory of the file system under test, as root. "list" names them, a name runs one. On ext4 all
 * pass but for flags_hold, as files have more flags there.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static void fail(int line, const char *what) {
  printf("line %d: %s (errno %d, %s)\n", line, what, errno, strerror(errno));
  exit(1);
}

#define STILL(x) do { if (!(x)) fail(__LINE__, #x); } while (0)
#define MUST(x) do { errno = 0; STILL(x); } while (0)
#define FAILS(call, number) MUST((call) == -1 && errno == (number))

static int make(const char *name, const char *content) {
  int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
  MUST(fd >= 0);
  MUST(write(fd, content, strlen(content)) == (ssize_t)strlen(content));
  return fd;
}

static int holds(const char *name, const char *content) {
  char buffer[4096] = {0};
  int fd = open(name, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t length = read(fd, buffer, sizeof buffer);
  close(fd);
  return length == (ssize_t)strlen(content) && memcmp(buffer, content, length) == 0;
}

/* Runs the rest as another user; the parent gets its verdict. */
static int as_user(uid_t user, int (*what)(void)) {
  pid_t child = fork();
  if (child == 0) {
    if (syscall(SYS_setgroups, 0, NULL) != 0 || setresgid(user, user, user) != 0
        || setresuid(user, user, user) != 0) _exit(99);
    _exit(what());
  }
  int status;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static void rename_noreplace(void) {
  close(make("a", "A"));
  close(make("b", "B"));
  FAILS(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE), EEXIST);
  MUST(holds("a", "A") && holds("b", "B"));
  MUST(renameat2(AT_FDCWD, "a", AT_FDCWD, "c", RENAME_NOREPLACE) == 0);
  MUST(holds("c", "A") && access("a", F_OK) != 0);
}

static void rename_exchange(void) {
  close(make("a", "A"));
  MUST(mkdir("d", 0755) == 0 && mkdir("e", 0755) == 0);
  close(make("d/b", "B"));
  MUST(renameat2(AT_FDCWD, "a", AT_FDCWD, "d/b", RENAME_EXCHANGE) == 0);
  MUST(holds("a", "B") && holds("d/b", "A"));
  MUST(renameat2(AT_FDCWD, "a", AT_FDCWD, "d", RENAME_EXCHANGE) == 0);
  MUST(holds("d", "B") && holds("a/b", "A"));
  struct stat s;
  MUST(stat(".", &s) == 0 && s.st_nlink == 4);
  FAILS(renameat2(AT_FDCWD, "a", AT_FDCWD, "none", RENAME_EXCHANGE), ENOENT);
  FAILS(renameat2(AT_FDCWD, "a", AT_FDCWD, "a/b", RENAME_EXCHANGE), EINVAL);
  FAILS(renameat2(AT_FDCWD, "d", AT_FDCWD, "e", RENAME_EXCHANGE | RENAME_NOREPLACE), EINVAL);
}

static void rename_whiteout(void) {
  close(make("a", "A"));
  MUST(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_WHITEOUT) == 0);
  struct stat s;
  MUST(holds("b", "A") && lstat("a", &s) == 0 && S_ISCHR(s.st_mode) && s.st_rdev == 0);
}

static void tmpfile_and_link(void) {
  int fd = open(".", O_TMPFILE | O_RDWR, 0640);
  MUST(fd >= 0);
  MUST(write(fd, "hidden", 6) == 6);
  struct stat s;
  MUST(fstat(fd, &s) == 0 && s.st_nlink == 0 && (s.st_mode & 07777) == 0640);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  MUST(linkat(AT_FDCWD, path, AT_FDCWD, "shown", AT_SYMLINK_FOLLOW) == 0);
  MUST(fstat(fd, &s) == 0 && s.st_nlink == 1);
  MUST(holds("shown", "hidden"));
  int never = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600);
  MUST(never >= 0);
  snprintf(path, sizeof path, "/proc/self/fd/%d", never);
  FAILS(linkat(AT_FDCWD, path, AT_FDCWD, "never", AT_SYMLINK_FOLLOW), ENOENT);
  FAILS(open("shown", O_TMPFILE | O_RDWR, 0600), ENOTDIR);
}

static void holes_are_found(void) {
  int fd = make("f", "");
  char block[65536];
  memset(block, 'x', sizeof block);
  MUST(pwrite(fd, block, sizeof block, 1 << 20) == sizeof block);
  MUST(ftruncate(fd, 4 << 20) == 0);
  MUST(fsync(fd) == 0);
  MUST(lseek(fd, 0, SEEK_HOLE) == 0);
  MUST(lseek(fd, 0, SEEK_DATA) == 1 << 20);
  MUST(lseek(fd, 1 << 20, SEEK_HOLE) == (1 << 20) + (off_t)sizeof block);
  FAILS(lseek(fd, 2 << 20, SEEK_DATA), ENXIO);
  MUST(lseek(fd, 2 << 20, SEEK_HOLE) == 2 << 20);
  FAILS(lseek(fd, 4 << 20, SEEK_HOLE), ENXIO);
  FAILS(lseek(fd, -1, SEEK_DATA), ENXIO);
}

/* Before anything is stored this has to be right as well, or cp(1) would copy zeros. */
static void data_is_never_a_hole(void) {
  int fd = make("f", "");
  char block[10000];
  memset(block, 'x', sizeof block);
  for (off_t at = 1 << 20; at < 9 << 20; at += 4 << 20) {
    MUST(pwrite(fd, block, sizeof block, at) == sizeof block);
    off_t data = lseek(fd, at - 100000, SEEK_DATA);
    MUST(data >= at - 100000 && data <= at);
    MUST(lseek(fd, at, SEEK_DATA) == at);
    MUST(lseek(fd, at, SEEK_HOLE) >= at + (off_t)sizeof block);
  }
}

static void copies_ranges(void) {
  int from = make("from", "0123456789");
  int to = make("to", "abcdefghij");
  loff_t in = 2, out = 5;
  MUST(copy_file_range(from, &in, to, &out, 4, 0) == 4 && in == 6 && out == 9);
  MUST(holds("to", "abcde2345j"));
  in = 8;
  out = 20;
  MUST(copy_file_range(from, &in, to, &out, 100, 0) == 2);
  struct stat s;
  MUST(fstat(to, &s) == 0 && s.st_size == 22);
  in = 10;
  MUST(copy_file_range(from, &in, to, &out, 5, 0) == 0);
  in = 0;
  out = 3;
  FAILS(copy_file_range(from, &in, from, &out, 5, 0), EINVAL);
  MUST(copy_file_range(from, &in, from, &out, 3, 0) == 3 && holds("from", "0120126789"));
  int directory = open(".", O_RDONLY | O_DIRECTORY);
  MUST(copy_file_range(directory, NULL, to, NULL, 5, 0) == -1 && errno == EISDIR);
  int reading = open("to", O_RDONLY);
  FAILS(copy_file_range(from, NULL, reading, NULL, 5, 0), EBADF);
}

static void fallocate_modes(void) {
  int fd = make("f", "");
  struct stat s;
  MUST(fallocate(fd, 0, 0, 1 << 20) == 0);
  MUST(fstat(fd, &s) == 0 && s.st_size == 1 << 20);
  MUST(fallocate(fd, FALLOC_FL_KEEP_SIZE, 1 << 20, 1 << 20) == 0);
  MUST(fstat(fd, &s) == 0 && s.st_size == 1 << 20);
  char data[100000], back[100000], zeros[100000] = {0};
  memset(data, 'd', sizeof data);
  MUST(pwrite(fd, data, sizeof data, 0) == sizeof data);
  MUST(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 10000, 50000) == 0);
  MUST(pread(fd, back, sizeof back, 0) == sizeof back);
  MUST(memcmp(back, data, 10000) == 0 && memcmp(back + 10000, zeros, 50000) == 0);
  MUST(memcmp(back + 60000, data, 40000) == 0);
  MUST(fallocate(fd, FALLOC_FL_ZERO_RANGE, 90000, 2 << 20) == 0);
  MUST(fstat(fd, &s) == 0 && s.st_size == 90000 + (2 << 20));
  MUST(fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 4 << 20, 4096) == 0);
  MUST(fstat(fd, &s) == 0 && s.st_size == 90000 + (2 << 20));
  MUST(pread(fd, back, sizeof back, 0) == sizeof back && memcmp(back + 90000, zeros, 10000) == 0);
  struct timespec old[2] = {{1000, 0}, {1000, 0}};
  MUST(futimens(fd, old) == 0 && fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 10) == 0);
  MUST(fstat(fd, &s) == 0 && s.st_mtime > 1000);
  FAILS(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10), EOPNOTSUPP);
  FAILS(fallocate(fd, 0, 0, 0), EINVAL);
  int reading = open("f", O_RDONLY);
  FAILS(fallocate(reading, 0, 0, 10), EBADF);
}

static void birth_time_is_told(void) {
  close(make("f", "x"));
  struct statx before, after;
  MUST(statx(AT_FDCWD, "f", 0, STATX_ALL, &before) == 0);
  MUST((before.stx_mask & STATX_BTIME) && before.stx_btime.tv_sec > 1500000000);
  struct timespec times[2] = {{1000, 5}, {2000, 6}};
  MUST(utimensat(AT_FDCWD, "f", times, 0) == 0 && chmod("f", 0600) == 0);
  MUST(statx(AT_FDCWD, "f", 0, STATX_ALL, &after) == 0);
  MUST(after.stx_btime.tv_sec == before.stx_btime.tv_sec);
  MUST(after.stx_btime.tv_nsec == before.stx_btime.tv_nsec);
  MUST(after.stx_mtime.tv_sec == 2000 && after.stx_mtime.tv_nsec == 6);
  MUST(after.stx_atime.tv_sec == 1000 && after.stx_atime.tv_nsec == 5);
}

struct acl_entry { uint16_t tag, perm; uint32_t id; };
struct acl { uint32_t version; struct acl_entry e[5]; };

static void lists_are_inherited(void) {
  struct acl list = {2, {{1, 7, -1}, {2, 7, 1234}, {4, 5, -1}, {16, 7, -1}, {32, 0, -1}}};
  MUST(mkdir("d", 0755) == 0);
  MUST(setxattr("d", "system.posix_acl_default", &list, sizeof list, 0) == 0);
  umask(077);
  close(make("d/f", "x"));
  MUST(mkdir("d/e", 0777) == 0);
  struct stat s;
  MUST(stat("d/f", &s) == 0 && (s.st_mode & 07777) == 0640);
  struct acl back;
  MUST(getxattr("d/f", "system.posix_acl_access", &back, sizeof back) == sizeof back);
  MUST(back.e[1].id == 1234 && back.e[1].perm == 7 && back.e[3].perm == 4);
  MUST(getxattr("d/e", "system.posix_acl_default", &back, sizeof back) == sizeof back);
  MUST(memcmp(&back, &list, sizeof list) == 0);
  FAILS(getxattr("d/f", "system.posix_acl_default", &back, sizeof back), ENODATA);
  MUST(chmod("d/f", 0600) == 0);
  MUST(getxattr("d/f", "system.posix_acl_access", &back, sizeof back) == sizeof back);
  MUST(back.e[3].perm == 0);
}

static int reads_f(void) { return open("f", O_RDONLY) >= 0 ? 0 : errno; }

static void lists_are_enforced(void) {
  MUST(chmod(".", 0755) == 0);
  close(make("f", "x"));
  MUST(chmod("f", 0600) == 0 && as_user(1234, reads_f) == EACCES);
  struct acl list = {2, {{1, 6, -1}, {2, 4, 1234}, {4, 0, -1}, {16, 4, -1}, {32, 0, -1}}};
  MUST(setxattr("f", "system.posix_acl_access", &list, sizeof list, 0) == 0);
  MUST(as_user(1234, reads_f) == 0 && as_user(1235, reads_f) == EACCES);
  MUST(removexattr("f", "system.posix_acl_access") == 0 && as_user(1234, reads_f) == EACCES);
}

static void extended_attributes(void) {
  close(make("f", "x"));
  char value[65536];
  memset(value, 'v', sizeof value);
  FAILS(setxattr("f", "user.a", "1", 1, XATTR_REPLACE), ENODATA);
  MUST(setxattr("f", "user.a", "1", 1, XATTR_CREATE) == 0);
  FAILS(setxattr("f", "user.a", "2", 1, XATTR_CREATE), EEXIST);
  MUST(setxattr("f", "user.empty", "", 0, 0) == 0 && getxattr("f", "user.empty", value, 9) == 0);
  MUST(setxattr("f", "trusted.b", value, 3000, 0) == 0);
  MUST(getxattr("f", "trusted.b", NULL, 0) == 3000);
  FAILS(getxattr("f", "trusted.b", value, 2999), ERANGE);
  char names[200];
  ssize_t length = listxattr("f", names, sizeof names);
  MUST(length == 7 + 11 + 10);
  FAILS(listxattr("f", names, 5), ERANGE);
  MUST(removexattr("f", "user.a") == 0);
  FAILS(getxattr("f", "user.a", value, 9), ENODATA);
  MUST(symlink("f", "l") == 0);
  FAILS(lsetxattr("l", "user.a", "1", 1, 0), EPERM);
  MUST(lsetxattr("l", "trusted.a", "1", 1, 0) == 0);
  FAILS(setxattr("f", "user.", "1", 1, 0), EINVAL);
  FAILS(setxattr("f", "bogus.a", "1", 1, 0), EOPNOTSUPP);
  char name[300] = "user.";
  memset(name + 5, 'n', 251);
  FAILS(setxattr("f", name, "1", 1, 0), ERANGE);
}

static void flags_hold(void) {
  int fd = make("f", "text");
  int flags = 0;
  MUST(ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && flags == 0);
  flags = FS_NODUMP_FL | FS_NOATIME_FL;
  MUST(ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0);
  flags = 0;
  MUST(ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && flags == (FS_NODUMP_FL | FS_NOATIME_FL));
  struct fsxattr extended;
  MUST(ioctl(fd, FS_IOC_FSGETXATTR, &extended) == 0);
  MUST(extended.fsx_xflags == (FS_XFLAG_NODUMP | FS_XFLAG_NOATIME));
  extended.fsx_xflags = FS_XFLAG_APPEND;
  MUST(ioctl(fd, FS_IOC_FSSETXATTR, &extended) == 0);
  FAILS(pwrite(fd, "X", 1, 0), EPERM);
  FAILS(ftruncate(fd, 1), EPERM);
  FAILS(unlink("f"), EPERM);
  FAILS(rename("f", "g"), EPERM);
  int append = open("f", O_WRONLY | O_APPEND);
  MUST(append >= 0 && write(append, "more", 4) == 4 && holds("f", "textmore"));
  flags = FS_IMMUTABLE_FL;
  MUST(ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0);
  FAILS(write(append, "x", 1), EPERM);
  FAILS(chmod("f", 0600), EPERM);
  FAILS(link("f", "g"), EPERM);
  FAILS(setxattr("f", "user.a", "1", 1, 0), EPERM);
  struct statx s;
  MUST(statx(AT_FDCWD, "f", 0, STATX_ALL, &s) == 0);
  flags = 0;
  MUST(ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0 && unlink("f") == 0);
  flags = FS_COMPR_FL;
  FAILS(ioctl(fd, FS_IOC_SETFLAGS, &flags), EOPNOTSUPP);
}

static void flags_move_the_change_time(void) {
  int fd = make("f", "x"), flags;
  struct stat before, after;
  MUST(fstat(fd, &before) == 0 && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0);
  flags |= FS_NODUMP_FL;
  MUST(ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0 && fstat(fd, &after) == 0);
  MUST(after.st_ctim.tv_sec != before.st_ctim.tv_sec || after.st_ctim.tv_nsec != before.st_ctim.tv_nsec);
}

static void flags_of_directories_hold(void) {
  MUST(mkdir("d", 0755) == 0);
  int directory = open("d", O_RDONLY);
  int before, flags;
  MUST(ioctl(directory, FS_IOC_GETFLAGS, &before) == 0);
  flags = before | FS_IMMUTABLE_FL;
  MUST(ioctl(directory, FS_IOC_SETFLAGS, &flags) == 0);
  FAILS(mkdir("d/e", 0755), EPERM);
  MUST(ioctl(directory, FS_IOC_SETFLAGS, &before) == 0);
  MUST(mkdir("d/e", 0755) == 0);
}

static void append_only_directories_only_grow(void) {
  MUST(mkdir("d", 0755) == 0 && mkdir("d/e", 0755) == 0);
  close(make("d/f", "x"));
  close(make("g", "y"));
  int directory = open("d", O_RDONLY);
  int before, flags;
  MUST(ioctl(directory, FS_IOC_GETFLAGS, &before) == 0);
  flags = before | FS_APPEND_FL;
  MUST(ioctl(directory, FS_IOC_SETFLAGS, &flags) == 0);
  close(make("d/new", "z"));
  MUST(rename("g", "d/in") == 0 && mkdir("d/newer", 0755) == 0 && symlink("x", "d/l") == 0);
  FAILS(unlink("d/new"), EPERM);
  FAILS(rmdir("d/e"), EPERM);
  FAILS(rename("d/f", "d/h"), EPERM);
  FAILS(rename("d/f", "out"), EPERM);
  FAILS(rename("d/e", "out"), EPERM);
  close(make("g", "y"));
  FAILS(rename("g", "d/f"), EPERM);
  MUST(holds("d/f", "x") && holds("g", "y"));
  MUST(ioctl(directory, FS_IOC_SETFLAGS, &before) == 0);
  MUST(unlink("d/new") == 0 && rename("g", "d/f") == 0 && holds("d/f", "y"));
}

static void shared_mappings_write_the_file(void) {
  int fd = make("f", "");
  size_t size = 3 * 4096 + 100;
  MUST(ftruncate(fd, size) == 0);
  char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  MUST(map != MAP_FAILED);
  char *other = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  MUST(other != MAP_FAILED);
  memcpy(map + 4090, "across pages", 12);
  MUST(memcmp(other + 4090, "across pages", 12) == 0);
  char back[12];
  MUST(pread(fd, back, 12, 4090) == 12 && memcmp(back, "across pages", 12) == 0);
  MUST(pwrite(fd, "WRITTEN", 7, 8000) == 7 && memcmp(map + 8000, "WRITTEN", 7) == 0);
  MUST(msync(map, size, MS_SYNC) == 0);
  MUST(munmap(map, size) == 0);
  struct stat s;
  MUST(fstat(fd, &s) == 0 && s.st_size == (off_t)size);
}

static void private_mappings_do_not(void) {
  int fd = make("f", "original");
  char *map = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  MUST(map != MAP_FAILED);
  memcpy(map, "changed!", 8);
  MUST(munmap(map, 8) == 0 && fsync(fd) == 0 && holds("f", "original"));
}

static void *append_lines(void *argument) {
  int fd = open("f", O_WRONLY | O_APPEND);
  char line[16];
  for (int i = 0; i < 500; i++) {
    snprintf(line, sizeof line, "%c%06d\n", *(char *)argument, i);
    if (write(fd, line, 8) != 8) return "short";
  }
  close(fd);
  return NULL;
}

static void appends_never_overlap(void) {
  close(make("f", ""));
  pthread_t threads[4];
  char names[4] = "abcd";
  for (int i = 0; i < 4; i++) MUST(pthread_create(&threads[i], NULL, append_lines, &names[i]) == 0);
  for (int i = 0; i < 4; i++) {
    void *problem;
    MUST(pthread_join(threads[i], &problem) == 0 && problem == NULL);
  }
  int next[4] = {0};
  char line[9] = {0};
  int fd = open("f", O_RDONLY);
  for (int i = 0; i < 2000; i++) {
    MUST(read(fd, line, 8) == 8);
    int who = line[0] - 'a';
    MUST(who >= 0 && who < 4 && atoi(line + 1) == next[who]++);
  }
  MUST(read(fd, line, 1) == 0);
}

static void synchronous_writes(void) {
  int flags[] = {O_SYNC, O_DSYNC};
  for (int i = 0; i < 2; i++) {
    int fd = open("f", O_RDWR | O_CREAT | O_TRUNC | flags[i], 0644);
    MUST(fd >= 0);
    for (int at = 0; at < 20; at++) MUST(pwrite(fd, "0123456789", 10, at * 10000) == 10);
    struct stat s;
    MUST(fstat(fd, &s) == 0 && s.st_size == 190010);
    close(fd);
  }
  int fd = open("f", O_WRONLY);
  struct iovec piece = {"twice", 5};
  MUST(pwritev2(fd, &piece, 1, 0, RWF_DSYNC) == 5 && pwritev2(fd, &piece, 1, 5, RWF_SYNC) == 5);
  MUST(syncfs(fd) == 0 && fdatasync(fd) == 0);
}

static void locks_exclude(void) {
  int a = make("f", "x");
  int b = open("f", O_RDWR);
  MUST(flock(a, LOCK_EX | LOCK_NB) == 0);
  FAILS(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
  MUST(flock(a, LOCK_UN) == 0 && flock(b, LOCK_SH | LOCK_NB) == 0);
  MUST(flock(a, LOCK_SH | LOCK_NB) == 0 && flock(a, LOCK_UN) == 0 && flock(b, LOCK_UN) == 0);
  struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 10};
  MUST(fcntl(a, F_OFD_SETLK, &range) == 0);
  range.l_start = 15;
  range.l_pid = 0;
  FAILS(fcntl(b, F_OFD_SETLK, &range), EAGAIN);
  range.l_start = 20;
  MUST(fcntl(b, F_OFD_SETLK, &range) == 0);
  close(a);
  range.l_start = 10;
  MUST(fcntl(b, F_OFD_SETLK, &range) == 0);
  close(b);
  int c = open("f", O_RDWR);
  range.l_start = 0;
  MUST(fcntl(c, F_SETLK, &range) == 0);
  pid_t child = fork();
  if (child == 0) {
    struct flock asked = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 1};
    int fd = open("f", O_RDWR);
    int refused = fcntl(fd, F_SETLK, &asked) == -1 && (errno == EAGAIN || errno == EACCES);
    int told = fcntl(fd, F_GETLK, &asked) == 0 && asked.l_type == F_WRLCK
        && asked.l_pid == getppid() && asked.l_start == 0 && asked.l_len == 10;
    _exit(refused && told ? 0 : 1);
  }
  int status;
  MUST(waitpid(child, &status, 0) == child && status == 0);
}

static void direct_io(void) {
  char *block;
  MUST(posix_memalign((void **)&block, 4096, 1 << 20) == 0);
  for (int i = 0; i < 1 << 20; i++) block[i] = (char)(i * 31 + i / 4096);
  int direct = open("f", O_RDWR | O_CREAT | O_DIRECT, 0644);
  MUST(direct >= 0);
  MUST(pwrite(direct, block, 1 << 20, 4096) == 1 << 20);
  int buffered = open("f", O_RDWR);
  char *back = malloc(1 << 20);
  MUST(pread(buffered, back, 1 << 20, 4096) == 1 << 20 && memcmp(back, block, 1 << 20) == 0);
  /* Each sees what the other wrote. */
  MUST(pwrite(buffered, "BUFFERED", 8, 8192) == 8);
  MUST(pread(direct, block, 4096, 8192) == 4096 && memcmp(block, "BUFFERED", 8) == 0);
  memcpy(block, "DIRECTLY", 8);
  MUST(pwrite(direct, block, 4096, 8192) == 4096);
  MUST(pread(buffered, back, 8, 8192) == 8 && memcmp(back, "DIRECTLY", 8) == 0);
  MUST(pread(direct, block, 1 << 20, (1 << 20) + 4096) == 0);
}

static int listed(DIR *directory, int *seen, int count, int stop) {
  struct dirent *entry;
  int n = 0;
  while (n < stop && (entry = readdir(directory)) != NULL) {
    if (entry->d_name[0] == 'f') {
      int number = atoi(entry->d_name + 1);
      if (number < count) seen[number]++;
      n++;
    }
  }
  return n;
}

static void listings_under_change(void) {
  enum { COUNT = 2000 };
  static int seen[COUNT];
  char name[20];
  MUST(mkdir("d", 0755) == 0 && chdir("d") == 0);
  for (int i = 0; i < COUNT; i++) {
    snprintf(name, sizeof name, "f%d", i);
    close(make(name, ""));
  }
  DIR *directory = opendir(".");
  MUST(directory != NULL);
  MUST(listed(directory, seen, COUNT, 700) == 700);
  long place = telldir(directory);
  /* Whatever is removed and added meanwhile, what stays is told exactly once. */
  for (int i = 0; i < COUNT; i += 2) {
    snprintf(name, sizeof name, "f%d", i);
    MUST(unlink(name) == 0);
    snprintf(name, sizeof name, "f%d", COUNT + i);
    close(make(name, ""));
  }
  listed(directory, seen, COUNT, 1 << 30);
  for (int i = 1; i < COUNT; i += 2) MUST(seen[i] == 1);
  for (int i = 0; i < COUNT; i += 2) MUST(seen[i] <= 1);
  seekdir(directory, place);
  static int again[COUNT];
  MUST(listed(directory, again, COUNT, 1 << 30) > 0);
  for (int i = 1; i < COUNT; i += 2) MUST(again[i] <= 1);
  rewinddir(directory);
  static int whole[COUNT];
  MUST(listed(directory, whole, COUNT, 1 << 30) == COUNT);
  for (int i = 0; i < COUNT; i++) MUST(whole[i] == i % 2);
}

static int writes_f(void) {
  int fd = open("f", O_WRONLY);
  return fd >= 0 && write(fd, "y", 1) == 1 ? 0 : 1;
}

static int truncates_f(void) { return truncate("f", 1) == 0 ? 0 : 1; }

static int allocates_f(void) {
  int fd = open("f", O_WRONLY);
  return fd >= 0 && fallocate(fd, 0, 0, 100) == 0 ? 0 : 1;
}

static void privileges_are_dropped(void) {
  struct stat s;
  MUST(chmod(".", 0777) == 0);
  close(make("f", "text"));
  MUST(chown("f", 1234, 1234) == 0 && chmod("f", 06777) == 0);
  MUST(as_user(1235, writes_f) == 0 && stat("f", &s) == 0 && (s.st_mode & 07777) == 0777);
  MUST(chmod("f", 06777) == 0);
  MUST(as_user(1235, truncates_f) == 0 && stat("f", &s) == 0 && (s.st_mode & 07777) == 0777);
  MUST(chmod("f", 06755) == 0 && chown("f", 1236, 1236) == 0);
  MUST(stat("f", &s) == 0 && (s.st_mode & 07777) == 0755);
  /* Also when it goes to nobody else. */
  MUST(chmod("f", 06755) == 0 && chown("f", -1, -1) == 0);
  MUST(stat("f", &s) == 0 && (s.st_mode & 07777) == 0755);
  MUST(chmod("f", 06777) == 0 && as_user(1235, allocates_f) == 0);
  MUST(stat("f", &s) == 0 && (s.st_mode & 07777) == 0777);
  /* Without group execution the set-group-id bit is no privilege. */
  MUST(chmod("f", 06767) == 0);
  MUST(as_user(1235, writes_f) == 0 && stat("f", &s) == 0);
  MUST((s.st_mode & 04000) == 0);
  /* Root keeps them. */
  MUST(chmod("f", 06755) == 0 && writes_f() == 0 && stat("f", &s) == 0);
  MUST((s.st_mode & 07777) == 06755);
}

static int removes_others(void) {
  if (unlink("sticky/f") != -1 || errno != EPERM) return 1;
  if (rename("sticky/f", "sticky/g") != -1 || errno != EPERM) return 2;
  int fd = open("sticky/own", O_WRONLY | O_CREAT, 0644);
  if (fd < 0 || unlink("sticky/own") != 0) return 3;
  return 0;
}

static void sticky_directories(void) {
  MUST(chmod(".", 0755) == 0 && mkdir("sticky", 0755) == 0 && chmod("sticky", 01777) == 0);
  close(make("sticky/f", "x"));
  MUST(as_user(1234, removes_others) == 0);
}

static void handles_find_files(void) {
  struct { struct file_handle h; unsigned char bytes[128]; } handle;
  int mount, directory = open(".", O_RDONLY);
  close(make("f", "found"));
  handle.h.handle_bytes = sizeof handle.bytes;
  MUST(name_to_handle_at(AT_FDCWD, "f", &handle.h, &mount, 0) == 0);
  MUST(rename("f", "g") == 0);
  int fd = open_by_handle_at(directory, &handle.h, O_RDONLY);
  char back[6] = {0};
  MUST(fd >= 0 && read(fd, back, 5) == 5 && strcmp(back, "found") == 0);
  close(fd);
  MUST(unlink("g") == 0);
  for (int i = 0; i < 50; i++) {
    char name[20];
    snprintf(name, sizeof name, "new%d", i);
    close(make(name, "other"));
  }
  FAILS(open_by_handle_at(directory, &handle.h, O_RDONLY), ESTALE);
  /* A forged one with a number beyond all inodes. */
  memset(handle.h.f_handle, 0xff, handle.h.handle_bytes);
  FAILS(open_by_handle_at(directory, &handle.h, O_RDONLY), ESTALE);
}

static void open_files_outlive_their_names(void) {
  MUST(mkdir("d", 0755) == 0);
  int fd = make("d/f", "text");
  MUST(unlink("d/f") == 0 && rmdir("d") == 0);
  struct stat s;
  MUST(fstat(fd, &s) == 0 && s.st_nlink == 0 && s.st_size == 4);
  MUST(pwrite(fd, "more", 4, 4) == 4 && fchmod(fd, 0600) == 0 && fsync(fd) == 0);
  char back[9] = {0};
  MUST(pread(fd, back, 8, 0) == 8 && strcmp(back, "textmore") == 0);
  MUST(fsetxattr(fd, "user.a", "1", 1, 0) == 0 && ftruncate(fd, 2) == 0);
}

static void limits_are_told_and_held(void) {
  struct statvfs s;
  MUST(statvfs(".", &s) == 0 && s.f_namemax == 255 && s.f_blocks > 0 && s.f_bavail <= s.f_bfree);
  char name[300];
  memset(name, 'n', sizeof name);
  name[255] = 0;
  close(make(name, "x"));
  MUST(holds(name, "x"));
  name[255] = 'n';
  name[256] = 0;
  FAILS(open(name, O_WRONLY | O_CREAT, 0644), ENAMETOOLONG);
  int fd = make("large", "");
  MUST(pwrite(fd, "end", 3, (off_t)1 << 40) == 3);
  struct stat large;
  MUST(fstat(fd, &large) == 0 && large.st_size == ((off_t)1 << 40) + 3 && large.st_blocks < 2000);
  FAILS(ftruncate(fd, -1), EINVAL);
}

static void times_of_directories(void) {
  struct timespec old[2] = {{1000, 0}, {1000, 0}};
  struct stat s;
  MUST(mkdir("d", 0755) == 0 && mkdir("e", 0755) == 0);
#define MOVES(call, which) \
  MUST(utimensat(AT_FDCWD, which, old, 0) == 0 && (call) == 0 && stat(which, &s) == 0 \
       && s.st_mtime > 1000)
  MOVES(mknod("d/f", S_IFREG | 0644, 0), "d");
  MOVES(link("d/f", "d/g"), "d");
  MOVES(rename("d/g", "e/g"), "d");
  MOVES(rename("e/g", "d/g"), "e");
  MOVES(unlink("d/g"), "d");
  MOVES(symlink("x", "d/l"), "d");
  MUST(utimensat(AT_FDCWD, "d", old, 0) == 0 && chmod("d/f", 0600) == 0 && stat("d", &s) == 0);
  MUST(s.st_mtime == 1000);
}

static void append_only_files_are_touched(void) {
  int fd = make("f", "x");
  int flags = 0;
  struct timespec times[2] = {{1000, 0}, {1000, 0}}, now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
  MUST(utimensat(AT_FDCWD, "f", times, 0) == 0 && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0);
  flags |= FS_APPEND_FL;
  MUST(ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0);
  struct stat s;
  MUST(utimensat(AT_FDCWD, "f", now, 0) == 0 && stat("f", &s) == 0 && s.st_mtime > 1000);
  FAILS(utimensat(AT_FDCWD, "f", times, 0), EPERM);
  FAILS(chown("f", 1, 1), EPERM);
  flags = (flags & ~FS_APPEND_FL) | FS_IMMUTABLE_FL;
  MUST(ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0);
  FAILS(utimensat(AT_FDCWD, "f", now, 0), EPERM);
  flags &= ~FS_IMMUTABLE_FL;
  MUST(ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0);
}

/* FUSE asks for data that is not cached only, so the cache has to go before each read. */
static void read_uncached(int flags, struct stat *s) {
  int fd = open("f", O_RDONLY | flags);
  char byte;
  MUST(fd >= 0 && fsync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
  MUST(read(fd, &byte, 1) == 1 && close(fd) == 0 && stat("f", s) == 0);
}

static void reading_without_access_time(void) {
  close(make("f", "x"));
  struct timespec old[2] = {{1000, 7}, {2000, 0}};
  struct stat s;
  MUST(utimensat(AT_FDCWD, "f", old, 0) == 0);
  read_uncached(O_NOATIME, &s);
  MUST(s.st_atim.tv_sec == 1000 && s.st_atim.tv_nsec == 7);
  read_uncached(0, &s);
  MUST(s.st_atime > 2000);
}

static void listings_tell_kinds_and_inodes(void) {
  static const struct { const char *name; mode_t mode; unsigned char type; } kinds[] = {
    {"file", S_IFREG, DT_REG}, {"pipe", S_IFIFO, DT_FIFO}, {"socket", S_IFSOCK, DT_SOCK},
    {"character", S_IFCHR, DT_CHR}, {"block", S_IFBLK, DT_BLK},
    {"directory", S_IFDIR, DT_DIR}, {"link", S_IFLNK, DT_LNK},
  };
  for (int i = 0; i < 5; i++) MUST(mknod(kinds[i].name, kinds[i].mode | 0600, 0x107) == 0);
  MUST(mkdir("directory", 0755) == 0 && symlink("nowhere", "link") == 0);
  MUST(link("file", "second") == 0);
  /* The second time the attributes come with the entries, where the kernel asks for them. */
  for (int round = 0; round < 2; round++) {
    DIR *directory = opendir(".");
    struct dirent *entry;
    int known = 0, all = 0;
    while ((entry = readdir(directory)) != NULL) {
      struct stat s;
      MUST(lstat(entry->d_name, &s) == 0);
      if (strcmp(entry->d_name, "..") != 0) MUST(s.st_ino == entry->d_ino);
      for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(entry->d_name, kinds[i].name) == 0) {
          MUST(entry->d_type == kinds[i].type && (s.st_mode & S_IFMT) == kinds[i].mode);
          MUST(i != 3 || s.st_rdev == 0x107);
          known++;
        }
      }
      all++;
    }
    MUST(known == 7 && all == 10 && closedir(directory) == 0);
  }
}

/* Each byte tells its file and its place, so that foreign and misplaced ones show. */
static void fill(unsigned char *bytes, size_t count, unsigned seed) {
  for (size_t i = 0; i < count; i++) {
    seed = seed * 1103515245 + 12345;
    bytes[i] = (unsigned char)(seed >> 16);
  }
}

/* A file next to a model of it in memory: sizes to the byte, and zeros where nothing is. */
static void random_operations_match_a_model(void) {
  enum { LIMIT = 300000, ROUNDS = 1500 };
  static unsigned char model[LIMIT], bytes[LIMIT];
  unsigned seed = 20240229;
  size_t size = 0;
  int fd = make("f", ""), other = make("g", "");
  for (int round = 0; round < ROUNDS; round++) {
    seed = seed * 1103515245 + 12345;
    unsigned what = (seed >> 16) % 10;
    seed = seed * 1103515245 + 12345;
    size_t at = (seed >> 8) % (LIMIT - 70000);
    seed = seed * 1103515245 + 12345;
    size_t count = 1 + (seed >> 8) % (round % 3 == 0 ? 70000 : 5000);
    if (round % 5 == 0) at &= ~(size_t)4095;
    size_t end = at + count;
    switch (what) {
      case 0: case 1:
        fill(model + at, count, round);
        MUST(pwrite(fd, model + at, count, at) == (ssize_t)count);
        if (end > size) size = end;
        break;
      case 2:
        if (end > size) break;
        fill(model + at, count, round);
        char *map = mmap(NULL, end, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        MUST(map != MAP_FAILED);
        memcpy(map + at, model + at, count);
        /* Beyond the end of the file a page takes what is written and loses it. */
        if (end == size && size % 4096 != 0) map[size] = 'x';
        MUST(munmap(map, end) == 0);
        break;
      case 3:
        MUST(ftruncate(fd, at) == 0);
        if (at < size) memset(model + at, 0, size - at);
        size = at;
        break;
      case 4:
        MUST(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, count) == 0);
        memset(model + at, 0, count);
        break;
      case 5:
        MUST(fallocate(fd, FALLOC_FL_ZERO_RANGE, at, count) == 0);
        memset(model + at, 0, count);
        if (end > size) size = end;
        break;
      case 6:
        MUST(fallocate(fd, round % 2 ? FALLOC_FL_KEEP_SIZE : 0, at, count) == 0);
        if (round % 2 == 0 && end > size) size = end;
        break;
      case 7: {
        if (end > size) break;
        loff_t in = at, out = (at + 100000) % 200000;
        if (out < (loff_t)end && (loff_t)at < out + (loff_t)count) break;
        MUST(copy_file_range(fd, &in, fd, &out, count, 0) == (ssize_t)count);
        memmove(model + out - count, model + at, count);
        if ((size_t)out > size) size = out;
        break;
      }
      case 8:
        MUST(fsync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
        break;
      default: {
        struct stat s;
        MUST(fstat(fd, &s) == 0 && s.st_size == (off_t)size);
        ssize_t there = at >= size ? 0 : (ssize_t)(end > size ? size - at : count);
        MUST(pread(fd, bytes, count, at) == there && memcmp(bytes, model + at, there) == 0);
        if (there > 0) {
          char *seen = mmap(NULL, at + there, PROT_READ, MAP_SHARED, fd, 0);
          MUST(seen != MAP_FAILED && memcmp(seen + at, model + at, there) == 0);
          MUST(munmap(seen, at + there) == 0);
        }
      }
    }
  }
  MUST(pread(fd, bytes, LIMIT, 0) == (ssize_t)size && memcmp(bytes, model, size) == 0);
  MUST(copy_file_range(fd, NULL, other, NULL, 0, 0) == 0);
}

enum { PAGE = 4096, PAGES = 32, KEPT = 8, TURNS = 300 };

static void write_page(unsigned long *page, unsigned long tag) {
  for (int i = 0; i < PAGE / 8; i++) page[i] = tag;
}

static int is_page(const unsigned long *page, unsigned long tag) {
  for (int i = 0; i < PAGE / 8; i++) if (page[i] != tag) return 0;
  return 1;
}

static volatile int truncating;

static void *truncates_and_extends(void *argument) {
  int fd = *(int *)argument;
  static char tail[PAGES * PAGE];
  for (int i = 0; i < TURNS; i++) {
    off_t size = KEPT * PAGE + (i * 997) % ((PAGES - KEPT) * PAGE);
    if (ftruncate(fd, size) != 0 || ftruncate(fd, PAGES * PAGE) != 0) return "truncate";
    ssize_t rest = PAGES * PAGE - size;
    if (pread(fd, tail, rest, size) != rest) return "short";
    for (ssize_t at = 0; at < rest; at++) if (tail[at] != 0) return "what was cut is back";
    if (pwrite(fd, "cut", 3, PAGES * PAGE - 7) != 3) return "write";
  }
  truncating = 0;
  return NULL;
}

/* Pages that no truncation reaches keep what was written to them, through whatever way. */
static void truncation_race(int mapped) {
  int fd = make("f", "");
  MUST(ftruncate(fd, PAGES * PAGE) == 0);
  unsigned long *map = mmap(NULL, KEPT * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  MUST(map != MAP_FAILED);
  static unsigned long page[PAGE / 8], back[PAGE / 8];
  unsigned long turn = 0;
  pthread_t thread;
  truncating = 1;
  MUST(pthread_create(&thread, NULL, truncates_and_extends, &fd) == 0);
  while (truncating || turn < 50) {
    turn++;
    for (int i = 0; i < KEPT; i++) {
      write_page(page, turn << 8 | i);
      if (mapped) memcpy(map + i * PAGE / 8, page, PAGE);
      else MUST(pwrite(fd, page, PAGE, i * PAGE) == PAGE);
      MUST(pread(fd, back, PAGE, i * PAGE) == PAGE && is_page(back, turn << 8 | i));
    }
  }
  void *problem;
  MUST(pthread_join(thread, &problem) == 0);
  if (problem != NULL) fail(__LINE__, problem);
  MUST(fsync(fd) == 0 && munmap(map, KEPT * PAGE) == 0);
  MUST(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
  for (int i = 0; i < KEPT; i++) {
    MUST(pread(fd, back, PAGE, i * PAGE) == PAGE && is_page(back, turn << 8 | i));
  }
}

static void mapped_writes_beside_truncation(void) { truncation_race(1); }

static void writes_beside_truncation(void) { truncation_race(0); }

static volatile int writing;

static void *cuts_pages(void *argument) {
  int fd = *(int *)argument;
  for (unsigned i = 0; writing; i++) {
    if (ftruncate(fd, (i * 7 % PAGES) * PAGE) != 0) return "truncate";
  }
  return NULL;
}

/* A page is written or cut off as a whole, whichever comes first. */
static void whole_pages_are_written_or_cut(void) {
  int fd = make("f", "");
  static unsigned long page[PAGE / 8], back[PAGE / 8];
  pthread_t thread;
  writing = 1;
  MUST(pthread_create(&thread, NULL, cuts_pages, &fd) == 0);
  for (int i = 0; i < 6000; i++) {
    int at = i * 13 % PAGES;
    write_page(page, 1000 + at);
    MUST(pwrite(fd, page, PAGE, at * PAGE) == PAGE);
  }
  writing = 0;
  void *problem;
  MUST(pthread_join(thread, &problem) == 0 && problem == NULL);
  MUST(fsync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
  struct stat s;
  MUST(fstat(fd, &s) == 0 && s.st_size % PAGE == 0);
  for (int i = 0; i < s.st_size / PAGE; i++) {
    MUST(pread(fd, back, PAGE, i * PAGE) == PAGE && (is_page(back, 1000 + i) || is_page(back, 0)));
  }
}

enum { WRITERS = 4, RECORDS = 400 };

/* Records of all lengths, across pages, from processes that share nothing but the file. */
static void appends_of_processes_are_all_there(void) {
  close(make("f", ""));
  pid_t children[WRITERS];
  for (int who = 0; who < WRITERS; who++) {
    children[who] = fork();
    if (children[who] == 0) {
      int fd = open("f", O_WRONLY | O_APPEND);
      static char record[8192];
      for (int i = 0; i < RECORDS; i++) {
        int length = 16 + (who * 1009 + i * 379) % 5000;
        memset(record, 'a' + who, length);
        int head = snprintf(record, sizeof record, "%d %d %d", who, i, length);
        record[head] = ' ';
        record[length - 1] = '\n';
        if (write(fd, record, length) != length) _exit(1);
      }
      _exit(0);
    }
  }
  for (int who = 0; who < WRITERS; who++) {
    int status;
    MUST(waitpid(children[who], &status, 0) == children[who] && status == 0);
  }
  int fd = open("f", O_RDONLY);
  struct stat s;
  MUST(fsync(fd) == 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0 && fstat(fd, &s) == 0);
  char *whole = malloc(s.st_size + 1);
  for (off_t at = 0; at < s.st_size;) {
    ssize_t count = read(fd, whole + at, s.st_size - at);
    MUST(count > 0);
    at += count;
  }
  whole[s.st_size] = 0;
  int next[WRITERS] = {0};
  off_t at = 0;
  while (at < s.st_size) {
    int who, number, length, head;
    MUST(sscanf(whole + at, "%d %d %d%n", &who, &number, &length, &head) == 3);
    MUST(who >= 0 && who < WRITERS && number == next[who]++ && at + length <= s.st_size);
    for (int i = head + 1; i < length - 1; i++) MUST(whole[at + i] == 'a' + who);
    MUST(whole[at + length - 1] == '\n');
    at += length;
  }
  for (int who = 0; who < WRITERS; who++) MUST(next[who] == RECORDS);
}

static void rare_allocations_work_or_are_refused(void) {
  int modes[] = {FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE, FALLOC_FL_UNSHARE_RANGE};
  for (int i = 0; i < 3; i++) {
    char name[2] = {(char)('a' + i), 0};
    int fd = make(name, "");
    static char block[16384];
    memset(block, 'x', sizeof block);
    MUST(pwrite(fd, block, sizeof block, 0) == sizeof block);
    int done = fallocate(fd, modes[i], 4096, 4096);
    int why = errno;
    MUST(done == 0 || why == EOPNOTSUPP);
    struct stat s;
    off_t moved = done != 0 || i == 2 ? 0 : i == 0 ? -4096 : 4096;
    MUST(fstat(fd, &s) == 0 && s.st_size == 16384 + moved);
  }
}

static const struct { const char *name; void (*run)(void); } CHECKS[] = {
#define CHECK(name) {#name, name}
  CHECK(rename_noreplace), CHECK(rename_exchange), CHECK(rename_whiteout), CHECK(tmpfile_and_link),
  CHECK(holes_are_found), CHECK(data_is_never_a_hole), CHECK(copies_ranges), CHECK(fallocate_modes), CHECK(birth_time_is_told),
  CHECK(lists_are_inherited), CHECK(lists_are_enforced), CHECK(extended_attributes),
  CHECK(flags_hold), CHECK(flags_move_the_change_time), CHECK(flags_of_directories_hold),
  CHECK(append_only_directories_only_grow), CHECK(shared_mappings_write_the_file), CHECK(private_mappings_do_not),
  CHECK(appends_never_overlap), CHECK(synchronous_writes), CHECK(locks_exclude), CHECK(direct_io),
  CHECK(listings_under_change), CHECK(privileges_are_dropped), CHECK(sticky_directories),
  CHECK(handles_find_files), CHECK(open_files_outlive_their_names),
  CHECK(limits_are_told_and_held), CHECK(times_of_directories),
  CHECK(append_only_files_are_touched), CHECK(reading_without_access_time),
  CHECK(listings_tell_kinds_and_inodes), CHECK(random_operations_match_a_model),
  CHECK(mapped_writes_beside_truncation), CHECK(writes_beside_truncation),
  CHECK(whole_pages_are_written_or_cut), CHECK(appends_of_processes_are_all_there),
  CHECK(rare_allocations_work_or_are_refused),
};

/* Files of random lengths under names of all lengths until the file system is full, and on. */
static int fill_up(void) {
  enum { FILES = 4000, LONGEST = 1 << 20 };
  static unsigned char bytes[LONGEST], back[LONGEST];
  static size_t sizes[FILES];
  char name[256], other[258];
  int refused = 0, files = 0;
  for (; files < FILES && refused < 60; files++) {
    snprintf(name, sizeof name, "%d-%0*d", files, 1 + files * 37 % 200, 0);
    snprintf(other, sizeof other, "o%s", name);
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0644);
    if (fd < 0) {
      STILL(errno == ENOSPC && access(name, F_OK) == -1 && errno == ENOENT);
      sizes[files] = SIZE_MAX;
      refused++;
      continue;
    }
    size_t length = (size_t)files * 7919 % (files % 7 == 0 ? LONGEST : 60000);
    fill(bytes, length, files);
    while (sizes[files] < length) {
      size_t part = length - sizes[files] > 100000 && files % 2 ? 100000 : length - sizes[files];
      ssize_t count = pwrite(fd, bytes + sizes[files], part, sizes[files]);
      struct stat s;
      if (count < 0) {
        STILL(errno == ENOSPC && fstat(fd, &s) == 0 && s.st_size == (off_t)sizes[files]);
        refused++;
        break;
      }
      sizes[files] += count;
      MUST(fstat(fd, &s) == 0 && s.st_size == (off_t)sizes[files]);
    }
    close(fd);
    /* A name that moves is under the one name or the other. */
    if (rename(name, other) == 0) {
      MUST(access(name, F_OK) == -1 && errno == ENOENT && access(other, F_OK) == 0);
      if (rename(other, name) != 0) {
        STILL(errno == ENOSPC && access(name, F_OK) == -1 && access(other, F_OK) == 0);
        continue;
      }
    } else {
      STILL(errno == ENOSPC && access(name, F_OK) == 0 && access(other, F_OK) == -1);
    }
    if (mkdir(other, 0755) == 0) {
      MUST(rmdir(other) == 0);
    } else {
      STILL(errno == ENOSPC && access(other, F_OK) == -1 && errno == ENOENT);
    }
    if (setxattr(name, "user.a", bytes, 1500, 0) == 0) {
      MUST(getxattr(name, "user.a", back, 1500) == 1500 && memcmp(back, bytes, 1500) == 0);
    } else {
      STILL(errno == ENOSPC && getxattr(name, "user.a", back, 1500) == -1 && errno == ENODATA);
    }
  }
  MUST(refused == 60);
  for (int i = 0; i < files; i++) {
    if (sizes[i] == SIZE_MAX) continue;
    snprintf(name, sizeof name, "%d-%0*d", i, 1 + i * 37 % 200, 0);
    snprintf(other, sizeof other, "o%s", name);
    int fd = open(access(name, F_OK) == 0 ? name : other, O_RDONLY);
    MUST(fd >= 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
    fill(bytes, sizes[i], i);
    MUST(pread(fd, back, LONGEST, 0) == (ssize_t)sizes[i]);
    MUST(memcmp(bytes, back, sizes[i]) == 0 && close(fd) == 0);
  }
  return 0;
}

struct handle { struct file_handle head; unsigned char bytes[128]; };

static int tell_handle(const char *name) {
  struct handle handle = {.head = {.handle_bytes = sizeof handle.bytes}};
  int mount;
  MUST(name_to_handle_at(AT_FDCWD, name, &handle.head, &mount, 0) == 0);
  return fwrite(&handle, sizeof handle, 1, stdout) == 1 ? 0 : 1;
}

static int open_handle(int directory) {
  struct handle handle;
  char content[100];
  MUST(fread(&handle, sizeof handle, 1, stdin) == 1);
  int fd = open_by_handle_at(directory, &handle.head, O_RDONLY);
  if (fd < 0) return errno == ESTALE ? puts("stale") < 0 : 1;
  ssize_t count = read(fd, content, sizeof content);
  return count >= 0 && fwrite(content, count, 1, stdout) == 1 ? 0 : 1;
}

/* Copies a whole file without touching its data. */
static int copy(const char *from, const char *to) {
  int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0644);
  MUST(in >= 0 && out >= 0);
  ssize_t count;
  while ((count = copy_file_range(in, NULL, out, NULL, 1 << 30, 0)) > 0) {}
  return count == 0 ? 0 : 1;
}

/* What a test asks of the file system around the working directory; not a check. */
static int command(const char *word, const char *argument) {
  int fd = open(".", O_RDONLY);
  int how = 2;
  char label[FSLABEL_MAX] = {0};
  if (strcmp(word, "shutdown") == 0) return ioctl(fd, _IOR('X', 125, uint32_t), &how) == 0 ? 0 : 1;
  if (strcmp(word, "label") == 0 && ioctl(fd, FS_IOC_GETFSLABEL, label) == 0) return puts(label) < 0;
  if (strcmp(word, "relabel") == 0 && argument != NULL) {
    strncpy(label, argument, sizeof label - 1);
    return ioctl(fd, FS_IOC_SETFSLABEL, label) == 0 ? 0 : 1;
  }
  if (strcmp(word, "fill") == 0) return fill_up();
  if (strcmp(word, "copy") == 0 && argument != NULL) return copy(argument, "copy");
  if (strcmp(word, "handle") == 0 && argument != NULL) return tell_handle(argument);
  if (strcmp(word, "open-handle") == 0) return open_handle(fd);
  return 2;
}

int main(int count, char **words) {
  umask(022);
  for (size_t i = 0; i < sizeof CHECKS / sizeof *CHECKS; i++) {
    if (count > 1 && strcmp(words[1], "list") == 0) {
      puts(CHECKS[i].name);
    } else if (count > 1 && strcmp(words[1], CHECKS[i].name) == 0) {
      CHECKS[i].run();
      return 0;
    }
  }
  return count > 1 && strcmp(words[1], "list") == 0 ? 0 : count > 1 ? command(words[1], words[2]) : 2;
}
