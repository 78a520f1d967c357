// Millions of messages through channels, with isolates that die on the way, and for each of them ten thousand evaluations and
// a thousand rounds of every feature, isolates that are created and terminated among them.
//   node scripts/soak.mjs      npm run test:soak, ten millions in each test
//   node scripts/soak.mjs 1    so many
import { fail } from './common.mjs'
import { runSuite } from './suite.mjs'

const millions = Number(process.argv[2] ?? 10)
if (!(millions > 0)) fail('millions must be a number above 0')
const { failed } = await runSuite('soak', {
  filters: ['test/channel-soak.test.ts', 'test/evaluate-soak.test.ts', 'test/leaks.test.ts'],
  env: { TEST_SOAK: String(millions) },
  minutes: 5 + 6 * millions,
})
process.exitCode = failed === 0 ? 0 : 1
