/**
 * How isolates talk to each other and to the host.
 *
 * @param {typeof import('isolates')} isolates
 * @returns {Pick<Required<import('../types.d.ts').Field>, 'between' | 'talk' | 'spread'>}
 */
export function conversations({ Channel, Isolate }) {
  /** Goes on until its channel is closed. @param {import('isolates').Isolate} isolate @param {string} source */
  const begin = (isolate, source) => void isolate.run(source).catch(() => {})
  return {
    async between() {
      const [counts, expected, numbers, arrivals] = [new Channel(), new Channel(), new Channel(), new Channel()]
      const sender = new Isolate({ globals: { counts, numbers } })
      const receiver = new Isolate({ globals: { expected, numbers, arrivals } })
      begin(sender, 'for await (const count of counts) for (let i = 0; i < count; i++) numbers.trySend(i)')
      begin(
        receiver,
        'for await (const count of expected) { for (let i = 0; i < count; i++) await numbers.receive(); arrivals.trySend(count) }',
      )
      return {
        run(count) {
          expected.trySend(count)
          counts.trySend(count)
          return arrivals.receive()
        },
        close() {
          counts.close()
          expected.close()
          return Promise.all([sender.close(), receiver.close()])
        },
      }
    },
    async talk() {
      const [questions, answers] = [new Channel(), new Channel()]
      const isolate = new Isolate({ globals: { questions, answers } })
      begin(isolate, 'for await (const question of questions) answers.trySend(question)')
      return {
        echo(value) {
          questions.trySend(value)
          return answers.receive()
        },
        close() {
          questions.close()
          return isolate.close()
        },
      }
    },
    async spread(receivers) {
      const arrivals = new Channel()
      const ends = Array.from({ length: receivers }, () => {
        const texts = new Channel()
        const isolate = new Isolate({ globals: { texts, arrivals } })
        begin(
          isolate,
          `let keeps = false; const kept = []
          for await (const text of texts) {
            if (typeof text === 'boolean') keeps = text
            else if (keeps) kept.push(text)
            arrivals.trySend(text.length)
          }`,
        )
        return { texts, isolate }
      })
      /** @param {unknown} value */
      const send = async (value) => {
        for (const { texts } of ends) texts.trySend(value)
        for (let left = receivers; left > 0; left -= 1) await arrivals.receive()
      }
      const close = () => {
        for (const { texts } of ends) texts.close()
        return Promise.all(ends.map(({ isolate }) => isolate.close()))
      }
      return { send, keep: send, close }
    },
  }
}
