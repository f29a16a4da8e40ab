meta:
  id: razorfs
  title: RAZORFS image, version 1
  file-extension: img
  license: Apache-2.0
  ks-version: '0.10'
  endian: le
  bit-endian: le
doc: |
  A RAZORFS image: superblocks, the trees below their roots, and the journal ring. Section numbers refer to SPEC.md,
  which also has what a description of structures cannot say: CRCs, rules, and the protocol of changes. Nothing here
  verifies a CRC.

  Everything is reached through instances, so that a damaged part does not keep others from being shown.
doc-ref: SPEC.md
instances:
  slot_0:
    pos: 0
    type: superblock
    doc: The superblock of even generations.
  slot_1:
    pos: 32768
    type: superblock
    doc: The superblock of odd generations.
  backup:
    pos: (_io.size / 4096 - 1) * 4096
    type: superblock
    doc: The copy in the last 4 KiB of a volume that is as large as its image.

enums:
  tree:
    1: inodes
    2: strings
    3: chunks
    4: free
  item_type:
    1: inode
    2: xattr
    3: dirent
    4: extent
    5: orphan
    6: string
    7: string_hash
    8: chunk
    9: segment
  file_type:
    1: fifo
    2: character_device
    4: directory
    6: block_device
    8: regular
    10: symlink
    12: socket
  extent_kind:
    1: chunk
    2: inline
    3: reserved
  codec:
    0: none
    1: zstd
    2: lz4
    3: zlib
    255: auto
  segment_form:
    0: all_used
    1: bitmap
    2: free_runs
  operation:
    1: commit
    2: pad
    16: create
    17: mkdir
    18: mknod
    19: symlink
    20: tmpfile
    21: link
    22: unlink
    23: rmdir
    24: rename
    32: setattr
    33: setxattr
    34: removexattr
    48: extents
    49: truncate
    50: fallocate
    51: clone
    52: evict
    53: compact
  mutation_kind:
    1: put_inode
    2: delete_inode
    3: put_dirent
    4: delete_dirent
    5: put_extent
    6: delete_extent
    7: set_xattr
    8: orphan
    9: name
    10: chunk
    11: allocate
    12: release
    13: totals
    14: new_inode
    15: touch_inode

types:
  superblock:
    doc: The root of everything, as one checkpoint left it.
    doc-ref: SPEC.md §4.1
    seq:
      - id: magic
        contents: [0x89, RZF, 0x0d, 0x0a, 0x1a, 0x0a]
      - id: version
        type: u2
        valid: 1
      - id: reserved_1
        size: 2
      - id: size
        type: u4
        valid: 4096
      - id: uuid
        size: 16
      - id: label
        size: 64
        type: str
        encoding: UTF-8
        pad-right: 0
      - id: compat
        type: u8
      - id: ro_compat
        type: u8
      - id: incompat
        type: u8
      - id: generation
        type: u8
      - id: state
        type: superblock_state
        size: 4
      - id: node_size
        type: u4
      - id: address
        type: u8
      - id: volume_size
        type: u8
      - id: unit
        type: u4
        valid: 512
      - id: segment
        type: u4
        valid: 4194304
      - id: journal_start
        type: u8
      - id: journal_length
        type: u8
      - id: journal_epoch
        type: u8
      - id: journal_tail
        type: u8
      - id: next_transaction
        type: u8
      - id: next_sequence
        type: u8
      - id: next_inode
        type: u8
      - id: next_string
        type: u8
      - id: next_generation
        type: u8
      - id: hash_key_0
        type: u8
      - id: hash_key_1
        type: u8
      - id: free_units
        type: u8
      - id: reserved_units
        type: u8
      - id: inodes
        type: u8
      - id: logical_bytes
        type: u8
      - id: stored_bytes
        type: u8
      - id: spare_count
        type: u4
        valid:
          max: 128
      - id: reserved_2
        size: 12
      - id: made_at
        type: s8
      - id: mounted_at
        type: s8
      - id: written_at
        type: s8
      - id: mount_count
        type: u4
      - id: reserved_3
        size: 4
      - id: codec
        type: u1
        enum: codec
      - id: level
        type: u1
      - id: reserved_4
        size: 6
      - id: inodes_root
        type: tree_root(tree::inodes)
      - id: strings_root
        type: tree_root(tree::strings)
      - id: chunks_root
        type: tree_root(tree::chunks)
      - id: free_root
        type: tree_root(tree::free)
      - id: spares
        type: run
        repeat: expr
        repeat-expr: 128
        doc: The first spare_count count.
      - id: reserved_5
        size: 1476
      - id: crc
        type: u4
        doc: CRC-32 of the 4092 bytes before.
    instances:
      ring:
        io: _root._io
        pos: journal_start
        size: journal_length
        type: ring(journal_epoch, journal_tail)

  superblock_state:
    seq:
      - id: clean
        type: b1
        doc: The volume was closed; the journal holds nothing to replay.
      - id: errors
        type: b1
        doc: Damage was met, or a writer failed, since the last full check that could repair.
      - id: reserved
        type: b30

  run:
    doc: A stretch of the image.
    doc-ref: SPEC.md §4.1
    seq:
      - id: address
        type: u8
      - id: length
        type: u8

  block_pointer:
    doc: Where a node lies and how it is recognised.
    doc-ref: SPEC.md §4.2
    seq:
      - id: address
        type: u8
      - id: birth
        type: u8
      - id: length
        type: u4
      - id: crc
        type: u4

  tree_root:
    doc-ref: SPEC.md §4.3
    params:
      - id: tree
        type: u1
        enum: tree
    seq:
      - id: pointer
        type: block_pointer
      - id: nodes
        type: u8
      - id: items
        type: u8
      - id: bytes
        type: u8
      - id: height
        type: u4
      - id: reserved
        size: 4
    instances:
      root:
        io: _root._io
        pos: pointer.address
        size: pointer.length
        type: node
        if: height > 0

  timestamp:
    doc-ref: SPEC.md §4.4
    seq:
      - id: seconds
        type: s8
      - id: nanos
        type: u4

  node:
    doc: A node of a tree, in a stream of exactly its length.
    doc-ref: SPEC.md §5.1
    seq:
      - id: magic
        contents: RZND
      - id: tree
        type: u1
        enum: tree
      - id: level
        type: u1
      - id: count
        type: u2
      - id: address
        type: u8
      - id: generation
        type: u8
      - id: uuid
        size: 16
      - id: length
        type: u4
      - id: reserved
        size: 4
      - id: entries
        repeat: expr
        repeat-expr: count
        type:
          switch-on: level
          cases:
            0: leaf_entry
            _: inner_entry
    instances:
      crc:
        pos: length - 4
        type: u4
        doc: CRC-32 of all bytes before.

  key:
    doc: Compared as two unsigned words, first hi = object << 8 | type, then lo.
    doc-ref: SPEC.md §5.2
    seq:
      - id: type
        type: u1
        enum: item_type
      - id: object
        type: b56
      - id: lo
        type: u8

  leaf_entry:
    seq:
      - id: key
        type: key
      - id: value_at
        type: u2
      - id: value_length
        type: u2
    instances:
      value:
        pos: value_at
        size: value_length
        type:
          switch-on: key.type
          cases:
            'item_type::inode': inode
            'item_type::xattr': xattr_piece(key.lo & 0xff)
            'item_type::dirent': dirent
            'item_type::extent': extent
            'item_type::orphan': orphan
            'item_type::string': interned_name
            'item_type::string_hash': nothing
            'item_type::chunk': shared_chunk
            'item_type::segment': segment

  inner_entry:
    seq:
      - id: key
        type: key
        doc: The first key of the child.
      - id: child
        type: block_pointer
    instances:
      node:
        io: _root._io
        pos: child.address
        size: child.length
        type: node

  nothing:
    doc: The value of items that only have a key (index entries of the string table).

  orphan:
    doc-ref: SPEC.md §5.10
    seq:
      - id: range
        type: orphan_range
        if: not _io.eof

  orphan_range:
    seq:
      - id: work
        type: u1
        doc: Bit 0, to be cleared; bit 1, to be promised space.
      - id: from
        type: u8
      - id: to
        type: u8

  inode:
    doc-ref: SPEC.md §5.3
    seq:
      - id: mode
        type: u4
      - id: uid
        type: u4
      - id: gid
        type: u4
      - id: nlink
        type: u4
      - id: size
        type: u8
      - id: link
        type: u8
      - id: units
        type: u8
      - id: generation
        type: u8
      - id: flags
        type: u4
      - id: atime
        type: timestamp
      - id: mtime
        type: timestamp
      - id: ctime
        type: timestamp
      - id: btime
        type: timestamp
      - id: project
        type: u4
    instances:
      file_type:
        value: (mode >> 12) & 15
        enum: file_type
      permissions:
        value: mode & 0xfff

  xattr_piece:
    doc: A piece of the length and value of an extended attribute.
    doc-ref: SPEC.md §5.9
    params:
      - id: piece
        type: u8
    seq:
      - id: total
        type: u4
        if: piece == 0
        doc: The length of the whole value.
      - id: content
        size-eos: true

  dirent:
    doc-ref: SPEC.md §5.4
    seq:
      - id: inode
        type: u8
      - id: type
        type: u1
        enum: file_type

  extent:
    doc-ref: SPEC.md §5.5
    seq:
      - id: kind
        type: u1
        enum: extent_kind
      - id: codec
        type: u1
        enum: codec
      - id: flags
        type: u2
      - id: length
        type: u4
      - id: body
        size-eos: true
        type:
          switch-on: kind
          cases:
            'extent_kind::chunk': chunk_extent
            'extent_kind::inline': inline_extent
            'extent_kind::reserved': reserved_extent
    instances:
      shared:
        value: (flags & 1) != 0

  chunk_extent:
    seq:
      - id: address
        type: u8
      - id: stored
        type: u4
      - id: logical
        type: u4
      - id: skip
        type: u4
      - id: crc
        type: u4
        doc: CRC-32 of the stored bytes.
      - id: birth
        type: u8
    instances:
      stored_bytes:
        io: _root._io
        pos: address
        size: stored

  inline_extent:
    seq:
      - id: content
        size-eos: true

  reserved_extent:
    seq:
      - id: reserved_length
        type: u8

  interned_name:
    doc-ref: SPEC.md §5.6
    seq:
      - id: references
        type: u4
      - id: name
        size-eos: true

  shared_chunk:
    doc-ref: SPEC.md §5.7
    seq:
      - id: references
        type: u4
      - id: live
        type: u8
      - id: stored
        type: u4
      - id: owner_count
        type: u4
      - id: owners
        type: owner
        repeat: expr
        repeat-expr: owner_count

  owner:
    seq:
      - id: inode
        type: u8
      - id: offset
        type: u8

  segment:
    doc-ref: SPEC.md §5.8
    seq:
      - id: form
        type: u1
        enum: segment_form
      - id: reserved
        type: u1
      - id: count
        type: u2
      - id: bitmap
        size: 1024
        if: form == segment_form::bitmap
      - id: free_runs
        type: unit_run
        repeat: expr
        repeat-expr: count
        if: form == segment_form::free_runs

  unit_run:
    seq:
      - id: first
        type: u2
      - id: length
        type: u2

  ring:
    doc: |
      The journal ring, in a stream of exactly its length. The records that count are those in from_tail and then,
      when they reach the ring's end, those in from_start; each list ends with the first place that holds no record
      of this epoch and position (its belongs is false), or at an end.
    doc-ref: SPEC.md §6.1
    params:
      - id: epoch
        type: u8
      - id: tail
        type: u8
    instances:
      tail_offset:
        value: tail % _io.size
      from_tail:
        pos: tail_offset
        type: journal_record(epoch, tail - tail_offset)
        repeat: until
        repeat-until: not _.belongs or _io.size - _io.pos < 72
      from_start:
        pos: 0
        type: journal_record(epoch, tail - tail_offset + _io.size)
        repeat: until
        repeat-until: not _.belongs or _io.pos >= tail_offset
        if: tail_offset > 0

  journal_record:
    doc: A record, or, when belongs is false, whatever lies in its place.
    doc-ref: SPEC.md §6.2
    params:
      - id: expected_epoch
        type: u8
      - id: lap
        type: u8
        doc: The lsn of the ring's first byte in this lap.
    seq:
      - id: start
        size: 0
        if: offset >= 0
        doc: Nothing; it makes offset known before anything is read.
      - id: magic
        type: u4
      - id: operation
        type: u2
        enum: operation
      - id: committed
        type: u1
      - id: reserved_1
        type: u1
      - id: lsn
        type: u8
      - id: epoch
        type: u8
      - id: transaction
        type: u8
      - id: sequence
        type: u8
      - id: inode
        type: u8
      - id: durable
        type: u8
      - id: undo_size
        type: u4
      - id: redo_size
        type: u4
      - id: reserved_2
        type: u4
      - id: crc
        type: u4
        doc: CRC-32 of the 68 bytes before, then of the payloads.
      - id: undo
        size: undo_size
        type: payload
        if: belongs
      - id: redo
        size: redo_size
        type: payload
        if: belongs
      - id: padding
        size: (8 - (undo_size + redo_size) % 8) % 8
        if: belongs
    instances:
      offset:
        value: _io.pos
      belongs:
        value: >-
          magic == 0x4c4e524a and epoch == expected_epoch and lsn == lap + offset
          and undo_size <= 1048576 and redo_size <= 1048576
          and offset + 72 + undo_size + redo_size <= _io.size

  payload:
    doc: Mutations, or the zeros of a COMMIT or PAD record.
    instances:
      mutations:
        pos: 0
        type: mutation
        repeat: eos

  mutation:
    doc-ref: SPEC.md §6.3
    seq:
      - id: kind
        type: u1
        enum: mutation_kind
      - id: body
        type:
          switch-on: kind
          cases:
            'mutation_kind::put_inode': put_inode
            'mutation_kind::new_inode': put_inode
            'mutation_kind::delete_inode': delete_inode
            'mutation_kind::put_dirent': put_dirent
            'mutation_kind::delete_dirent': delete_dirent
            'mutation_kind::put_extent': put_extent
            'mutation_kind::delete_extent': delete_extent
            'mutation_kind::set_xattr': set_xattr
            'mutation_kind::orphan': orphan_change
            'mutation_kind::name': name_change
            'mutation_kind::chunk': chunk_change
            'mutation_kind::allocate': space
            'mutation_kind::release': space
            'mutation_kind::totals': totals_change
            'mutation_kind::touch_inode': touch_inode

  put_inode:
    seq:
      - id: inode
        type: u8
      - id: record
        type: inode

  delete_inode:
    seq:
      - id: inode
        type: u8

  put_dirent:
    seq:
      - id: directory
        type: u8
      - id: name
        type: u8
      - id: entry
        type: dirent

  delete_dirent:
    seq:
      - id: directory
        type: u8
      - id: name
        type: u8

  put_extent:
    seq:
      - id: inode
        type: u8
      - id: offset
        type: u8
      - id: size
        type: u2
      - id: extent
        size: size
        type: extent

  delete_extent:
    seq:
      - id: inode
        type: u8
      - id: offset
        type: u8

  set_xattr:
    seq:
      - id: inode
        type: u8
      - id: name
        type: u8
      - id: length
        type: u4
        doc: 0xffffffff removes the attribute.
      - id: value
        size: length
        if: length != 0xffffffff

  orphan_change:
    seq:
      - id: inode
        type: u8
      - id: present
        type: u1
        doc: 0 takes the orphan off, 1 adds it, 2 adds it with a range.
      - id: range
        type: orphan_range
        if: present == 2

  name_change:
    seq:
      - id: name
        type: u8
      - id: change
        type: s4
      - id: length
        type: u1
      - id: bytes
        size: length

  chunk_change:
    seq:
      - id: address
        type: u8
      - id: stored
        type: u4
      - id: change
        type: s4
      - id: live
        type: s8
      - id: owner_count
        type: u2
      - id: owners
        type: owner
        repeat: expr
        repeat-expr: owner_count

  space:
    seq:
      - id: address
        type: u8
      - id: length
        type: u4

  totals_change:
    seq:
      - id: reserved_units
        type: s8
      - id: logical_bytes
        type: s8
      - id: stored_bytes
        type: s8

  touch_inode:
    seq:
      - id: inode
        type: u8
      - id: nlink
        type: u4
      - id: size
        type: u8
      - id: units
        type: u8
      - id: mtime
        type: timestamp
      - id: ctime
        type: timestamp
