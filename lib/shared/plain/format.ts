/**
 * How a plain value is written: a list of 32-bit words, one for each part of the value, whose lower four bits are its
 * kind and whose upper 28 say more about it; a list of the numbers that fit in no word; and its strings, the short
 * ones one behind the other in a single text. native/engine/plain_text.h and plain_values.cc know the kinds as well.
 *
 * Keys are not written: the addon numbers each list of keys ("shape") for the whole process, and the reader has a
 * function for each number that makes such objects.
 */
export const Tag = {
  Undefined: 0,
  Null: 1,
  False: 2,
  True: 3,
  /** The integer. */
  Integer: 4,
  /** The next of the numbers. */
  Number: 5,
  /** The next so many characters of the text. */
  Text: 6,
  /** The next of the strings that stand by themselves. */
  LongText: 7,
  /** So many values. */
  Array: 8,
  /** Shape; a value for each key. */
  Object: 9,
  /** An array of so many of the numbers, and nothing else. */
  Numbers: 10,
  /** The next of the numbers, in milliseconds. */
  Date: 11,
  /** An object of so many keys, each before its value: more than a shape has. */
  Keyed: 12,
  /** What `share` gave: stands among the long strings. */
  Shared: 13,
} as const

export const TAG_BITS = 4
export const TAG_MASK = 15
/** What the upper bits hold: below this, and for integers from its negative on. */
export const LIMIT = 2 ** 27

/**
 * The reader cuts texts up to this length out of a text that has nothing but one-byte characters; V8 copies those, while a
 * longer piece would keep the whole text in memory. All other strings come in a list.
 */
export const MOST_CUT = 12

/** The words begin with the lengths of the lists. */
export const HEADER = 3
/** The first length of a list. */
export const SMALL = 1024
/** A list that has grown beyond this is not kept for the next value. */
export const LARGE = 131_072
