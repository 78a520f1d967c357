// Isolates that make isolates. What they take together is bounded by `maxIsolates` times the limit of each.
export default {
  'as many as it may': {
    guest: 'var kept = []; for (;;) { const i = new isolates.Isolate(); i.runSync("1"); kept.push(i) }',
    ends: ['RangeError', 'Error', 'IsolateError', 'TypeError', 'memory'],
  },
  'one after another': {
    guest: 'for (let n = 0; n < 50; n++) { const i = new isolates.Isolate(); i.runSync("1"); i.terminate() } 1',
    ends: ['value', 'RangeError', 'Error', 'IsolateError'],
  },
  'a chain of isolates': {
    guest:
      'const source = "const i = new isolates.Isolate({ globals: { source } }); i.runSync(source)"; globalThis.source = source; (0, eval)(source)',
    ends: ['RangeError', 'Error', 'IsolateError', 'memory', 'TypeError'],
  },
  'one that loops': {
    guest: 'new isolates.Isolate().runSync("for (;;) ;")',
    timeout: 200,
    ends: ['timeout'],
  },
  'one that grows': {
    guest: 'try { new isolates.Isolate().runSync("const a = []; for (;;) a.push({})") } catch (e) { e.code }',
    ends: ['value', 'memory'],
  },
  'one that V8 cannot go on with': {
    guest:
      "const i = new isolates.Isolate(); try { i.runSync(\"'x'.repeat(2 ** 28).split('')\") } catch (e) { e.code }",
    ends: ['value', 'memory'],
  },
  'one that V8 cannot go on with, on a thread of its own': {
    guest: "const i = new isolates.Isolate(); i.run(\"'x'.repeat(2 ** 28).split('')\").catch((e) => e.code)",
    ends: ['value', 'memory'],
    methods: ['run'],
  },
  'growth in all of them': {
    guest:
      'const all = []; for (let n = 0; n < 4; n++) all.push(new isolates.Isolate().run("const a = []; for (;;) a.push({})").catch((e) => e.code)); Promise.all(all)',
    ends: ['value', 'memory', 'IsolateError'],
    methods: ['run'],
  },
  'one that is left behind in a loop': {
    guest: 'new isolates.Isolate().run("for (;;) ;").catch(() => {}); 1',
    ends: ['value'],
  },
  'one that takes all its parent has': {
    guest:
      'const i = new isolates.Isolate(); const big = "x".repeat(2 ** 22).replace("x", "y"); for (;;) i.runSync("globalThis.kept ??= []; kept.push(big)", { globals: { big } })',
    ends: ['memory', 'MemoryLimitError', 'RangeError', 'timeout', 'value'],
    timeout: 20000,
  },
}
