// A Node app that is never ready.
await new Promise(() => {})
