// One case with one driver, started by harness/process.mjs: node child.mjs <case> <driver> <budget as JSON>
import { cases } from './cases/index.mjs'
import { drivers } from './drivers/index.mjs'

const [name, peer, budget = '{}'] = process.argv.slice(2)
const subject = cases.find((each) => each.name === name)
const driver = drivers.find((each) => each.name === peer)
if (!subject || !driver) throw new RangeError(`There is no case '${name}' or no driver '${peer}'`)

const samples = await subject.run(await driver.open(), JSON.parse(budget))
// The channel is all that keeps this process alive: whatever is left behind shows as one that does not end.
if (process.send) process.send(samples, () => process.disconnect())
else console.log(samples)
