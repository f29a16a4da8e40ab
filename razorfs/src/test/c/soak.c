/*
 * One of several clients that work on a tree at the same time. Each has a directory of its own,
 * whose content it knows to the byte, and all share another, where only what must always hold is
 * checked: what was published is whole, records that were appended are all there, counters in a
 * mapping lose nothing, a token is in one place, and who made the lock file is alone.
 *
 *   soak prepare DIR                              makes the shared part
 *   soak run DIR CLIENT OPERATIONS SEED LINKS     works, and says in the end what its part must be
 *   soak list DIR CLIENT                          says what a client's part is, in the same words
 *   soak shared DIR                               checks the shared part, and says what it holds
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void fail(int line, const char *what) {
  printf("line %d: %s (errno %d, %s)\n", line, what, errno, strerror(errno));
  exit(1);
}

#define MUST(x) do { errno = 0; if (!(x)) fail(__LINE__, #x); } while (0)

#define NAMES 24
#define LARGEST 150000
#define PUBLISHED 16
#define TOKENS 16
#define SLOTS 64
#define RECORD 64

struct file {
  int links;
  size_t size;
  unsigned char *data;
};

struct header {
  uint32_t magic, client, sequence, length;
};

static struct file *names[NAMES];
static unsigned client, sequence, appended, counted;
static uint64_t state;
static int links_allowed;
static uint64_t *counters;

static unsigned dice(unsigned n) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (unsigned)((state >> 20) % n);
}

/* Half of it compresses well. */
static unsigned char pattern(unsigned who, unsigned which, size_t at) {
  uint64_t x = which % 2 == 0 ? (at / 512) * 2654435761u : at * 0x9e3779b97f4a7c15u;
  return (unsigned char)((x ^ (x >> 29)) * 31 + who * 131 + which * 7);
}

static uint64_t hash(const unsigned char *data, size_t length) {
  uint64_t h = 1469598103934665603u;
  for (size_t i = 0; i < length; i++) h = (h ^ data[i]) * 1099511628211u;
  return h;
}

/* Where a name lies: three directories of eight. */
static const char *own(unsigned name) {
  static char paths[4][64];
  static unsigned next;
  char *path = paths[next++ % 4];
  sprintf(path, "own%u/d%u/n%u", client, name / 8, name % 8);
  return path;
}

static void read_all(int fd, unsigned char *into, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t n = pread(fd, into + done, size - done, (off_t)done);
    MUST(n > 0);
    done += (size_t)n;
  }
}

static void create(unsigned name) {
  struct file *f = calloc(1, sizeof *f);
  f->data = calloc(1, LARGEST);
  f->links = 1;
  int fd = open(own(name), O_RDWR | O_CREAT | O_EXCL, 0644);
  MUST(fd >= 0);
  MUST(open(own(name), O_RDWR | O_CREAT | O_EXCL, 0644) == -1 && errno == EEXIST);
  close(fd);
  names[name] = f;
}

static void drop(struct file *f) {
  if (f != NULL && --f->links == 0) {
    free(f->data);
    free(f);
  }
}

static void change(unsigned name) {
  struct file *f = names[name];
  size_t at = dice(3) == 0 ? f->size : dice((unsigned)f->size + 1);
  size_t length = 1 + dice(dice(4) == 0 ? 40000 : 3000);
  if (at + length > LARGEST) {
    at = 0;
  }
  unsigned which = sequence++;
  for (size_t i = 0; i < length; i++) f->data[at + i] = pattern(client, which, at + i);
  if (at + length > f->size) f->size = at + length;
  int fd = open(own(name), O_WRONLY);
  MUST(fd >= 0 && pwrite(fd, f->data + at, length, (off_t)at) == (ssize_t)length);
  if (dice(8) == 0) MUST(fsync(fd) == 0);
  MUST(close(fd) == 0);
}

static void change_mapped(unsigned name) {
  struct file *f = names[name];
  if (f->size == 0) return;
  int fd = open(own(name), O_RDWR);
  MUST(fd >= 0);
  unsigned char *map = mmap(NULL, f->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  MUST(map != MAP_FAILED);
  MUST(close(fd) == 0);
  MUST(memcmp(map, f->data, f->size) == 0);
  size_t at = dice((unsigned)f->size);
  size_t length = 1 + dice((unsigned)(f->size - at));
  unsigned which = sequence++;
  for (size_t i = at; i < at + length; i++) map[i] = f->data[i] = pattern(client, which, i);
  if (dice(4) == 0) MUST(msync(map, f->size, MS_SYNC) == 0);
  MUST(munmap(map, f->size) == 0);
}

static void cut(unsigned name) {
  struct file *f = names[name];
  size_t size = dice((unsigned)f->size + 5000);
  if (size > LARGEST) size = LARGEST;
  MUST(truncate(own(name), (off_t)size) == 0);
  if (size < f->size) memset(f->data + size, 0, f->size - size);
  f->size = size;
}

static void move(unsigned from, unsigned to) {
  MUST(rename(own(from), own(to)) == 0);
  if (names[from] != names[to]) {
    drop(names[to]);
    names[to] = names[from];
    names[from] = NULL;
  }
}

/* A file goes on while it is open, whatever becomes of its name. */
static void erase(unsigned name) {
  struct file *f = names[name];
  int fd = dice(2) == 0 ? open(own(name), O_RDONLY) : -1;
  MUST(unlink(own(name)) == 0);
  MUST(unlink(own(name)) == -1 && errno == ENOENT);
  if (fd >= 0) {
    static unsigned char buffer[LARGEST];
    read_all(fd, buffer, f->size);
    MUST(memcmp(buffer, f->data, f->size) == 0);
    close(fd);
  }
  names[name] = NULL;
  drop(f);
}

static void compare(unsigned name) {
  static unsigned char buffer[LARGEST];
  struct file *f = names[name];
  struct stat s;
  int fd = open(own(name), O_RDONLY);
  MUST(fd >= 0 && fstat(fd, &s) == 0);
  MUST((size_t)s.st_size == f->size && s.st_nlink == (nlink_t)f->links);
  read_all(fd, buffer, f->size);
  MUST(memcmp(buffer, f->data, f->size) == 0);
  close(fd);
}

static void look(unsigned directory) {
  char path[64];
  unsigned found = 0;
  sprintf(path, "own%u/d%u", client, directory);
  DIR *d = opendir(path);
  MUST(d != NULL);
  for (struct dirent *e; (e = readdir(d)) != NULL;) {
    if (e->d_name[0] == 'n') found |= 1u << atoi(e->d_name + 1);
  }
  closedir(d);
  for (unsigned i = 0; i < 8; i++) MUST(((found >> i) & 1) == (names[directory * 8 + i] != NULL));
}

static void churn(void) {
  char path[64];
  sprintf(path, "own%u/e%u", client, dice(4));
  MUST(mkdir(path, 0700) == 0 && mkdir(path, 0700) == -1 && errno == EEXIST);
  MUST(rmdir(path) == 0);
}

static void work_alone(void) {
  unsigned name = dice(NAMES);
  if (names[name] == NULL) {
    unsigned from = dice(NAMES);
    if (links_allowed && names[from] != NULL && dice(4) == 0) {
      MUST(link(own(from), own(name)) == 0);
      names[name] = names[from];
      names[name]->links++;
    } else {
      create(name);
    }
    return;
  }
  switch (dice(12)) {
    case 0: case 1: case 2: change(name); break;
    case 3: change_mapped(name); break;
    case 4: cut(name); break;
    case 5: case 6: move(name, dice(NAMES)); break;
    case 7: erase(name); break;
    case 8: look(dice(3)); break;
    case 9: churn(); break;
    default: compare(name);
  }
}

static const char *shared(const char *kind, unsigned which) {
  static char paths[4][64];
  static unsigned next;
  char *path = paths[next++ % 4];
  sprintf(path, "shared/%s%u", kind, which);
  return path;
}

static void publish(void) {
  static unsigned char buffer[sizeof(struct header) + 20000];
  struct header h = {0x736f616b, client, sequence++, 1 + dice(20000)};
  memcpy(buffer, &h, sizeof h);
  for (size_t i = 0; i < h.length; i++) buffer[sizeof h + i] = pattern(client, h.sequence, i);
  char draft[64];
  sprintf(draft, "own%u/draft", client);
  int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  MUST(fd >= 0 && write(fd, buffer, sizeof h + h.length) == (ssize_t)(sizeof h + h.length));
  if (dice(4) == 0) MUST(fsync(fd) == 0);
  MUST(close(fd) == 0);
  MUST(rename(draft, shared("s", dice(PUBLISHED))) == 0);
}

/* Whoever published it and whatever happened to the name: it is whole. */
static void check_published(const char *path) {
  static unsigned char buffer[sizeof(struct header) + 20000];
  int fd = open(path, O_RDONLY);
  if (fd < 0) {
    if (errno != ENOENT) fail(__LINE__, path);
    return;
  }
  struct header h;
  read_all(fd, (unsigned char *)&h, sizeof h);
  MUST(h.magic == 0x736f616b && h.length <= 20000);
  read_all(fd, buffer, sizeof h + h.length);
  MUST(pread(fd, buffer, 1, (off_t)(sizeof h + h.length)) == 0);
  for (size_t i = 0; i < h.length; i++) MUST(buffer[sizeof h + i] == pattern(h.client, h.sequence, i));
  close(fd);
}

static void append(void) {
  char record[RECORD + 1];
  snprintf(record, sizeof record, "client %-10u record %-10u %-28s", client, appended, "");
  record[RECORD - 1] = '\n';
  int fd = open("shared/log", O_WRONLY | O_APPEND);
  MUST(fd >= 0 && write(fd, record, RECORD) == RECORD);
  if (dice(8) == 0) MUST(fdatasync(fd) == 0);
  MUST(close(fd) == 0);
  appended++;
}

static void carry(void) {
  unsigned token = dice(TOKENS);
  const char *a = shared("a/t", token), *b = shared("b/t", token);
  MUST(rename(a, b) == 0 || errno == ENOENT);
  MUST(rename(b, a) == 0 || errno == ENOENT);
  if (dice(2) == 0) MUST(rename(a, b) == 0 || errno == ENOENT);
}

static void enter(void) {
  int fd = open("shared/lock", O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (fd < 0) {
    if (errno != EEXIST) fail(__LINE__, "shared/lock");
    return;
  }
  MUST(__atomic_fetch_add(&counters[SLOTS], 1, __ATOMIC_SEQ_CST) == 0);
  MUST(write(fd, "x", 1) == 1 && close(fd) == 0);
  MUST(__atomic_fetch_sub(&counters[SLOTS], 1, __ATOMIC_SEQ_CST) == 1);
  MUST(unlink("shared/lock") == 0);
}

static void work_together(void) {
  switch (dice(10)) {
    case 0: case 1: publish(); break;
    case 2: case 3: check_published(shared("s", dice(PUBLISHED))); break;
    case 4: MUST(unlink(shared("s", dice(PUBLISHED))) == 0 || errno == ENOENT); break;
    case 5: MUST(rename(shared("s", dice(PUBLISHED)), shared("s", dice(PUBLISHED))) == 0 || errno == ENOENT); break;
    case 6: append(); break;
    case 7: __atomic_fetch_add(&counters[dice(SLOTS)], 1, __ATOMIC_SEQ_CST); counted++; break;
    case 8: carry(); break;
    default: enter();
  }
}

static void map_counters(void) {
  int fd = open("shared/counters", O_RDWR);
  MUST(fd >= 0);
  counters = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  MUST(counters != MAP_FAILED);
  close(fd);
}

static void prepare(void) {
  MUST(mkdir("shared", 0755) == 0 && mkdir("shared/a", 0755) == 0 && mkdir("shared/b", 0755) == 0);
  for (unsigned i = 0; i < TOKENS; i++) MUST(close(open(shared("a/t", i), O_CREAT | O_WRONLY, 0644)) == 0);
  MUST(close(open("shared/log", O_CREAT | O_WRONLY, 0644)) == 0);
  int fd = open("shared/counters", O_CREAT | O_WRONLY, 0644);
  MUST(fd >= 0 && ftruncate(fd, 4096) == 0 && close(fd) == 0);
}

static void tell(const char *path, size_t size, int links, uint64_t content) {
  printf("%s size %zu links %d content %lx\n", path, size, links, (unsigned long)content);
}

static void run(unsigned operations) {
  char path[64];
  sprintf(path, "own%u", client);
  MUST(mkdir(path, 0755) == 0);
  for (unsigned i = 0; i < 3; i++) {
    sprintf(path, "own%u/d%u", client, i);
    MUST(mkdir(path, 0755) == 0);
  }
  map_counters();
  for (unsigned i = 0; i < operations; i++) dice(10) < 7 ? work_alone() : work_together();
  for (unsigned i = 0; i < NAMES; i++) {
    struct file *f = names[i];
    if (f != NULL) tell(own(i), f->size, f->links, hash(f->data, f->size));
  }
  printf("appended %u\ncounted %u\n", appended, counted);
}

static void list(void) {
  static unsigned char buffer[LARGEST];
  char path[400];
  for (unsigned i = 0; i < 3; i++) {
    sprintf(path, "own%u/d%u", client, i);
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    MUST(count >= 2);
    for (int e = 0; e < count; e++) {
      if (entries[e]->d_name[0] == '.') continue;
      snprintf(path, sizeof path, "own%u/d%u/%s", client, i, entries[e]->d_name);
      struct stat s;
      int fd = open(path, O_RDONLY);
      MUST(fd >= 0 && fstat(fd, &s) == 0 && s.st_size <= LARGEST);
      read_all(fd, buffer, (size_t)s.st_size);
      tell(path, (size_t)s.st_size, (int)s.st_nlink, hash(buffer, (size_t)s.st_size));
      close(fd);
    }
  }
}

static void check_shared(void) {
  for (unsigned i = 0; i < PUBLISHED; i++) check_published(shared("s", i));
  unsigned next[1024] = {0}, records = 0;
  char record[RECORD + 1] = {0};
  FILE *log = fopen("shared/log", "r");
  MUST(log != NULL);
  size_t n;
  while ((n = fread(record, 1, RECORD, log)) == RECORD) {
    unsigned who, which;
    MUST(sscanf(record, "client %u record %u", &who, &which) == 2 && record[RECORD - 1] == '\n');
    MUST(who < 1024 && which == next[who]);
    next[who]++;
    records++;
  }
  MUST(n == 0 && fclose(log) == 0);
  for (unsigned i = 0; i < TOKENS; i++) {
    MUST((access(shared("a/t", i), F_OK) == 0) != (access(shared("b/t", i), F_OK) == 0));
  }
  map_counters();
  uint64_t sum = 0;
  for (unsigned i = 0; i < SLOTS; i++) sum += counters[i];
  MUST(counters[SLOTS] == 0 && access("shared/lock", F_OK) == -1 && errno == ENOENT);
  printf("appended %u\ncounted %lu\n", records, (unsigned long)sum);
}

int main(int count, char **words) {
  if (count < 3 || chdir(words[2]) != 0) return 2;
  client = count > 3 ? (unsigned)atoi(words[3]) : 0;
  if (strcmp(words[1], "prepare") == 0) {
    prepare();
  } else if (strcmp(words[1], "run") == 0 && count == 7) {
    state = strtoull(words[5], NULL, 10) * 2654435761u + client * 40503u + 88172645463325252u;
    links_allowed = atoi(words[6]);
    run((unsigned)atoi(words[4]));
  } else if (strcmp(words[1], "list") == 0) {
    list();
  } else if (strcmp(words[1], "shared") == 0) {
    check_shared();
  } else {
    return 2;
  }
  return 0;
}
