// Where the guest's console goes: to the process's own output, to a function, or nowhere.
import { Isolate } from 'isolates'

const source = 'console.log("%s has %d legs", "a spider", 8, { web: [1, 2] }); console.error(new Error("torn").message)'

const loud = new Isolate()
await loud.run(source)

const heard = new Isolate({
  name: 'attic',
  console: ({ isolate, method, stream, text }) => console.log(`${isolate.name} ${method} ${stream}: ${text}`),
})
await heard.run(source)

const silent = new Isolate({ console: 'ignore' })
await silent.run(source)

await Promise.all(Isolate.all().map((isolate) => isolate.close()))
