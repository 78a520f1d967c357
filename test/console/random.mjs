// Random expressions from fixed seeds, mostly for how lines are broken and elements aligned.

/** A small generator of integers below a limit; the same seed gives the same ones. */
export function generator(seed) {
  let state = (seed * 2654435761 + 1) >>> 0
  return (limit) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % limit
  }
}

const words = [
  'a',
  'word',
  'two words',
  '日本',
  'é',
  '😀',
  "it's",
  'line\nbreak',
  '\u001b[31mred\u001b[0m',
  '-x',
  '12',
  '',
]

function expression(next, depth) {
  const list = (limit, item) => Array.from({ length: next(limit) }, item).join(', ')
  const inner = () => expression(next, depth - 1)
  const text = () => JSON.stringify(words[next(words.length)].repeat(next(8) === 0 ? 1 + next(30) : 1))
  switch (next(depth > 0 ? 16 : 7)) {
    case 0:
      return String(next(1000) - 100)
    case 1:
      return String((next(100_000) - 500) / 64)
    case 2:
      return `${next(100_000)}n`
    case 3:
    case 4:
      return text()
    case 5:
      return ['true', 'null', 'undefined', '-0', 'NaN', 'Symbol("s")', '() => {}', 'class A {}'][next(8)]
    case 6:
      return [
        'new Date(0)',
        'new Error("").name',
        'new Number(1)',
        'new Uint8Array(9)',
        'Object.create(null)',
        'new Array(3)',
      ][next(6)]
    case 7:
      return `new Map([${list(5, () => `[${inner()}, ${inner()}]`)}])`
    case 8:
      return `new Set([${list(9, inner)}])`
    case 9:
      return `[${list(120, () => String(next(10 ** next(7))))}]`
    case 10:
      return `[${list(40, text)}]`
    case 11:
    case 12:
      return `[${list(12, inner)}]`
    case 13:
      return `new (class Foo { constructor() { Object.assign(this, { ${list(4, () => `${text()}: ${inner()}`)} }) } })()`
    default:
      return `({ ${list(8, () => `${next(3) ? `key${next(50)}` : text()}: ${inner()}`)} })`
  }
}

export const randomValues = Array.from({ length: 600 }, (_, seed) => expression(generator(seed), 4))

/** Stacks of few different lines, to try every way of finding repetitions. */
export const randomStacks = Array.from({ length: 60 }, (_, seed) => {
  const next = generator(seed)
  const kinds = 1 + next(4)
  const unit = Array.from({ length: 1 + next(6) }, () => next(kinds))
  const stack = Array.from({ length: 12 + next(30) }, (_, i) => (next(12) === 0 ? next(kinds) : unit[i % unit.length]))
  const text = stack.map((kind) => String.raw`\n    at f${kind} (f.js:${kind}:1)`).join('')
  return `Object.assign(new Error('r'), { stack: 'Error: r${text}' })`
})
