import { now } from '../measure/clock.mjs'

/** @typedef {import('../types.d.ts').Case} Case */

const SIZES = [16, 1_024, 65_536, 1_048_576]
/** Of one sample, in bytes and in messages. */
const VOLUME = 32 * 2 ** 20
const MOST = 20_000
const UNITS = ['B', 'KiB', 'MiB']

/** @param {number} size */
function label(size) {
  const power = Math.floor(Math.log2(size) / 10)
  return `${size / 2 ** (10 * power)} ${UNITS[power]}`
}

/** The same size with other contents each time would measure how they are made. @type {Record<string, (size: number) => unknown>} */
const kinds = {
  text: (size) => 'abcdefgh'.repeat(size / 8),
  bytes: (size) => new Uint8Array(size).fill(7),
  records: (size) =>
    Array.from({ length: Math.max(1, size / 64) }, (_, id) => ({ id, name: `user ${id}`, score: id / 2 })),
}
/** @type {Record<string, string>} */
const titles = {
  text: 'Strings',
  bytes: 'Bytes that are copied',
  records: 'Arrays of records, about 64 bytes each as JSON',
}

/** A message, and the word that it has arrived. */
const ONE = 'one message and back'

/**
 * What a step gives, after one that is not counted, for so long and at least so often.
 *
 * @param {number} seconds @param {number} least @param {() => Promise<number>} step
 */
async function repeated(seconds, least, step) {
  await step()
  /** @type {number[]} */
  const results = []
  const end = now() + seconds
  while (results.length < least || now() < end) results.push(await step())
  return results
}

/**
 * @param {string} kind
 * @returns {Case}
 */
const exchange = (kind) => ({
  name: `exchange-${kind}`,
  title: `${titles[kind]} from the host to a unit, until the last has arrived`,
  needs: 'feed',
  axis: { label: 'size of a message in bytes', scale: 'log' },
  metrics: Object.fromEntries([
    ...SIZES.map((size) => [`size-${size}`, { label: label(size), unit: 'per second', at: size, line: 'messages' }]),
    ...SIZES.map((size) => [`one-${size}`, { label: label(size), unit: 'seconds', at: size, line: ONE }]),
  ]),
  rounds: { full: 2, quick: kind === 'text' ? 1 : 0 },
  async run(field, budget) {
    /** @type {Record<string, number[]>} */
    const samples = {}
    const unit = await field.start()
    const stream = await /** @type {Required<typeof unit>} */ (unit).stream()
    for (const size of SIZES) {
      const value = kinds[kind]?.(size)
      const count = Math.max(8, Math.min(MOST, Math.round(VOLUME / size)))
      /** @param {number} messages @returns {Promise<number>} seconds */
      const batch = async (messages) => {
        const begin = now()
        const arrived = stream.arrival(messages)
        for (let sent = 0; sent < messages; sent += 1) stream.send(value)
        await arrived
        return now() - begin
      }
      const seconds = budget.milliseconds / 1000 / SIZES.length / 2
      samples[`size-${size}`] = (await repeated(seconds, 1, () => batch(count))).map((each) => count / each)
      samples[`one-${size}`] = await repeated(seconds, 20, () => batch(1))
    }
    await unit.close()
    return samples
  },
})

/** @type {readonly Case[]} */
export const exchanges = Object.keys(kinds).map(exchange)
