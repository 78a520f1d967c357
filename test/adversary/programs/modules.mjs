const sources = {
  pending: 'await new Promise(() => {})',
  loop: 'for (;;) ;',
  grow: 'const kept = []; for (;;) kept.push({})',
  a: "import 'b'; export const a = 1",
  b: "import 'a'; export const b = 1",
  waits: "export const a = await import('waits-too')",
  'waits-too': "export const b = await import('waits')",
  throws: "throw new RangeError('mine')",
  thenable: 'export function then(f) { f(7) }',
  endless: 'export function then() { for (;;) ; }',
}
const chain = {
  load: (url) => `import ${JSON.stringify(`chain:${Number(url.slice(6)) + 1}`)}`,
  resolve: (specifier) => new URL(specifier),
}
const imports = (specifier, ends, rest = {}) => ({
  options: { modules: { sources } },
  guest: `import('${specifier}').then(() => 'imported')`,
  methods: ['run'],
  ends,
  ...rest,
})

export default {
  'one that never settles': imports('pending', ['timeout'], { timeout: 100 }),
  'one that never ends': imports('loop', ['timeout'], { timeout: 100 }),
  'one that grows': imports('grow', ['memory']),
  'a circle': imports('a', ['value']),
  'a circle of awaits': imports('waits', ['timeout', 'value'], { timeout: 100 }),
  'one that throws': imports('throws', ['RangeError']),
  'one with a then': imports('thenable', ['value']),
  'one with a then that never ends': imports('endless', ['timeout'], { timeout: 100 }),
  'one that is not there, again and again': {
    options: { modules: { sources } },
    guest: "const next = (i) => import('missing' + i).catch(() => next(i + 1)); next(0)",
    methods: ['run'],
    timeout: 1000,
    ends: ['timeout', 'memory'],
  },
  'a chain without end': {
    options: { modules: chain },
    guest: "import('chain:0')",
    methods: ['run'],
    timeout: 3000,
    ends: ['timeout', 'memory', 'Error', 'TypeError', 'RangeError'],
  },
  'an import in a loop': {
    options: { modules: { sources } },
    guest: "for (;;) import('a')",
    methods: ['run'],
    ends: ['memory'],
  },
  'a promise that the host waits for': {
    host: ({ make }) => make({ modules: { sources } }).import('pending', { timeout: 100 }),
    methods: ['run'],
    ends: ['timeout'],
  },
}
