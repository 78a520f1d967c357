// What is outside of all heaps: items of channels, values of stores; and what waits for them.
export default {
  'a channel of objects': {
    guest: 'const c = new isolates.Channel(); for (let i = 0; ; i++) c.trySend({ i, text: "some text " + i })',
    ends: ['memory', 'Error', 'RangeError'],
  },
  'a channel of strings': {
    guest:
      'const c = new isolates.Channel(); for (let i = 0; ; i++) c.trySend((i + "x".repeat(1e5)).replace("x", "y"))',
    ends: ['memory', 'Error', 'RangeError'],
  },
  'a channel of bytes': {
    guest: 'const c = new isolates.Channel(); const b = new Uint8Array(1e6).fill(1); for (;;) c.trySend(b)',
    ends: ['memory', 'Error', 'RangeError'],
  },
  'a channel of one value that is shared': {
    guest:
      'const c = new isolates.Channel(); const v = isolates.share("x".repeat(1e5).replace("x", "y")); for (let i = 0; i < 1e5; i++) c.trySend(v); 1',
    ends: ['value', 'memory'],
  },
  'a channel of sends that wait': {
    guest: 'const c = new isolates.Channel({ capacity: 1 }); for (let i = 0; ; i++) c.send("text " + i)',
    ends: ['memory', 'Error', 'RangeError'],
  },
  'a channel of receives that wait': {
    guest: 'const c = new isolates.Channel(); for (;;) c.receive()',
    ends: ['memory', 'Error', 'RangeError'],
  },
  'a channel of the host': {
    host: async ({ Channel, act }) => {
      const channel = new Channel()
      try {
        return await act('for (let i = 0; ; i++) channel.trySend((i + "x".repeat(1e5)).replace("x", "y"))', {
          globals: { channel },
        })
      } finally {
        channel.close({ drop: true })
      }
    },
    ends: ['memory', 'Error', 'RangeError'],
  },
  channels: { guest: 'var kept = []; for (;;) kept.push(new isolates.Channel())', ends: ['memory', 'RangeError'] },
  'channels in channels': {
    guest:
      'let c = new isolates.Channel(); for (let i = 0; i < 1e5; i++) { const next = new isolates.Channel(); next.trySend(c); c = next } 1',
    ends: ['value', 'memory', 'Error', 'RangeError'],
  },
  'a store of strings': {
    guest:
      'const s = new isolates.SharedStore(); for (let i = 0; ; i++) s.set("k" + i, (i + "x".repeat(1e5)).replace("x", "y"))',
    ends: ['memory', 'Error', 'RangeError'],
  },
  'a store of keys': {
    guest: 'const s = new isolates.SharedStore(); for (let i = 0; ; i++) s.set("key " + i, i)',
    ends: ['memory', 'Error', 'RangeError'],
  },
  'a store of the host': {
    host: async ({ SharedStore, act }) => {
      const store = new SharedStore({ maxBytes: 16e6 })
      try {
        return await act('for (let i = 0; ; i++) store.set("k" + i, (i + "x".repeat(1e5)).replace("x", "y"))', {
          globals: { store },
        })
      } finally {
        store.clear()
      }
    },
    ends: ['IsolateError'],
  },
  'stores without number': {
    guest: 'var kept = []; for (let i = 0; ; i++) kept.push(new isolates.SharedStore("adversary " + i))',
    ends: ['memory', 'Error', 'RangeError'],
  },
  'watchers of a store': {
    guest: 'const s = new isolates.SharedStore(); for (;;) s.watch("k")[Symbol.asyncIterator]().next()',
    ends: ['memory', 'Error', 'RangeError'],
  },
  'an update that never ends': {
    guest: 'const s = new isolates.SharedStore(); s.set("k", 1); s.update("k", () => { for (;;) ; })',
    timeout: 100,
    ends: ['timeout'],
  },
  'a transaction of itself': {
    guest: 'const s = new isolates.SharedStore(); const f = () => s.transaction(f); f()',
    ends: ['RangeError', 'Error', 'TypeError'],
  },
  'a lock that is asked for twice': {
    guest: 'const m = new isolates.Mutex(); const a = m.lockSync(); m.lockSync()',
    timeout: 100,
    ends: ['timeout', 'Error', 'TypeError', 'IsolateError'],
  },
  'waits for a lock': {
    guest: 'const m = new isolates.Mutex(); m.lock(); for (;;) m.lock()',
    ends: ['memory', 'Error', 'RangeError'],
  },
  clones: {
    guest: 'var kept = []; const one = { a: [1, 2, { b: "c" }] }; for (;;) kept.push(structuredClone(one))',
    ends: ['memory'],
  },
  'listeners without number': {
    guest: 'const t = new EventTarget(); for (;;) t.addEventListener("a", () => {})',
    timeout: 3000,
    ends: ['memory', 'timeout'],
  },
  'a stream that nobody reads': {
    guest:
      'new ReadableStream({ pull(c) { for (;;) c.enqueue(new Uint8Array(1e6).fill(1)) } }); new ReadableStream({ start(c) { for (;;) c.enqueue({}) } })',
    ends: ['memory', 'RangeError'],
  },
}
