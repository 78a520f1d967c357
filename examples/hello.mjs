// The first steps: create an isolate, run code in it, give it values, call a function in it, close it.
import { Isolate } from 'isolates'

const isolate = new Isolate({ name: 'hello', globals: { who: 'world' } })

// Source text: the value of its last expression comes back.
console.log(await isolate.run('"Hello, " + who + "!"'))

// Values are copied in, and stay.
await isolate.set({
  prices: new Map([
    ['tea', 3],
    ['cake', 4],
  ]),
})
console.log(await isolate.run('[...prices.values()].reduce((sum, price) => sum + price)'))

// A function travels by its source; it sees its arguments and the isolate's globals, nothing of this file.
console.log(await isolate.call((base, exponent) => base ** exponent, [2n, 64n]))

// The same on this thread, with the result on return.
console.log(isolate.callSync((text) => text.toUpperCase(), ['done']))

await isolate.close()
