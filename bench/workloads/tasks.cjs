// What pools are given to do: CommonJS, since that is what all of them take.

/** Nothing. */
exports.empty = () => {}

const records = Array.from({ length: 60 }, (_, id) => ({ id, name: `item ${id}`, tags: ['a', 'b'], price: id * 1.5 }))
const text = JSON.stringify(records)

/**
 * Busy for about as many times 50 µs on a machine of today. Nearly all of it in V8's own functions: how fast a loop of
 * JavaScript is at first depends on when V8 optimises it, on the main thread as in a pool.
 *
 * @param {number} rounds
 */
exports.small = (rounds) => {
  let length = 0
  for (let i = 0; i < rounds; i++) length += JSON.stringify(JSON.parse(text)).length
  return length
}
