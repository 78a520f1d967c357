const records = Array.from({ length: 1_000 }, (_, id) => ({
  id,
  name: `user ${id}`,
  email: `user${id}@example.com`,
  score: id * 1.5,
  active: id % 2 === 0,
  tag: 'abc',
}))

/** What messages carry, and how many of them one sample sends. */
export const payloads = [
  { name: 'number', label: 'a number', count: 100_000, value: 42 },
  { name: 'text', label: 'a string of 1 KB', count: 20_000, value: 'x'.repeat(1_024) },
  {
    name: 'object',
    label: 'an object of 100 keys',
    count: 4_000,
    value: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key${i}`, i % 3 === 0 ? `value ${i}` : i])),
  },
  { name: 'records', label: '1,000 records of 6 fields', count: 100, value: records },
  { name: 'megabyte', label: 'a string of 1 MB', count: 50, value: 'abcdefgh'.repeat(2 ** 17) },
]
