// A pipeline of three stages, each in an isolate of its own, joined by channels.
import { Channel, Isolate } from 'isolates'

const words = new Channel({ capacity: 100 })
const counts = new Channel({ capacity: 100 })
const longest = new Channel()

const stage = async (source, globals) => {
  const isolate = new Isolate({ globals })
  // Ends when its input is closed and used up.
  isolate.run(source).catch((error) => console.error(error))
  return isolate
}

const stages = [
  await stage('for await (const word of words) await counts.send({ word, length: word.length }); counts.close()', {
    words,
    counts,
  }),
  await stage(
    `let best = { length: 0 }
     for await (const each of counts) if (each.length > best.length) best = each
     await longest.send(best)`,
    { counts, longest },
  ),
]

const text = 'Many senders and receivers, in order, each value to one of them: that is what interchangeability needs'
// Waits whenever a hundred words are under way.
for (const word of text.match(/\w+/g)) await words.send(word)
words.close()

console.log(await longest.receive({ timeout: 10_000 })) // { word: 'interchangeability', length: 18 }
await Promise.all(stages.map((isolate) => isolate.close()))
