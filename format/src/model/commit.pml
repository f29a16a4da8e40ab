/*
 * The durability protocol as a Promela model for spin: commit, checkpoint, reuse of the ring,
 * replay and crashes, at any point and any number of times up to CRASHES, during recovery too.
 *
 *     spin -a commit.pml && gcc -O2 -DSAFETY -o pan pan.c && ./pan -m100000
 *
 * An operation is a number; the volume's state is the count of operations applied, since what must
 * come out of any crash is a prefix of them. The device has a volatile cache: until a flush, each
 * place that was written may hold the old contents, the new, or (torn) neither.
 *
 * What stands for what:
 *   batch       one slot of the ring; whole or not, as its COMMIT record and CRCs tell
 *   data[i]     file data that operation i describes, written without a flush before it is appended
 *   node area   all tree nodes of one checkpoint; two areas, because the last checkpoint is never
 *               overwritten
 *   superblock  two slots, written alternately
 *
 * Each of these switches takes one precaution away, and must make the verification fail:
 *   OMIT_COMMIT_FLUSH            a commit is acknowledged when it is written
 *   OMIT_FLUSH_BEFORE_SUPERBLOCK a checkpoint's nodes and superblock go out together
 *   OMIT_FLUSH_AFTER_SUPERBLOCK  a checkpoint counts as published when it is written
 *   EARLY_RELEASE                the ring is reused before the superblock is durable
 *   NO_EPOCH_BUMP                recovery writes on under the old epoch
 *   NO_EPOCH_CHECK               replay takes records of any epoch
 *   NO_LAP_CHECK                 replay takes records of any lap
 *   NO_DATA_CHECK                replay does not look whether the data is there
 *   STAMP_UNFLUSHED              records claim as durable what was only written
 *   IGNORE_RING_END              records are appended whether or not the ring has room
 *   ONE_SLOT                     the superblock is overwritten in place
 *   ONE_AREA                     the nodes are overwritten in place
 *   LATE_CUT                     the tail is taken after the state was frozen, not with it
 */

#ifndef NOPS
#define NOPS 4
#endif
#ifndef RING
#define RING 2
#endif
#ifndef CRASHES
#define CRASHES 2
#endif

/* Contents of a place in one number; 0 is nothing valid. */
#define F(word, at) (((word) >> (at)) & 15)
#define BATCH(lsn, epoch, first, last, durable, mount) \
  (1 << 24 | (lsn) | (epoch) << 4 | (first) << 8 | (last) << 12 | (durable) << 16 | (mount) << 20)
#define LSN(b) F(b, 0)
#define EPOCH(b) F(b, 4)
#define FIRST(b) F(b, 8)
#define LAST(b) F(b, 12)
#define DURABLE(b) F(b, 16)
#define MOUNT(b) F(b, 20)
#define SUPER(gen, epoch, tail, area) (1 << 16 | (gen) | (epoch) << 4 | (tail) << 8 | (area) << 12)
#define GEN(s) F(s, 0)
#define SEPOCH(s) F(s, 4)
#define TAIL(s) F(s, 8)
#define AREA(s) F(s, 12)
#define NODES(gen, value) (1 << 8 | (gen) | (value) << 4)
#define NGEN(n) F(n, 0)
#define VALUE(n) F(n, 4)

#define BIT(i) (1 << (i))
#define UPTO(i) ((1 << ((i) + 1)) - 2)
#define MAX(a, b) ((a) > (b) -> (a) : (b))

/* Places: the ring's slots, then the superblock slots, then the node areas. */
#define SB RING
#define AR (RING + 2)
#define PLACES (RING + 4)

/* The device. */
int disk[PLACES];
int cache[PLACES];
byte dirty;       /* places whose cache is newer than the disk */
short dataDisk;   /* operations whose data is on the disk */
short dataCache;  /* operations whose data is written and not flushed */

/* What is in memory. */
mtype = { OFF, MOUNTING, RUNNING };
mtype mode = OFF;
byte value;       /* operations applied */
byte closed;      /* operations in closed batches */
byte lsn;         /* of the next batch */
byte written;     /* batches before it were given to the device */
byte durable;     /* batches before it are known to be on stable storage, or in a checkpoint */
byte tail;        /* batches before it may be overwritten */
byte epoch;
byte gen;         /* of the checkpoint that is published */
byte area;        /* where it lies */
byte batchFirst[RING];
byte batchLast[RING];

mtype = { IDLE, FROZEN, NODES_WRITTEN, NODES_FLUSHED, SUPER_WRITTEN, SUPER_FLUSHED };
mtype checkpoint = IDLE;
byte ckValue;
byte ckTail;

/* What the world has seen. */
byte crashes;
byte mount = 1;
byte acknowledged;         /* operations that must survive */
byte appendedIn[NOPS + 1]; /* under which mount each operation happened; 0: it did not happen */

/* Scratch, always 0 between steps. */
byte i;
byte p;
byte known;
byte slot;
int b;

inline put(place, contents) {
  if
  :: dirty & BIT(place) -> /* what was there may have reached the disk meanwhile */
    if
    :: disk[place] = cache[place]
    :: skip
    fi
  :: else
  fi;
  cache[place] = contents;
  dirty = dirty | BIT(place)
}

inline flush() {
  d_step {
    i = 0;
    do
    :: i < PLACES ->
      if
      :: dirty & BIT(i) -> disk[i] = cache[i]; cache[i] = 0
      :: else
      fi;
      i++
    :: else -> break
    od;
    i = 0;
    dirty = 0;
    dataDisk = dataDisk | dataCache;
    dataCache = 0
  }
}

inline crash() {
  i = 0;
  do
  :: i < PLACES ->
    if
    :: dirty & BIT(i) ->
      if
      :: disk[i] = cache[i]
      :: disk[i] = 0
      :: skip
      fi;
      cache[i] = 0
    :: else
    fi;
    i++
  :: else -> break
  od;
  dirty = 0;
  i = 1;
  do
  :: i <= NOPS ->
    if
    :: dataCache & BIT(i) ->
      if
      :: dataDisk = dataDisk | BIT(i)
      :: skip
      fi
    :: else
    fi;
    i++
  :: else -> break
  od;
  dataCache = 0;
  d_step {
    crashes++;
    mode = OFF;
    checkpoint = IDLE;
    value = 0; closed = 0; lsn = 0; written = 0; durable = 0; tail = 0; epoch = 0; gen = 0;
    area = 0; ckValue = 0; ckTail = 0;
    i = 0;
    do
    :: i < RING -> batchFirst[i] = 0; batchLast[i] = 0; i++
    :: else -> break
    od;
    i = 0
  }
}

#ifdef NO_EPOCH_CHECK
#define EPOCH_OK(b) true
#else
#define EPOCH_OK(b) (EPOCH(b) == epoch)
#endif
#ifdef NO_LAP_CHECK
#define LAP_OK(b, at) true
#else
#define LAP_OK(b, at) (LSN(b) == (at))
#endif
#define VALID(b, at) ((b) != 0 && EPOCH_OK(b) && LAP_OK(b, at))

/* Opens the newest valid superblock and replays; changes nothing on the device. */
inline recover() {
  d_step {
    assert(disk[SB] != 0 || disk[SB + 1] != 0);
    slot = (disk[SB] == 0 || (disk[SB + 1] != 0 && GEN(disk[SB + 1]) > GEN(disk[SB])) -> 1 : 0);
    b = disk[SB + slot];
    gen = GEN(b);
    epoch = SEPOCH(b);
    tail = TAIL(b);
    area = AREA(b);
    b = disk[AR + area];
    /* The nodes are those that the superblock was written for. */
    assert(b != 0 && NGEN(b) == gen);
    value = VALUE(b);

    /* First pass: how far the journal reaches, and what was known to be durable. */
    p = tail;
    known = tail;
    do
    :: p < tail + RING && VALID(disk[p % RING], p) ->
      known = MAX(known, DURABLE(disk[p % RING]));
      p++
    :: else -> break
    od;
    /* A crash alone never looks like damage: nothing beyond knows better. */
    i = p + 1;
    do
    :: i < tail + RING ->
      assert(!(VALID(disk[i % RING], i) && DURABLE(disk[i % RING]) > p));
      i++
    :: else -> break
    od;
    lsn = p;

    /* Second pass: apply, and stop before the first operation whose data is not there. */
    p = tail;
    do
    :: p < lsn ->
      b = disk[p % RING];
      i = FIRST(b);
      assert(i == value + 1);
      do
      :: i <= LAST(b) ->
#ifndef NO_DATA_CHECK
        if
        :: !(dataDisk & BIT(i)) ->
          assert(p >= known);
          goto missing
        :: else
        fi;
#endif
        /* It is the operation that happened, not one that was lost or undone before. */
        assert(appendedIn[i] == MOUNT(b));
        value = i;
        i++
      :: else -> break
      od;
      p++
    :: else -> break
    od;
missing:
    assert(value >= acknowledged);
    /* Everything that counts has its data. */
    assert((dataDisk & UPTO(value)) == UPTO(value));

    closed = value;
    written = lsn;
    durable = lsn;
    i = 0; p = 0; known = 0; slot = 0; b = 0;
    mode = MOUNTING;
    checkpoint = FROZEN;
    ckValue = value;
    ckTail = lsn;
#ifndef NO_EPOCH_BUMP
    epoch++
#endif
  }
}

/* A free number for the open batch; its content is known from then on. */
inline close() {
  if
  :: value > closed ->
    batchFirst[lsn % RING] = closed + 1;
    batchLast[lsn % RING] = value;
    closed = value;
    lsn++
  :: else
  fi
}

#ifdef STAMP_UNFLUSHED
#define STAMP p
#else
#define STAMP durable
#endif

/* Gives all batches to the device that it does not have and that no checkpoint holds. */
inline write() {
  close();
  p = MAX(written, tail);
  do
  :: p < lsn ->
    slot = p % RING;
    b = BATCH(p, epoch, batchFirst[slot], batchLast[slot], STAMP, mount);
    put(slot, b);
    p++
  :: else -> break
  od;
  written = lsn;
  p = 0; slot = 0; b = 0
}

#ifdef IGNORE_RING_END
#define HAS_ROOM true
#else
#define HAS_ROOM (value > closed || lsn - tail < RING)
#endif

#ifdef ONE_SLOT
#define NEXT_SLOT SB
#else
#define NEXT_SLOT (SB + (gen + 1) % 2)
#endif
#ifdef ONE_AREA
#define NEXT_AREA area
#else
#define NEXT_AREA (1 - area)
#endif

inline release() {
  tail = ckTail;
  durable = MAX(durable, ckTail);
  written = MAX(written, ckTail)
}

inline publish() {
  d_step {
    assert(gen < 15 && epoch < 16 && lsn < 16); /* what fits in a field of a place */
    gen++;
    area = NEXT_AREA;
    release();
    acknowledged = MAX(acknowledged, ckValue);
    checkpoint = IDLE;
    if
    :: mode == MOUNTING -> /* from here on the lost operations have never happened */
      mode = RUNNING;
      mount++;
      i = value + 1;
      do
      :: i <= NOPS -> appendedIn[i] = 0; i++
      :: else -> break
      od;
      i = 0;
      dataDisk = dataDisk & UPTO(value)
    :: else
    fi;
    ckValue = 0;
    ckTail = 0
  }
}

active proctype volume() {
  disk[SB] = SUPER(0, 1, 0, 0);
  disk[AR] = NODES(0, 0);

  do
  :: atomic { mode == OFF -> recover() }

  :: atomic { mode != OFF && crashes < CRASHES -> crash() }

  /* Operations, journal. */
  :: atomic {
      mode == RUNNING && value < NOPS && HAS_ROOM ->
      value++;
      appendedIn[value] = mount;
      dataCache = dataCache | BIT(value)
    }

  :: atomic { mode == RUNNING && (value > closed || written < lsn) -> write() }

  :: atomic {
      mode == RUNNING && written > durable ->
#ifndef OMIT_COMMIT_FLUSH
      flush();
#endif
      durable = written;
      acknowledged = MAX(acknowledged, batchLast[(written - 1) % RING])
    }

  /* Checkpoint; the last step of recovery is one under the new epoch. */
  :: atomic {
      mode == RUNNING && checkpoint == IDLE && (value > closed || lsn > tail) ->
#ifdef LATE_CUT
      ckValue = value;
#else
      close();
      ckValue = value;
      ckTail = lsn;
#endif
      checkpoint = FROZEN
    }

  :: atomic {
      checkpoint == FROZEN ->
#ifdef LATE_CUT
      if
      :: mode == RUNNING -> close(); ckTail = lsn
      :: else
      fi;
#endif
      put(AR + NEXT_AREA, NODES(gen + 1, ckValue));
      checkpoint = NODES_WRITTEN
    }

  :: atomic {
      checkpoint == NODES_WRITTEN ->
#ifndef OMIT_FLUSH_BEFORE_SUPERBLOCK
      flush();
#endif
      checkpoint = NODES_FLUSHED
    }

  :: atomic {
      checkpoint == NODES_FLUSHED ->
      put(NEXT_SLOT, SUPER(gen + 1, epoch, ckTail, NEXT_AREA));
      checkpoint = SUPER_WRITTEN;
#ifdef EARLY_RELEASE
      release()
#endif
    }

  :: atomic {
      checkpoint == SUPER_WRITTEN ->
#ifndef OMIT_FLUSH_AFTER_SUPERBLOCK
      flush();
#endif
      checkpoint = SUPER_FLUSHED
    }

  :: atomic { checkpoint == SUPER_FLUSHED -> publish() }

  /* Anywhere else it must be possible to go on: a full ring must not be the end. */
  :: atomic { mode == RUNNING && value == NOPS && checkpoint == IDLE && lsn == tail -> break }
  od
}
