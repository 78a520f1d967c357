// A guest that calls its host, and a host that uses a class of its guest.
import { Isolate } from 'isolates'

const prices = new Map([
  ['apple', 3],
  ['pear', 4],
])

const isolate = new Isolate({
  expose: {
    async price(name) {
      const price = prices.get(name)
      if (price === undefined) throw Object.assign(new RangeError(`There is no ${name}`), { code: 'NOT_SOLD' })
      return price
    },
    // The guest waits in the call.
    currency: { sync: () => '€' },
    // Made step by step, as the guest asks.
    async *names() {
      yield* prices.keys()
    },
  },
})

console.log(
  await isolate.run(`
    let sum = 0
    for await (const name of await names()) sum += await price(name)
    sum + currency()
  `),
) // 7€

console.log(await isolate.run("price('plum').catch((error) => error.name + ': ' + error.code)")) // RangeError: NOT_SOLD

// A function among the arguments.
const work = async (report) => {
  for (let step = 1; step <= 3; step++) await report(step)
  return 'done'
}
console.log(await isolate.call(work, [(step) => console.log('step', step)])) // step 1, step 2, step 3, done

// A class stays where it is.
const Basket = await isolate.ref(`
  class Basket {
    items = []
    add(name) { this.items.push(name); return this.items.length }
    async *[Symbol.asyncIterator]() { for (const name of this.items) yield { name, price: await price(name) } }
  }
  Basket
`)
const basket = await Basket.construct()
const add = await basket.get('add', { result: 'reference' })
await add.call(['apple'], { this: basket })
console.log(await add.call(['pear'], { this: basket })) // 2
const items = await isolate.ref((given) => () => given, [basket])
for await (const { name, price } of await items.call()) console.log(name, price) // apple 3, pear 4
await isolate.close()
