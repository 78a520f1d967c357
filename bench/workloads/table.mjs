export const KEYS = 100_000
/** So many keys of it are read in turns: few enough that they take no memory to speak of, too many for the caches. */
const READ = 10_000

/** The keys of the table, which every reader makes itself. */
export const keyOf = (/** @type {number} */ index) => `user:${index}`

/** A lookup table of about 10 MB of JSON, as a service loads it at its start. */
export function makeTable() {
  const cities = ['Amsterdam', 'Berlin', 'Lisbon', 'Paris', 'Vienna']
  return Object.fromEntries(
    Array.from({ length: KEYS }, (_, id) => [
      keyOf(id),
      {
        id,
        name: `user ${id}`,
        email: `user${id}@example.com`,
        score: id * 1.5,
        active: id % 2 === 0,
        city: cities[id % cities.length],
      },
    ]),
  )
}

/** One thousand records of the same keys. */
export const records = Object.values(makeTable()).slice(0, 1_000)

/**
 * The source of a function that looks names up at random places of the table and answers the seconds of one lookup;
 * `look` is the source of an expression for the name of `key`.
 *
 * @param {string} look
 */
export function lookupSource(look) {
  return `(count) => {
    // Made as they are needed: the memory of few lookups is that of the table.
    const keys = (globalThis.keys ??= [])
    let length = 0
    const begin = Date.now()
    for (let i = 0; i < count; i++) {
      const key = (keys[i % ${READ}] ??= 'user:' + Math.floor(Math.random() * ${KEYS}))
      length += (${look}).length
    }
    if (length === 0) throw new Error('Nothing was found')
    return (Date.now() - begin) / 1000 / count
  }`
}
